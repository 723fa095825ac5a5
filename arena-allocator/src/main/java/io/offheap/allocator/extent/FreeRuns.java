package io.offheap.allocator.extent;

import io.offheap.allocator.extent.Extent.Tier;
import io.offheap.memory.purge.VolatileRegistry;
import io.offheap.memory.purge.VolatileRun;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.util.AlignedMath;
import io.offheap.memory.util.RankedLock;

/// The free runs of one [ExtentAllocator], each in the set of its tier, the volatile ones also in line by age; and how runs are cut and
/// joined.
///
/// ## Ages
/// A union keeps the mark of its larger part, and what is left of a cut run keeps its mark and its place
/// in the line: so neither a small free nor a small allocation makes a large idle run young again.
///
/// ## Concurrency
/// All is guarded by the lock of the allocator, which the caller holds. A purger may claim a volatile run at any moment by its state word:
/// such a run stays in its set, is passed over, and is moved by [#settle].
///
/// ## Invariants (checked by [#checkInvariants])
/// - **X1** a member of the volatile set is volatile and in the registry, or being purged; one of the others is
///   purged and not in the registry
/// - **X2** no two neighbouring members of the purged or retained set touch
/// - **X3** the first and the last page of a free extent name it in the page map, with kind `BOUNDARY`
/// - **X4** the sets and the registry hold theirs
final class FreeRuns {

    /// Runs that are looked at for one which holds an aligned request by chance, as one that was cut for such
    /// a request does, before only those are looked at that hold it wherever they begin.
    private static final int ALIGNED_LOOKS = 64;

    private final ExtentAllocator owner;
    private final RegionSource regions;
    private final ExtentTable table;
    private final RankedLock lock;
    private final long pageSize;
    private final long unit;

    private final VolatileRegistry registry = new VolatileRegistry();
    private final ExtentSet volatiles;
    private final ExtentSet purged;
    private final ExtentSet retained;

    /// @param owner of all runs
    /// @param lock  guards them
    /// @param unit  what sizes of runs are multiples of, bytes
    FreeRuns(ExtentAllocator owner, RegionSource regions, ExtentTable table, RankedLock lock, long pageSize, long unit) {
        this.owner = owner;
        this.regions = regions;
        this.table = table;
        this.lock = lock;
        this.pageSize = pageSize;
        this.unit = unit;
        final int pageShift = Long.numberOfTrailingZeros(pageSize);
        this.volatiles = new ExtentSet(Tier.VOLATILE, pageShift);
        this.purged = new ExtentSet(Tier.PURGED, pageShift);
        this.retained = new ExtentSet(Tier.RETAINED, pageShift);
    }

    private ExtentSet set(Tier tier) {
        return switch (tier) {
            case VOLATILE -> volatiles;
            case PURGED -> purged;
            case RETAINED -> retained;
            case NONE -> throw new AssertionError("no set is of tier " + tier);
        };
    }

    /// {@return a run of a tier that holds the request, the smallest ones first, or null} It stays where it is.
    Extent first(Tier tier, long size, long alignment) {
        final var set = set(tier);
        final long need = needed(size, alignment);
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

    /// {@return the volatile run that is looked at after one, or null}
    Extent after(Extent extent) {
        return volatiles.after(extent);
    }

    /// {@return whether a run holds the request}
    static boolean holds(Extent extent, long size, long alignment) {
        return AlignedMath.alignUp(extent.address(), alignment) - extent.address() <= extent.size() - size;
    }

    /// {@return the bytes that hold the request wherever they begin}
    long needed(long size, long alignment) {
        assert size > 0 && AlignedMath.isAligned(size, unit) : "size=" + size;
        return alignment <= unit ? size : Math.addExact(size, alignment - unit);
    }

    /// Cuts what is too much from both ends of a held run and gives it back to the tier it came from.
    Extent trim(Extent extent, long size, long alignment, Tier from) {
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

    /// Makes a held run one of a tier's.
    void keep(Extent extent, Tier tier) {
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
        set(tier).add(extent);
        extent.releasePurged();
    }

    /// Joins a held run with its free neighbours of one tier; the union is held.
    Extent joined(Extent extent, Tier tier) {
        Extent union = extent;
        final var below = neighbour(union.address() - pageSize, tier);
        if (below != null && below.end() == union.address() && take(below, tier)) {
            union = union(below, union, tier);
        }
        final var above = behind(union, 1, tier);
        if (above != null && take(above, tier)) {
            union = union(union, above, tier);
        }
        return union;
    }

    /// {@return the run of a tier that follows a run and has at least so many bytes, or null}
    Extent behind(Extent extent, long bytes, Tier tier) {
        final var next = neighbour(extent.end(), tier);
        return next != null && next.address() == extent.end() && next.size() >= bytes ? next : null;
    }

    /// {@return the run of a tier that begins or ends with the page at an address, or null}
    private Extent neighbour(long address, Tier tier) {
        final long entry = regions.entryOf(address);
        if (PageEntry.kind(entry) != PageEntry.BOUNDARY) {
            return null;
        }
        final var extent = table.get(PageEntry.id(entry));
        return extent != null && extent.owner() == owner && extent.tier == tier ? extent : null;
    }

    /// Takes a run out of its tier, held, unless a purger has it.
    boolean take(Extent extent, Tier tier) {
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
                set(tier).remove(extent);
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
    Extent cut(Extent extent, long keepSize) {
        assert lock.isHeldByCurrentThread();
        assert 0 < keepSize && keepSize < extent.size() && AlignedMath.isAligned(keepSize, unit)
                : extent + " at " + keepSize;
        final var rest = table.create(owner, extent.address() + keepSize, extent.size() - keepSize);
        rest.setKnownZero(extent.isKnownZero());
        rest.setMarkedAt(extent.markedAt());
        extent.setExtent(extent.address(), keepSize);
        name(extent);
        name(rest);
        return rest;
    }

    /// Writes the page map words of a held run that is no slab.
    void name(Extent extent) {
        final long entry = PageEntry.boundary(extent.id());
        regions.setEntry(extent.address(), entry);
        regions.setEntry(extent.end() - pageSize, entry);
    }

    /// Adds a held run to the held one before it; the upper one is no more.
    void append(Extent lower, Extent upper) {
        regions.setEntry(lower.end() - pageSize, PageEntry.NONE);
        regions.setEntry(upper.address(), PageEntry.NONE);
        lower.setExtent(lower.address(), lower.size() + upper.size());
        lower.setKnownZero(lower.isKnownZero() && upper.isKnownZero());
        table.retire(upper);
        name(lower);
    }

    /// Takes in a run that is being purged: [#settle] moves it when that is over.
    void addPurging(Extent extent) {
        volatiles.add(extent);
    }

    /// Puts a run where it belongs after a purge.
    void settle(Extent extent) {
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

    /// {@return the mark of the oldest volatile run} Without the lock.
    long oldestMark() {
        return registry.oldestMark();
    }

    /// {@return the oldest volatile run, or null}
    Extent oldest() {
        return (Extent) registry.oldest();
    }

    /// {@return the oldest volatile run, claimed for a purge, or null}
    VolatileRun claimOldest() {
        return registry.claimOldest();
    }

    /// {@return the oldest volatile run of at least a size, claimed for a purge, or null} See [VolatileRegistry#claimOldest(long, long, int)].
    VolatileRun claimOldest(long size, long deadline, int looks) {
        return registry.claimOldest(size, deadline, looks);
    }

    /// Cuts a volatile run in two that both keep their age and their place in the line.
    ///
    /// @return false, and nothing has changed, if a purger has it
    boolean split(Extent extent, long lowerSize) {
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

    /// {@return bytes of a tier}
    long bytes(Tier tier) {
        return set(tier).bytes();
    }

    /// Recomputes what the fields cache and compares. O(runs).
    ///
    /// @throws AssertionError naming the invariant
    void checkInvariants() {
        volatiles.checkInvariants();
        purged.checkInvariants();
        retained.checkInvariants();
        registry.checkInvariants();
        for (final var extent : table.all()) {
            if (extent.owner() == owner && extent.tier != Tier.NONE) {
                checkFree(extent);
            }
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
