package io.offheap.bench.classic;

import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;

/// As rptest: loops in which 100 of 1000 blocks, scattered, are freed one after the other and then allocated anew; the
/// sizes are from 8 to 16000 bytes, small ones more often by a linear falloff. After every second loop all blocks go to
/// another thread. An operation is one block freed and one allocated.
final class RptestWorker implements Worker {

    /// Live blocks of each thread.
    static final int BLOCKS = 1000;

    private static final int LARGEST = 16_000;
    private static final int IN_LOOP = 100;

    /// Has no factor in common with the number of blocks, so that all have their turn.
    private static final int STRIDE = 7;

    private final Relay relay;
    private final Dice dice;
    private Blocks blocks;
    private int next;
    private int loops;

    /// @param blocks none is there yet
    RptestWorker(Blocks blocks, Relay relay, Dice dice) {
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
            loop();
            operations += IN_LOOP;
            if (++loops % 2 == 0) {
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

    private void loop() {
        final int first = next;
        for (int block = 0; block < IN_LOOP; block++) {
            blocks.free((first + block * STRIDE) % BLOCKS);
        }
        for (int block = 0; block < IN_LOOP; block++) {
            blocks.allocate((first + block * STRIDE) % BLOCKS, size());
        }
        next = (first + IN_LOOP * STRIDE) % BLOCKS;
    }

    private void fill() {
        for (int index = 0; !blocks.has(BLOCKS - 1) && index < BLOCKS; index++) {
            blocks.allocate(index, size());
        }
    }

    /// The lesser of two even choices: how likely a size is falls off linearly.
    private int size() {
        final int range = LARGEST - Blocks.LEAST_BYTES + 1;
        return Blocks.LEAST_BYTES + Math.min(dice.below(range), dice.below(range));
    }
}
