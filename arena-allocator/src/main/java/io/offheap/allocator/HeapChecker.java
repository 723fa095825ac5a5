package io.offheap.allocator;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.LiveByte;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.Slab;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.source.RegionSource;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/// Walks the whole heap and compares it with what the statistics say. For tests, when nobody else uses it.
///
/// ## Invariants
/// - **A1** every page that was carved belongs to exactly one run
/// - **A2** active, volatile, and purged with retained bytes are those of the runs in these states:
///   `active + volatile + purged + retained = mapped`
/// - **A3** `active + volatile + metadata = committed`
/// - **A4** `allocated + cached + slack = active`, none of them negative
/// - **A5** committed bytes do not exceed the hard limit, and resident ones do not exceed the committed
/// - **A6** every page of a slab names it and its class in the page map; the first page of a large block
///   names that, as a boundary or as a slot of its size
/// - **A7** for each size class `used + cached + free = slots`, those of the slabs that there are, and
///   `taken - given = used + cached`
/// - **A8** large bytes, and those of cached slots that are runs, are those of the active runs that are no slab; with the
///   used slots of slabs the large bytes are the allocated ones
/// - **A9** the shadow of a slab has a byte set only for the first cell of a slot, as it is for a live one, and of each
///   class no more slots are live than used; that of free runs has none
record HeapChecker(RegionSource regions, Shards shards, AllocatorStats stats, long pageSize) {

    /// Bytes from the start of a run whose shadow is looked at: all of a slab, and enough of what was one.
    private static final long LOOKED_AT = 64 << 10;

    /// {@return true}
    ///
    /// @throws AssertionError naming the invariant
    boolean check() {
        shards.checkInvariants();
        final var runs = new ArrayList<>(shards.extents());
        runs.sort(Comparator.comparingLong(Extent::address));
        checkOwners(runs);
        checkStates(runs);
        checkNames(runs);
        checkClasses(runs);
        checkShadow(runs);
        final var s = stats;
        equal("A3", s.committedBytes(), s.activeBytes() + s.volatileBytes() + s.metadataBytes());
        equal("A4", s.activeBytes(), s.allocatedBytes() + s.cachedBytes() + s.slackBytes());
        holds("A4", s.allocatedBytes() >= 0 && s.cachedBytes() >= 0 && s.slackBytes() >= 0, s);
        holds("A5", s.committedBytes() <= s.hardLimit() && s.residentBytes() <= s.committedBytes(), s);
        return true;
    }

    private void checkOwners(List<Extent> runs) {
        regions.forEachCarved((start, size) -> {
            long next = start;
            for (final var run : runs) {
                if (run.address() >= start && run.address() < start + size) {
                    equal("A1", next, run.address());
                    next = run.end();
                }
            }
            equal("A1", start + size, next);
        });
    }

    private void checkStates(List<Extent> runs) {
        equal("A2", bytes(runs, Extent::isActive), stats.activeBytes());
        equal("A2", bytes(runs, run -> run.state() == State.VOLATILE), stats.volatileBytes());
        equal("A2", bytes(runs, run -> run.state() == State.PURGED), stats.purgedBytes() + stats.retainedBytes());
        equal("A2", bytes(runs, _ -> true), stats.mappedBytes());
    }

    private static long bytes(List<Extent> runs, Predicate<Extent> which) {
        return runs.stream().filter(which).mapToLong(Extent::size).sum();
    }

    private void checkNames(List<Extent> runs) {
        for (final var run : runs) {
            if (isLarge(run)) {
                final long entry = regions.entryOf(run.address());
                holds("A6", entry == PageEntry.boundary(run.id()) || entry == slotWord(run), run);
            } else if (run.isActive()) {
                final int sizeClass = classOf(run);
                final long entry = slotsWord(run, sizeClass);
                for (long page = run.address(); page < run.end(); page += pageSize) {
                    equal("A6", entry, regions.entryOf(page));
                }
            }
        }
    }

    /// {@return the page map word of a run that is a slot, or of none if it is too large}
    private long slotWord(Extent run) {
        final var classes = shards.classes();
        return run.size() <= classes.largest()
                ? slotsWord(run, classes.indexOf(run.size()))
                : PageEntry.NONE;
    }

    private long slotsWord(Extent run, int slotClass) {
        return PageEntry.slots(run.id(), slotClass, SlotClasses.cellShift(slotClass));
    }

    private static boolean isLarge(Extent run) {
        return run.isActive() && !(run.attachment() instanceof Slab);
    }

    private static int classOf(Extent slab) {
        return SizeClasses.indexOf(((Slab) slab.attachment()).bin().slotSize());
    }

    private void checkClasses(List<Extent> runs) {
        final var slabs = new long[SizeClasses.COUNT];
        runs.stream().filter(run -> run.isActive() && !isLarge(run)).forEach(run -> slabs[classOf(run)]++);
        long allocated = stats.largeBytes();
        long cached = 0;
        equal("A7", SizeClasses.COUNT, stats.classes().size());
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            final var each = stats.classes().get(sizeClass);
            equal("A7", SizeClasses.sizeOf(sizeClass), each.slotBytes());
            equal("A7", slabs[sizeClass], each.slabs());
            equal("A7", slabs[sizeClass] * shards.layout().slots(sizeClass), each.slots());
            equal("A7", each.slots(), each.usedSlots() + each.cachedSlots() + each.freeSlots());
            equal("A7", each.slotsTaken() - each.slotsGiven(), each.usedSlots() + each.cachedSlots());
            holds("A7", each.usedSlots() >= 0 && each.cachedSlots() >= 0 && each.freeSlots() >= 0, each);
            allocated += each.usedSlots() * each.slotBytes();
            cached += each.cachedSlots() * each.slotBytes();
        }
        equal("A8", bytes(runs, HeapChecker::isLarge), stats.largeBytes() + stats.cachedBytes() - cached);
        equal("A8", allocated, stats.allocatedBytes());
    }

    private void checkShadow(List<Extent> runs) {
        if (!regions.isShadowed()) {
            return;
        }
        final var live = new long[SizeClasses.COUNT];
        for (final var run : runs) {
            final boolean isSlab = run.isActive() && !isLarge(run);
            final int slotClass = isSlab ? classOf(run) : 0;
            for (int shift = RegionSource.SMALLEST_CELL_SHIFT; shift <= RegionSource.LARGEST_CELL_SHIFT; shift++) {
                final boolean mayHave = run.isActive() && (!isSlab || shift == SlotClasses.cellShift(slotClass));
                final long count = liveCells(run, shift, isSlab ? SizeClasses.sizeOf(slotClass) : run.size());
                holds("A9", count == 0 || mayHave, run);
                live[slotClass] += isSlab ? count : 0;
            }
        }
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            holds("A9", live[sizeClass] <= stats.classes().get(sizeClass).usedSlots(), stats.classes().get(sizeClass));
        }
    }

    /// {@return the cells of a run whose byte is set}
    private long liveCells(Extent run, int shift, long slotSize) {
        long count = 0;
        final long first = regions.shadowOf(run.address(), shift);
        final long looked = first == 0 ? 0 : Math.min(run.size(), LOOKED_AT);
        for (long cell = run.address(); cell < run.address() + looked; cell += 1L << shift) {
            final long shadow = first + (cell - run.address() >>> shift);
            if (RawMemory.getByte(shadow) != 0) {
                final long slot = run.address() + Math.ceilDiv(cell - run.address(), slotSize) * slotSize;
                holds("A9", slot < cell + (1L << shift) && RawMemory.getByte(shadow) == LiveByte.of(slot), run);
                count++;
            }
        }
        Reference.reachabilityFence(regions);
        return count;
    }

    private static void equal(String invariant, long expected, long actual) {
        if (expected != actual) {
            throw new AssertionError(invariant + ": expected " + expected + ", found " + actual);
        }
    }

    private static void holds(String invariant, boolean condition, Object what) {
        if (!condition) {
            throw new AssertionError(invariant + ": " + what);
        }
    }
}
