package io.offheap.bench.classic;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// As mstress: a thread has up to 2000 blocks; at each step it allocates or frees one at random, and at every fourth step it
/// exchanges that one for one in a place that all threads share. At the end of a round of 20000 steps all but one in ten
/// are dropped, and what is left lives on among those of the next round. Sizes are from 16 bytes to 2 KiB, all powers of two
/// about equally often; one in a hundred is a hundred times as large, up to 100 KiB. An operation is one step.
final class MstressWorker implements Worker {

    /// Blocks in the place that all threads share.
    static final int SHARED = 1000;

    private static final int BLOCKS = 2000;
    private static final int STEPS_IN_ROUND = 20_000;
    private static final int STEPS_UNTIL_EXCHANGE = 4;
    private static final int KEPT = 10;
    private static final int LEAST_BITS = 4;
    private static final int BITS = 7;
    private static final int LARGE_ONE_IN = 100;
    private static final int LARGE_FACTOR = 100;
    private static final int LARGEST = 100 << 10;

    private final Blocks[] own = new Blocks[BLOCKS];
    private final AtomicReferenceArray<Blocks> shared;
    private final Dice dice;
    private long steps;

    /// @param shared where threads exchange blocks; each has room for one
    MstressWorker(Contestant contestant, AtomicReferenceArray<Blocks> shared, Dice dice) {
        for (int block = 0; block < BLOCKS; block++) {
            own[block] = new Blocks(contestant, 1);
        }
        this.shared = shared;
        this.dice = dice;
    }

    @Override
    public long work(Gate gate) {
        final long before = steps;
        while (gate.isOpen()) {
            step();
            if (++steps % STEPS_IN_ROUND == 0) {
                drop();
            }
        }
        return steps - before;
    }

    @Override
    public void end() {
        for (Blocks block : own) {
            block.end();
        }
        for (int place = 0; place < SHARED; place++) {
            final Blocks block = shared.getAndSet(place, null);
            if (block != null) {
                block.end();
            }
        }
    }

    @Override
    public long liveBytes() {
        long bytes = 0;
        for (Blocks block : own) {
            bytes += block.liveBytes();
        }
        return bytes;
    }

    private void step() {
        final int index = dice.below(BLOCKS);
        if (own[index].has(0)) {
            own[index].free(0);
        } else {
            own[index].allocate(0, size());
        }
        if (steps % STEPS_UNTIL_EXCHANGE == 0) {
            own[index] = shared.getAndSet(dice.below(SHARED), own[index]);
        }
    }

    private void drop() {
        for (int index = 0; index < BLOCKS; index++) {
            if (index % KEPT != 0 && own[index].has(0)) {
                own[index].free(0);
            }
        }
    }

    private int size() {
        final int power = 1 << LEAST_BITS + dice.below(BITS);
        final int bytes = power + dice.below(power);
        return dice.below(LARGE_ONE_IN) == 0 ? Math.min(LARGEST, bytes * LARGE_FACTOR) : bytes;
    }
}
