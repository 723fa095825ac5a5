package io.offheap.allocator.extent;

import io.offheap.allocator.event.Events;
import io.offheap.allocator.extent.Extent.Tier;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.PurgeBatch;
import io.offheap.memory.purge.PurgePolicy;
import io.offheap.memory.purge.VolatileRegistry;
import io.offheap.memory.purge.VolatileRun;
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
/// is cut, and what is left stays what it was; a run that comes back is joined with free neighbours of the
/// same tier.
///
/// ## What is not cut
/// A small request may not take the last run that fits what was recently wanted: a volatile run at least as large as
/// the largest request of the last moments ([#ageDemand]) is left whole if it would be too small afterwards, unless the
/// request takes a good part of it. So a buffer of 64 MiB that comes and goes is not refaulted because a slab was cut
/// from it, while memory that nobody wants in one piece serves anybody.
///
/// ## Ages
/// A union keeps the mark of its larger part, and what is left of a cut run keeps its mark and its place
/// in the line: so neither a small free nor a small allocation makes a large idle run young again.
///
/// ## Concurrency
/// One lock, of rank `EXTENTS`, guards the sets, tiers and sizes of free extents; it is never held when the
/// governor or the operating system is called (but for a further region, see [RegionSource]). A purger may
/// claim a volatile run at any moment by its state word: such a run stays in its set, is passed over, and
/// is moved by [#settle].
///
/// ## Invariants (checked by [#checkInvariants])
/// - **X1** a member of the volatile set is volatile and in the registry, or being purged; one of the others is
///   purged and not in the registry
/// - **X2** no two neighbouring members of the purged or retained set touch
/// - **X3** the first and the last page of a free extent name it in the page map, with kind `BOUNDARY`
/// - **X4** the sets and the registry hold theirs
public final class ExtentAllocator implements VolatileSource {

    /// Address space is carved in multiples of this size, bytes: one page of page map words for each.
    static final long GROWTH = 2L << 20;

    /// Runs are cut for a purge in multiples of this size, bytes: a huge page.
    private static final long CLAIM_UNIT = PurgePolicy.UNIT;

    /// Runs that are looked at for one of at least a unit: some ten microseconds.
    private static final int UNIT_LOOKS = 1024;

    /// Runs that are looked at for one which holds an aligned request by chance, as one that was cut for such
    /// a request does, before only those are looked at that hold it wherever they begin.
    private static final int ALIGNED_LOOKS = 64;

    /// A request that takes at least this part of a run may cut it, whatever else it would fit.
    private static final int GOOD_PART = 64;

    private final RegionSource regions;
    private final ExtentTable table;
    private final Governor governor;
    private final Events events;
    private final long pageSize;
    private final PageKind kind;
    private final long unit;
    private final RankedLock lock = new RankedLock(RankedLock.Rank.EXTENTS);

    private final VolatileRegistry registry = new VolatileRegistry();
    private final ExtentSet volatiles;
    private final ExtentSet purged;
    private final ExtentSet retained;

    // Guarded by the lock.
    private long volatileReuses;
    private long reusedBytes;
    private long metadataBytes;
    private long largestWanted;         // since the last ageDemand(), bytes
    private long largestWantedBefore;   // between the last two

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
        final int pageShift = Long.numberOfTrailingZeros(pageSize);
        this.volatiles = new ExtentSet(Tier.VOLATILE, pageShift);
        this.purged = new ExtentSet(Tier.PURGED, pageShift);
        this.retained = new ExtentSet(Tier.RETAINED, pageShift);
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
        final long need = needed(size, alignment);
        lock.lock();
        try {
            largestWanted = Math.max(largestWanted, size);
            for (var extent = first(volatiles, size, alignment, need); extent != null; extent = volatiles.after(extent)) {
                if (mayCut(extent, size) && holds(extent, size, alignment) && extent.holdVolatile()) {
                    volatiles.remove(extent);
                    volatileReuses++;
                    reusedBytes += size;
                    return trim(extent, size, alignment, Tier.VOLATILE);
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private boolean mayCut(Extent extent, long size) {
        final long wanted = Math.max(largestWanted, largestWantedBefore);
        return extent.size() < wanted || extent.size() - size >= wanted || size >= extent.size() / GOOD_PART;
    }

    /// Lets a moment pass: what was wanted two moments ago is wanted no more.
    public void ageDemand() {
        lock.lock();
        try {
            largestWantedBefore = largestWanted;
            largestWanted = 0;
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
        final long need = needed(size, alignment);
        lock.lock();
        try {
            for (final var set : List.of(purged, retained)) {
                final var extent = first(set, size, alignment, need);
                if (extent != null) {
                    final var tier = extent.tier;
                    final boolean held = extent.holdPurged();
                    assert held : "X1: " + extent;
                    set.remove(extent);
                    return trim(extent, size, alignment, tier);
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private Extent grow(long size, long alignment) {
        final long need = AlignedMath.alignUp(needed(size, alignment), GROWTH);
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
            name(fresh);
            fresh.setKnownZero(true);
            return trim(joined(fresh, Tier.RETAINED), size, alignment, Tier.RETAINED);
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
                keepVolatile(joined(extent, Tier.VOLATILE));
            } else if (extent.holdPurged()) {
                keepPurged(joined(extent, Tier.PURGED), Tier.PURGED);
            } else {
                assert extent.state() != State.ACTIVE && extent.state() != State.HELD : extent;
                volatiles.add(extent);                  // settle() moves it when its purge is over
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
            settle(extent);
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
                settle((Extent) batch.run(i));
            }
        } finally {
            lock.unlock();
        }
    }

    private void settle(Extent extent) {
        if (extent.tier != Tier.VOLATILE) {
            return;                                     // it is in a cache, or was taken on meanwhile
        }
        if (extent.holdPurged()) {
            volatiles.remove(extent);
            registry.remove(extent);                    // a purger that saw it in a cache may have claimed it
            keepPurged(joined(extent, Tier.PURGED), Tier.PURGED);
        } else if (extent.state() == State.VOLATILE) {
            registry.add(extent);                       // refused: it stands in line again
        }
    }

    /// Makes the end of an active run volatile in place, as old as the run's mark says: set it before.
    ///
    /// @param extent   an active large block that the caller holds (see [Extent#holdActive])
    /// @param keepSize bytes to keep from the start, a positive multiple of the unit below its size
    public void shrink(Extent extent, long keepSize) {
        lock.lock();
        try {
            final var rest = cut(extent, keepSize);
            keepVolatile(joined(rest, Tier.VOLATILE));
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
                final var behind = neighbour(extent.end(), tier);
                if (behind != null && behind.address() == extent.end() && behind.size() >= bytes) {
                    return tier;
                }
            }
            return Tier.NONE;
        } finally {
            lock.unlock();
        }
    }

    private boolean extendInto(Extent extent, long bytes, Tier tier) {
        final var behind = neighbour(extent.end(), tier);
        if (behind == null || behind.address() != extent.end() || behind.size() < bytes || !take(behind, tier)) {
            return false;
        }
        append(extent, trim(behind, bytes, pageSize, tier));
        if (tier == Tier.VOLATILE) {
            volatileReuses++;
            reusedBytes += bytes;
        }
        return true;
    }

    /// Adds a held run to the held one before it; the upper one is no more.
    private void append(Extent lower, Extent upper) {
        regions.setEntry(lower.end() - pageSize, PageEntry.NONE);
        regions.setEntry(upper.address(), PageEntry.NONE);
        lower.setExtent(lower.address(), lower.size() + upper.size());
        lower.setKnownZero(lower.isKnownZero() && upper.isKnownZero());
        table.retire(upper);
        name(lower);
    }

    /// {@return a member that holds the request, which stays one, or null}
    private static Extent first(ExtentSet set, long size, long alignment, long need) {
        if (need > size) {
            var extent = set.smallestFitting(size);
            for (int i = 0; i < ALIGNED_LOOKS && extent != null; i++, extent = set.after(extent)) {
                if (holds(extent, size, alignment)) {
                    return extent;
                }
            }
        }
        return set.smallestFitting(need);
    }

    private static boolean holds(Extent extent, long size, long alignment) {
        return AlignedMath.alignUp(extent.address(), alignment) - extent.address() <= extent.size() - size;
    }

    /// {@return the bytes that hold the request wherever they begin}
    private long needed(long size, long alignment) {
        assert size > 0 && AlignedMath.isAligned(size, unit) : "size=" + size;
        return alignment <= unit ? size : Math.addExact(size, alignment - unit);
    }

    /// Cuts what is too much from both ends of a held run and gives it back to the tier it came from.
    private Extent trim(Extent extent, long size, long alignment, Tier from) {
        Extent kept = extent;
        boolean done = false;
        try {
            final long start = AlignedMath.alignUp(extent.address(), alignment);
            if (start > extent.address()) {
                kept = cut(extent, start - extent.address());
                keep(extent, from);
            }
            if (kept.size() > size) {
                final var rest = cut(kept, size);
                if (from == Tier.VOLATILE) {
                    registry.replace(kept, rest);
                }
                keep(rest, from);
            }
            registry.remove(kept);
            done = true;
            return kept;
        } finally {
            if (!done) {
                keep(kept, from);                       // no heap for another run: as if nothing had been asked
            }
        }
    }

    private void keep(Extent extent, Tier tier) {
        if (tier == Tier.VOLATILE) {
            keepVolatile(extent);
        } else {
            keepPurged(extent, tier);
        }
    }

    private void keepVolatile(Extent extent) {
        registry.add(extent);
        registry.resized(extent);
        volatiles.add(extent);
        extent.releaseVolatile();
    }

    private void keepPurged(Extent extent, Tier tier) {
        (tier == Tier.PURGED ? purged : retained).add(extent);
        extent.releasePurged();
    }

    /// Joins a held run with its free neighbours of one tier; the union is held.
    private Extent joined(Extent extent, Tier tier) {
        Extent union = extent;
        final var below = neighbour(union.address() - pageSize, tier);
        if (below != null && below.end() == union.address() && take(below, tier)) {
            union = union(below, union, tier);
        }
        final var above = neighbour(union.end(), tier);
        if (above != null && above.address() == union.end() && take(above, tier)) {
            union = union(union, above, tier);
        }
        return union;
    }

    private Extent neighbour(long address, Tier tier) {
        final long entry = regions.entryOf(address);
        if (PageEntry.kind(entry) != PageEntry.BOUNDARY) {
            return null;
        }
        final var extent = table.get(PageEntry.id(entry));
        return extent != null && extent.owner() == this && extent.tier == tier ? extent : null;
    }

    /// Takes a free neighbour out of its set, unless a purger has it.
    private boolean take(Extent extent, Tier tier) {
        switch (tier) {
            case VOLATILE -> {
                if (!extent.holdVolatile()) {
                    return false;
                }
                volatiles.remove(extent);
            }
            case PURGED, RETAINED -> {
                final boolean held = extent.holdPurged();
                assert held : "X1: " + extent;
                (tier == Tier.PURGED ? purged : retained).remove(extent);
            }
            case NONE -> throw new AssertionError(extent);
        }
        return true;
    }

    /// One run out of two held neighbours; the upper one is no more.
    private Extent union(Extent lower, Extent upper, Tier tier) {
        final boolean lowerIsLarger = lower.size() >= upper.size();
        if (tier == Tier.VOLATILE) {
            registry.remove(lowerIsLarger ? upper : lower);
        }
        append(lower, upper);
        if (!lowerIsLarger) {
            lower.setMarkedAt(upper.markedAt());
            if (tier == Tier.VOLATILE) {
                registry.replace(upper, lower);
            }
        }
        return lower;
    }

    /// Cuts a held run in two; the caller holds both.
    ///
    /// @return the upper part, with the same age and contents
    private Extent cut(Extent extent, long keepSize) {
        assert lock.isHeldByCurrentThread();
        assert 0 < keepSize && keepSize < extent.size() && AlignedMath.isAligned(keepSize, unit)
                : extent + " at " + keepSize;
        final var rest = table.create(this, extent.address() + keepSize, extent.size() - keepSize);
        rest.setKnownZero(extent.isKnownZero());
        rest.setMarkedAt(extent.markedAt());
        extent.setExtent(extent.address(), keepSize);
        name(extent);
        name(rest);
        return rest;
    }

    /// Writes the page map words of a held run that is no slab.
    private void name(Extent extent) {
        final long entry = PageEntry.boundary(extent.id());
        regions.setEntry(extent.address(), entry);
        regions.setEntry(extent.end() - pageSize, entry);
    }

    @Override
    public long oldestMark() {
        return registry.oldestMark();
    }

    @Override
    public boolean claimOldest(PurgeBatch batch, long wantedBytes, long until) {
        final int before = batch.count();
        final long enough = batch.bytes() + wantedBytes;
        lock.lock();
        try {
            boolean goesOn = claimOldest(batch, wantedBytes);
            while (goesOn && !batch.isFull() && batch.bytes() < enough
                    && VolatileSource.isBefore(registry.oldestMark(), until)) {
                goesOn = claimOldest(batch, enough - batch.bytes());
            }
            return batch.count() > before;
        } finally {
            lock.unlock();
        }
    }

    private boolean claimOldest(PurgeBatch batch, long wantedBytes) {
        final var oldest = (Extent) registry.oldest();
        if (oldest != null && oldest.size() - CLAIM_UNIT > wantedBytes) {
            splitVolatile(oldest, AlignedMath.alignUp(wantedBytes, CLAIM_UNIT));
        }
        return claimInto(batch);
    }

    @Override
    public boolean claimOldestWithin(PurgeBatch batch, long mostBytes) {
        lock.lock();
        try {
            final var oldest = (Extent) registry.oldest();
            if (oldest == null || oldest.size() > mostBytes
                    && !(mostBytes >= CLAIM_UNIT && splitVolatile(oldest, AlignedMath.alignDown(mostBytes, CLAIM_UNIT)))) {
                return false;
            }
            return claimInto(batch);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean claimOldestUnit(PurgeBatch batch, long deadline) {
        lock.lock();
        try {
            return add(batch, registry.claimOldest(CLAIM_UNIT, deadline, UNIT_LOOKS));
        } finally {
            lock.unlock();
        }
    }

    private boolean claimInto(PurgeBatch batch) {
        return add(batch, registry.claimOldest());
    }

    private static boolean add(PurgeBatch batch, VolatileRun claimed) {
        if (claimed == null) {
            return false;
        }
        batch.add(claimed);
        return true;
    }

    /// Cuts a volatile run in two that both keep their age and their place in the line.
    ///
    /// @return false, and nothing has changed, if a purger has it
    private boolean splitVolatile(Extent extent, long lowerSize) {
        if (!extent.holdVolatile()) {
            return false;
        }
        volatiles.remove(extent);
        try {
            final var upper = cut(extent, lowerSize);
            registry.resized(extent);
            registry.addBehind(upper, extent);
            keepVolatile(upper);
        } finally {
            keepVolatile(extent);
        }
        return true;
    }

    /// {@return bytes of free runs by what has become of them, and how often volatile ones were used again}
    public ExtentStats stats() {
        lock.lock();
        try {
            return new ExtentStats(volatiles.bytes(), purged.bytes(), retained.bytes(), metadataBytes, volatileReuses,
                    reusedBytes);
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
            volatiles.checkInvariants();
            purged.checkInvariants();
            retained.checkInvariants();
            registry.checkInvariants();
            for (final var extent : table.all()) {
                if (extent.owner() == this && extent.tier != Tier.NONE) {
                    checkFree(extent);
                }
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void checkFree(Extent extent) {
        final var state = extent.state();
        final boolean legal = switch (extent.tier) {
            case VOLATILE -> state == State.VOLATILE && registry.contains(extent)
                    || state == State.PURGING || state == State.PURGED; // PURGED: about to be settled
            case PURGED, RETAINED -> state == State.PURGED && !registry.contains(extent);
            case NONE -> false;
        };
        check("X1", legal, extent + " in tier " + extent.tier);
        final var above = neighbour(extent.end(), extent.tier);
        check("X2", above == null || extent.tier == Tier.VOLATILE, extent + " beside " + above);
        final long entry = PageEntry.boundary(extent.id());
        check("X3", regions.entryOf(extent.address()) == entry, extent + " at its start");
        check("X3", regions.entryOf(extent.end() - pageSize) == entry, extent + " at its end");
    }

    private static void check(String invariant, boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(invariant + ": " + what);
        }
    }
}
