package io.offheap.bench.latency;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Pair;
import io.offheap.bench.turns.Worker;

/// Allocates, uses and frees one block again and again. A class for each use, so that the JIT has a loop for each.
abstract class PairWorker implements Worker {

    /// Another block beside the one that is measured, to see that they do not overlap.
    private static final int CHECKED_BLOCKS = 2;

    final Pair pair;
    final long sizeBytes;
    private final ContentCheck check;

    /// Uses what the loop computes, so that the JIT cannot leave it out.
    private long sumOfAddresses;

    PairWorker(Contestant contestant, long sizeBytes) {
        this.pair = contestant.newPair();
        this.check = new ContentCheck(contestant, CHECKED_BLOCKS, sizeBytes);
        this.sizeBytes = sizeBytes;
    }

    @Override
    public final void begin() {
        check.run();
    }

    @Override
    public final void end() {
        check.run();
    }

    final void use(long addresses) {
        sumOfAddresses += addresses;
    }
}
