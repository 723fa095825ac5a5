package io.offheap.allocator.extent;

import io.offheap.allocator.event.Events;
import io.offheap.allocator.extent.Extent.Tier;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.PurgeBatch;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.purge.VolatileSource;
import io.offheap.memory.source.PageKind;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.util.AlignedMath;
import io.offheap.memory.util.RankedLock;
import java.util.List;

/// The page runs of one shard, of one kind of pages: hands them out, takes them back, joins neighbours.
///
/// ```
///            allocate                                        carve (grow)
///   user  <-------------  VOLATILE  --->  PURGED       RETAINED <------- RegionSource
///     |                    ^      purger    |              |
///     +------- adopt ------+                +--- allocate -+---> user, once the governor agrees
/// ```
///
/// A request is served from *volatile* runs first: their memory is there, nothing is faulted in and nobody
/// is asked. Then *purged* ones, then *retained* ones, which never had memory; then new address space.
/// All of the last three make pages resident, so the governor is asked before. A run that is too large
/// is cut, unless that would spoil it ([Demand]), and what is left stays what it was; a run that comes back is joined with free
/// neighbours of the same tier ([FreeRuns]).
///
/// ## Concurrency
/// One lock, of rank `EXTENTS`, guards the sets, tiers and sizes of free extents; it is never held when the
/// governor or the operating system is called (but for a further region, see [RegionSource]).
public final class ExtentAllocator {

    /// Address space is carved in multiples of this size, bytes: one page of page map words for each.
    static final long GROWTH = 2L << 20;

    private final RegionSource regions;
    private final ExtentTable table;
    private final Governor governor;
    private final Events events;
    private final long pageSize;
    private final PageKind kind;
    private final long unit;
    private final RankedLock lock = new RankedLock(RankedLock.Rank.EXTENTS);
    private final ExtentClaims claims;

    // Guarded by the lock.
    private final FreeRuns runs;
    private final Demand demand = new Demand();
    private long volatileReuses;
    private long reusedBytes;
    private long metadataBytes;

    /// @param regions  where address space comes from
    /// @param table    numbers the runs
    /// @param governor is asked before pages become resident
    /// @param events   are told of growth
    /// @param pageSize bytes
    /// @param kind     of the pages; runs of huge pages begin, end and are cut on boundaries of huge pages
    public ExtentAllocator(RegionSource regions, ExtentTable table, Governor governor, Events events, long pageSize,
            PageKind kind) {
        this.regions = regions;
        this.table = table;
        this.governor = governor;
        this.events = events;
        this.pageSize = pageSize;
        this.kind = kind;
        this.unit = kind == PageKind.HUGE ? RegionSource.REGION_ALIGNMENT : pageSize;
        this.runs = new FreeRuns(this, regions, table, lock, pageSize, unit);
        this.claims = new ExtentClaims(runs, lock);
    }

    /// {@return where purgers find the volatile runs}
    public VolatileSource volatileRuns() {
        return claims;
    }

    /// {@return what sizes of runs are multiples of, bytes}
    public long unit() {
        return unit;
    }

    /// Takes a run that still has its memory.
    ///
    /// @param size      bytes, a positive multiple of the unit
    /// @param alignment of the start, bytes, a power of two
    /// @return a held run of exactly that size with unspecified contents, or null if none is free
    public Extent tryAllocateVolatile(long size, long alignment) {
        lock.lock();
        try {
            demand.note(size);
            for (var extent = runs.first(Tier.VOLATILE, size, alignment); extent != null; extent = runs.after(extent)) {
                if (demand.mayCut(extent, size) && FreeRuns.holds(extent, size, alignment) && runs.take(extent, Tier.VOLATILE)) {
                    volatileReuses++;
                    reusedBytes += size;
                    return runs.trim(extent, size, alignment, Tier.VOLATILE);
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /// Lets a moment pass: what was wanted two moments ago is wanted no more.
    public void ageDemand() {
        lock.lock();
        try {
            demand.age();
        } finally {
            lock.unlock();
        }
    }

    /// Takes a run that has no memory yet, growing if need be, once the governor agrees. No lock may be held.
    ///
    /// @param size      bytes, a positive multiple of the page size
    /// @param alignment of the start, bytes, a power of two
    /// @return a held run of exactly that size; see [Extent#isKnownZero] for its contents
    /// @throws OutOfMemoryError if memory or address space cannot be had; nothing has changed then, except
    ///                          that memory was purged to make room
    public Extent allocateNonResident(long size, long alignment) {
        governor.acquire(size);
        Extent extent = null;
        try {
            extent = takeNonResident(size, alignment);
            if (extent == null) {
                extent = grow(size, alignment);
            }
            return extent;
        } finally {
            if (extent == null) {
                governor.release(size);
            }
        }
    }

    private Extent takeNonResident(long size, long alignment) {
        lock.lock();
        try {
            for (final var tier : List.of(Tier.PURGED, Tier.RETAINED)) {
                final var extent = runs.first(tier, size, alignment);
                if (extent != null) {
                    runs.take(extent, tier);
                    return runs.trim(extent, size, alignment, tier);
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private Extent grow(long size, long alignment) {
        final long need = AlignedMath.alignUp(runs.needed(size, alignment), GROWTH);
        final var kept = carve(need, size, alignment);
        events.grew(need, regions.carvedBytes());
        return kept;
    }

    private Extent carve(long need, long size, long alignment) {
        final long metadata = Math.ceilDiv(need, pageSize) * Long.BYTES;
        governor.acquire(metadata);
        Extent fresh = null;
        lock.lock();
        try {
            fresh = carved(need);
            metadataBytes += metadata;
            runs.name(fresh);
            fresh.setKnownZero(true);
            return runs.trim(runs.joined(fresh, Tier.RETAINED), size, alignment, Tier.RETAINED);
        } finally {
            lock.unlock();
            if (fresh == null) {
                governor.release(metadata);
            }
        }
    }

    /// {@return new address space as a held run, which was made before: space without a run would be lost}
    private Extent carved(long size) {
        assert lock.isHeldByCurrentThread();
        final var fresh = table.create(this, 0, size);
        boolean done = false;
        try {
            fresh.setExtent(regions.carve(size, unit, kind), size);
            done = true;
            return fresh;
        } finally {
            if (!done) {
                table.retire(fresh);
            }
        }
    }

    /// Takes back a run that nobody uses, whatever has become of it: volatile, being purged, or purged. Allocates nothing. No
    /// lock of the same rank may be held.
    public void adopt(Extent extent) {
        lock.lock();
        try {
            assert extent.tier == Tier.NONE : extent + " is in " + extent.tier;
            if (extent.holdVolatile()) {
                runs.keep(runs.joined(extent, Tier.VOLATILE), Tier.VOLATILE);
            } else if (extent.holdPurged()) {
                runs.keep(runs.joined(extent, Tier.PURGED), Tier.PURGED);
            } else {
                assert extent.state() != State.ACTIVE && extent.state() != State.HELD : extent;
                runs.addPurging(extent);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Puts a run where it belongs after a purge. Called by the purger, through the run.
    void settle(Extent extent, boolean wasPurged, long bytes) {
        if (wasPurged) {
            governor.release(bytes);
        }
        lock.lock();
        try {
            runs.settle(extent);
        } finally {
            lock.unlock();
        }
    }

    /// Puts runs where they belong that were purged together. Called by the purger, through the first of them.
    ///
    /// @param batch where they stand from `from` to before `to`
    void settleAll(PurgeBatch batch, int from, int to) {
        long bytes = 0;
        for (int i = from; i < to; i++) {
            bytes += batch.bytes(i);
        }
        governor.release(bytes);
        lock.lock();
        try {
            for (int i = from; i < to; i++) {
                runs.settle((Extent) batch.run(i));
            }
        } finally {
            lock.unlock();
        }
    }

    /// Makes the end of an active run volatile in place, as old as the run's mark says: set it before.
    ///
    /// @param extent   an active large block that the caller holds (see [Extent#holdActive])
    /// @param keepSize bytes to keep from the start, a positive multiple of the unit below its size
    public void shrink(Extent extent, long keepSize) {
        lock.lock();
        try {
            final var rest = runs.cut(extent, keepSize);
            runs.keep(runs.joined(rest, Tier.VOLATILE), Tier.VOLATILE);
        } finally {
            lock.unlock();
        }
    }

    /// Extends a block in place into the free run behind it, if that is large enough. No lock may be held.
    ///
    /// @param extent  a large block that the caller holds (see [Extent#holdActive])
    /// @param newSize bytes, a multiple of the unit above its size
    /// @return whether it has the new size now; if not, nothing has changed
    public boolean extend(Extent extent, long newSize) {
        final long missing = newSize - extent.size();
        final var tier = tierBehind(extent, missing);
        if (tier == Tier.NONE || tier != Tier.VOLATILE && !granted(missing)) {
            return false;
        }
        boolean extended = false;
        lock.lock();
        try {
            extended = extendInto(extent, missing, tier);
            return extended;
        } finally {
            lock.unlock();
            if (!extended && tier != Tier.VOLATILE) {
                governor.release(missing);
            }
        }
    }

    private boolean granted(long bytes) {
        try {
            governor.acquire(bytes);
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }

    /// {@return the tier of the free run that follows and has so many bytes, or NONE}
    private Tier tierBehind(Extent extent, long bytes) {
        lock.lock();
        try {
            for (final var tier : List.of(Tier.VOLATILE, Tier.PURGED, Tier.RETAINED)) {
                if (runs.behind(extent, bytes, tier) != null) {
                    return tier;
                }
            }
            return Tier.NONE;
        } finally {
            lock.unlock();
        }
    }

    private boolean extendInto(Extent extent, long bytes, Tier tier) {
        final var behind = runs.behind(extent, bytes, tier);
        if (behind == null || !runs.take(behind, tier)) {
            return false;
        }
        runs.append(extent, runs.trim(behind, bytes, pageSize, tier));
        if (tier == Tier.VOLATILE) {
            volatileReuses++;
            reusedBytes += bytes;
        }
        return true;
    }

    /// {@return bytes of free runs by what has become of them, and how often volatile ones were used again}
    public ExtentStats stats() {
        lock.lock();
        try {
            return new ExtentStats(runs.bytes(Tier.VOLATILE), runs.bytes(Tier.PURGED), runs.bytes(Tier.RETAINED), metadataBytes,
                    volatileReuses, reusedBytes);
        } finally {
            lock.unlock();
        }
    }

    /// Recomputes what the fields cache and compares. O(free runs).
    ///
    /// @return true, so that it can stand in an `assert`
    /// @throws AssertionError naming the invariant
    public boolean checkInvariants() {
        lock.lock();
        try {
            runs.checkInvariants();
            return true;
        } finally {
            lock.unlock();
        }
    }
}
