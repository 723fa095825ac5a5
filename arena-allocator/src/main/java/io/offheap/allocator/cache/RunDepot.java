package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.memory.util.RankedLock;
import java.util.function.Consumer;

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
    private final long[] givers = new long[RunCache.RUNGS];             // who put last; guarded by the lock
    private long lastFingerprint;       // for the daemon

    /// Takes runs of one rung in, the first ones first. Never fails.
    ///
    /// @param giver whose they were: the number of a thread, or [ThreadCache#NOBODY]
    /// @return how many found a place
    int put(Extent[] batch, int rung, long giver) {
        int kept = 0;
        lock.lock();
        try {
            givers[rung] = giver;
            while (kept < batch.length && runs.push(batch[kept], rung)) {
                kept++;
            }
            return kept;
        } catch (OutOfMemoryError e) {
            return kept;                                // no Java heap for the place
        } finally {
            lock.unlock();
        }
    }

    /// {@return whether a run found a place} Never fails.
    boolean put(Extent extent, int rung) {
        lock.lock();
        try {
            givers[rung] = ThreadCache.NOBODY;
            return runs.push(extent, rung);
        } catch (OutOfMemoryError e) {
            return false;                               // as above
        } finally {
            lock.unlock();
        }
    }

    /// {@return whether the runs of a rung that came last were another's} A look from outside.
    boolean hasFromOthers(int rung, long taker) {
        return givers[rung] != taker;
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
    ///
    /// @throws OutOfMemoryError if the Java heap is full; nothing has changed then
    Extent[] takeAll() {
        lock.lock();
        try {
            final var all = new Extent[runs.count()];
            runs.takeAll(all);
            return all;
        } finally {
            lock.unlock();
        }
    }

    /// {@return all runs, if none has come or gone since the last time somebody asked} For the daemon.
    Extent[] takeAllIfIdle() {
        final long now = runs.fingerprint();
        final boolean idle = now == lastFingerprint;
        lastFingerprint = now;
        return idle ? takeAll() : NONE;
    }

    /// Visits all runs, of which invariants hold.
    ///
    /// @param pageSize bytes
    /// @throws AssertionError naming the invariant
    void check(long pageSize, Consumer<Extent> visitor) {
        lock.lock();
        try {
            runs.checkInvariants(pageSize);
            runs.forEach(visitor);
        } finally {
            lock.unlock();
        }
    }

    /// {@return the runs} A look from outside.
    RunCache runs() {
        return runs;
    }
}
