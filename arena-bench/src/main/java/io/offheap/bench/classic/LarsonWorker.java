package io.offheap.bench.classic;

import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;

/// As larson: a server's thread replaces blocks of 8 to 1000 bytes at random, and now and then passes all it has on to the
/// next thread, as a connection moves between threads; so most blocks are freed by another thread than allocated them. An
/// operation is one block freed and one allocated.
final class LarsonWorker implements Worker {

    /// Live blocks of each thread.
    static final int BLOCKS = 1000;

    private static final int LARGEST = 1000;
    private static final int OPERATIONS_UNTIL_EXCHANGE = 10_000;

    private final Relay relay;
    private final Dice dice;
    private Blocks blocks;

    /// @param blocks none is there yet
    LarsonWorker(Blocks blocks, Relay relay, Dice dice) {
        this.blocks = blocks;
        this.relay = relay;
        this.dice = dice;
    }

    @Override
    public void begin() {
        fill();
    }

    @Override
    public long work(Gate gate) {
        long operations = 0;
        while (gate.isOpen()) {
            final int index = dice.below(BLOCKS);
            blocks.free(index);
            blocks.allocate(index, size());
            if (++operations % OPERATIONS_UNTIL_EXCHANGE == 0) {
                blocks = relay.exchange(blocks);
                fill();
            }
        }
        return operations;
    }

    @Override
    public void end() {
        blocks.end();
        relay.end();
    }

    @Override
    public long liveBytes() {
        return blocks.liveBytes();
    }

    /// What comes out of the relay for the first time has no blocks yet; afterwards nothing is left to do.
    private void fill() {
        for (int index = 0; !blocks.has(BLOCKS - 1) && index < BLOCKS; index++) {
            blocks.allocate(index, size());
        }
    }

    private int size() {
        return Blocks.LEAST_BYTES + dice.below(LARGEST - Blocks.LEAST_BYTES + 1);
    }
}
