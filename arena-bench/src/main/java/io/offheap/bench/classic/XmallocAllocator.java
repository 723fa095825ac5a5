package io.offheap.bench.classic;

import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Worker;

/// As one half of xmalloc: only allocates, blocks of 8 to 2047 bytes, all powers of two about equally often, and passes
/// them on in batches.
final class XmallocAllocator implements Worker {

    private static final int LEAST_BITS = 3;
    private static final int BITS = 8;

    private final XmallocPipe pipe;
    private final Dice dice;

    XmallocAllocator(XmallocPipe pipe, Dice dice) {
        this.pipe = pipe;
        this.dice = dice;
    }

    /// {@return 0: who frees counts}
    @Override
    public long work(Gate gate) {
        for (Blocks batch = pipe.takeEmpty(gate); batch != null; batch = gate.isOpen() ? pipe.takeEmpty(gate) : null) {
            for (int block = 0; block < XmallocPipe.BLOCKS; block++) {
                final int power = 1 << LEAST_BITS + dice.below(BITS);
                batch.allocate(block, power + dice.below(power));
            }
            pipe.putFull(batch);
        }
        return 0;
    }
}
