package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.PageClasses;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.VolatileRun.State;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/// Page runs by way of the caches: an allocation looks into the calling thread's cache, then into the depot, then asks the shard;
/// a free goes the same way.
///
/// ```
///   allocate <---- cache <---- depot <---- shard
///   free     ----> cache ----> depot ----> shard
/// ```
///
/// Cached runs are volatile, so what is found may be purged, or about to be: then the governor is asked before it is used.
///
/// Any thread; no lock may be held. A virtual thread has one of the [SharedCaches] for its own.
final class CachedRuns {

    private final ThreadCaches threads;
    private final SharedCaches shared;
    private final Shards shards;
    private final Governor governor;
    private final long pageSize;
    private final int pageShift;
    private final RunDepot depot = new RunDepot();

    /// Re-uses that no cache counts, or no longer: of dead threads, and beside a purge.
    private final LongAdder otherReuses = new LongAdder();
    private final LongAdder otherReusedBytes = new LongAdder();

    /// @param governor is asked before a purged run becomes resident again
    /// @param pageSize bytes
    CachedRuns(ThreadCaches threads, SharedCaches shared, Shards shards, Governor governor, long pageSize) {
        this.threads = threads;
        this.shared = shared;
        this.shards = shards;
        this.governor = governor;
        this.pageSize = pageSize;
        this.pageShift = Long.numberOfTrailingZeros(pageSize);
    }

    /// {@return an active run of at least `size` bytes: rounded up to the ladder where limits allow}
    ///
    /// @param size      bytes, a positive multiple of the page size
    /// @param alignment of the start, bytes, a power of two
    /// @throws OutOfMemoryError if it cannot be had
    Extent allocate(long size, long alignment) {
        final int rung = PageClasses.ceilingIndex(size >>> pageShift);
        if (rung < RunCache.RUNGS && alignment <= pageSize) {
            final var cached = takeCached(rung);
            if (cached != null) {
                return cached;
            }
        }
        return allocateFromShard(size, PageClasses.pagesOf(rung) * pageSize, alignment);
    }

    /// {@return the rung whose runs have at most so many bytes}
    int rungOf(long size) {
        return PageClasses.floorIndex(size >>> pageShift);
    }

    private Extent takeCached(int rung) {
        final var own = threads.own();
        final var atHand = takeAtHand(own, rung);
        return atHand != null || own == null ? atHand : takeFromDepot(own, rung);
    }

    /// {@return a run out of a cache, active, or null if there is none}
    ///
    /// @param own the calling thread's cache, null for one that virtual threads share
    Extent takeAtHand(ThreadCache own, int rung) {
        return activated(own != null ? own.takeRun(rung) : shared.takeRun(rung));
    }

    /// {@return a run that some thread has left in the depot, active, or null} Further ones come along, into the thread's own cache.
    Extent takeFromDepot(ThreadCache own, int rung) {
        final var batch = depot.take(rung, RunCache.FIRST_DEPTH / 2);
        if (batch.length == 0) {
            return null;
        }
        for (int left = own.keepAllButFirst(batch, rung); left > 0; left--) {
            shards.release(batch[left]);
        }
        return activated(batch[0]);
    }

    /// {@return whether the runs of a rung that came into the depot last were another thread's}
    boolean comeFromOthers(ThreadCache own, int rung) {
        return depot.hasFromOthers(rung, own.ownerId);
    }

    /// Makes a run active whose memory was purged under the cache, once the governor agrees.
    ///
    /// @param taken out of a cache, active or not; or null
    /// @return the run, active, or null if there is none or a purger still has it
    private Extent activated(Extent taken) {
        if (taken == null || taken.isActive()) {
            return taken;
        }
        if (taken.reuse()) {                            // the purge failed, or had not begun
            otherReuses.increment();
            otherReusedBytes.add(taken.size());
            return taken;
        }
        if (taken.state() == State.PURGED) {
            makeResident(taken);
            return taken;
        }
        shards.release(taken);
        return null;
    }

    private void makeResident(Extent purged) {
        boolean granted = false;
        try {
            governor.acquire(purged.size());
            granted = true;
        } finally {
            if (!granted) {
                shards.release(purged);
            }
        }
        final boolean held = purged.holdPurged();
        assert held : purged;
        purged.activate();
    }

    /// {@return a new run, active: of the ladder's size, or of the exact one if limits allow no more}
    ///
    /// @throws OutOfMemoryError if it cannot be had
    Extent allocateFromShard(long exactSize, long ladderSize, long alignment) {
        final var own = threads.own();
        final var shard = own != null ? own.shard() : shared.shard();
        Extent extent;
        try {
            extent = shard.allocateRun(ladderSize, alignment);
        } catch (OutOfMemoryError e) {
            if (exactSize == ladderSize) {
                throw e;
            }
            extent = shard.allocateRun(exactSize, alignment);
        }
        extent.activate();
        shards.events().taken(extent.size(), extent.size());
        return extent;
    }

    /// Takes back a run that was just marked. Never fails: without Java heap for a place in a cache it goes to its shard.
    void free(Extent extent) {
        final int rung = rungOf(extent.size());
        if (rung >= RunCache.RUNGS || extent.size() > RunCache.CAPACITY_BYTES || wouldBeTooLargeASlot(extent, rung)
                || !shards.mayCache(extent)) {
            shards.release(extent);
        } else if (Thread.currentThread().isVirtual()) {
            keepShared(extent, rung);
        } else {
            keep(extent, rung);
        }
    }

    /// {@return whether a slot would be cut from the rung that has another size than this run} A block that was shrunk or
    /// just fitted under a limit can have one.
    private boolean wouldBeTooLargeASlot(Extent extent, int rung) {
        final long size = PageClasses.pagesOf(rung) << pageShift;
        return size <= shards.classes().largest() && size != extent.size();
    }

    private void keepShared(Extent extent, int rung) {
        if (!shared.keepRun(extent, rung) && !depot.put(extent, rung)) {
            shards.release(extent);
        }
    }

    /// Takes a marked run into the cache of the calling thread, which is no virtual one. Never fails.
    void keep(Extent extent, int rung) {
        try {
            final var own = threads.own();
            for (var left = own.pushRunOrEvict(extent, rung); left != null; left = own.pushRunOrEvict(extent, rung)) {
                passOn(left, own.ownerId);
            }
        } catch (OutOfMemoryError e) {
            shards.release(extent);                     // no Java heap for the place, or for what makes room for it
        }
    }

    /// Takes marked runs of one rung into the cache of the calling thread, the first ones first. Never fails.
    ///
    /// @param marked from index 0; null stands there afterwards
    void keepAll(ThreadCache own, Extent[] marked, int count, int rung) {
        for (int i = own.pushRuns(marked, count, rung); i < count; i++) {
            keep(marked[i], rung);
        }
        Arrays.fill(marked, 0, count, null);
    }

    /// Hands runs of one rung to whoever wants them. Never fails.
    private void passOn(Extent[] runs, long giver) {
        if (runs.length > 0) {
            for (int i = depot.put(runs, rungOf(runs[0].size()), giver); i < runs.length; i++) {
                shards.release(runs[i]);
            }
        }
    }

    /// Gives back what the depot holds.
    void flushDepot() {
        release(depot.takeAll());
    }

    /// Gives back what the depot holds, if nobody has used it since the last call.
    void flushIdleDepot() {
        release(depot.takeAllIfIdle());
    }

    private void release(Extent[] runs) {
        for (final var run : runs) {
            shards.release(run);
        }
    }

    /// Counts what a cache has counted that is no more.
    void addReusesOf(ThreadCache ended) {
        otherReuses.add(ended.runs().reuses());
        otherReusedBytes.add(ended.runs().reusedBytes());
    }

    /// {@return the volatile run of the depot that was marked first, or null} A look from outside.
    Extent oldestVolatile() {
        return depot.runs().oldestVolatile();
    }

    /// Adds what is in no cache.
    void addTo(CachesCheck check) {
        check.add(depot);
    }

    /// Adds what is in no cache to a sum. A look from outside.
    void addTo(CacheStats.Sum sum) {
        depot.runs().addTo(sum);
        sum.volatileReuses += otherReuses.sum();
        sum.reusedBytes += otherReusedBytes.sum();
    }
}
