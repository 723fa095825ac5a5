package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.memory.util.RankedLock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Freed page runs on their way from threads that free to threads that allocate.
///
/// Where one thread allocates what another frees, runs pile up with one and are wanted by the other. They change hands
/// here in batches, whole and with their memory: to their shard and back each would be joined with its neighbours
/// and cut out again. Bounded; what finds no place goes to its shard. The runs are volatile while they wait, as in a
/// thread's cache, and are seen by purgers in the same way.
///
/// Any thread; one lock for a batch.
final class RunDepot {

    private static final int DEPTH = 1024;
    private static final long CAPACITY_BYTES = 64L << 20;
    private static final Extent[] NONE = {};

    private final RankedLock lock = new RankedLock(RankedLock.Rank.CACHE_SLOT);
    private final RunCache runs = new RunCache(DEPTH, DEPTH, CAPACITY_BYTES);
    private long lastFingerprint;       // for the daemon

    /// Takes runs of one rung in.
    ///
    /// @return those that found no place
    Extent[] put(Extent[] batch, int rung) {
        lock.lock();
        try {
            int kept = 0;
            while (kept < batch.length && runs.push(batch[kept], rung)) {
                kept++;
            }
            return kept == batch.length ? NONE : Arrays.copyOfRange(batch, kept, batch.length);
        } finally {
            lock.unlock();
        }
    }

    /// {@return up to `most` runs of a rung, whatever has become of their memory}
    Extent[] take(int rung, int most) {
        if (!runs.mayHave(rung)) {
            return NONE;
        }
        lock.lock();
        try {
            return runs.takeNewest(rung, most);
        } finally {
            lock.unlock();
        }
    }

    /// {@return all runs}
    List<Extent> takeAll() {
        final var all = new ArrayList<Extent>();
        lock.lock();
        try {
            runs.drainTo(all);
        } finally {
            lock.unlock();
        }
        return all;
    }

    /// {@return all runs, if none has come or gone since the last time somebody asked} For the daemon.
    List<Extent> takeAllIfIdle() {
        final long now = runs.fingerprint();
        final boolean idle = now == lastFingerprint;
        lastFingerprint = now;
        return idle ? takeAll() : List.of();
    }

    /// {@return the runs} A look from outside.
    RunCache runs() {
        return runs;
    }
}
