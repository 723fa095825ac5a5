package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.shard.Shards;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;

/// Compares what is in caches and depots with what slabs, runs and the page map say of it. For tests, when nobody else uses the allocator.
/// O(slots).
///
/// ## Invariants
/// - **C1** a slot aside is of the first region, and its class is a slot class
/// - **C2** a slot is in one place: aside, in a stack, in a depot or waiting; and nobody has it
/// - **C3** the page map names the class with which a slot is kept, it was handed out by its slab or is an active run, and it is not live
/// - **C4** a run is in one cache or depot, the page map leads from its first page to it, and nothing is attached to it
final class CachesCheck {

    private static final int CLASS_BITS = 8;

    private final Shards shards;
    private final long pageSize;
    private final LongStream.Builder slots = LongStream.builder();      // with their class in the low bits
    private final Set<Extent> runs = Collections.newSetFromMap(new IdentityHashMap<>());

    /// @param pageSize bytes
    CachesCheck(Shards shards, long pageSize) {
        this.shards = shards;
        this.pageSize = pageSize;
    }

    /// Checks a cache by itself, and adds what it has.
    void add(ThreadCache cache) {
        cache.stacks().checkInvariants();
        cache.runs().checkInvariants(pageSize);
        cache.stacks().forEach(this::addSlot);
        cache.runs().forEach(this::addRun);
        if (cache.asideClass != OwnLine.NONE) {
            final var first = shards.firstRegion();
            final boolean isNear = Long.compareUnsigned(cache.favourite - first.base(), first.size()) < 0;
            holds("C1", isNear && 0 <= cache.asideClass && cache.asideClass < shards.classes().count(), cache.favourite, cache.asideClass);
            addSlot(cache.favourite, cache.asideClass);
        }
    }

    /// The same of a depot.
    void add(SlotDepot depot) {
        depot.checkInvariants();
        depot.forEach(this::addSlot);
    }

    /// The same of a depot.
    void add(RunDepot depot) {
        depot.check(pageSize, this::addRun);
    }

    /// Adds a slot that waits.
    void addSlot(long slot, int slotClass) {
        slots.add(slot << CLASS_BITS | slotClass);
    }

    private void addRun(Extent run) {
        if (!runs.add(run)) {
            throw new AssertionError("C4: twice: " + run);
        }
    }

    /// Compares what was added.
    ///
    /// @param isUsed tells of slots that somebody has
    /// @return true
    /// @throws AssertionError naming the invariant
    boolean check(LongPredicate isUsed) {
        checkSlots(isUsed);
        for (final var run : runs) {
            final long entry = shards.entryOf(run.address());
            if (entry != PageEntry.boundary(run.id()) || shards.extentOf(entry) != run || run.attachment() != null) {
                throw new AssertionError("C4: " + run + ", page map " + Long.toHexString(entry) + ", " + run.attachment());
            }
        }
        return true;
    }

    private void checkSlots(LongPredicate isUsed) {
        long last = 0;
        for (final long each : slots.build().sorted().toArray()) {
            final long slot = each >>> CLASS_BITS;
            final int slotClass = (int) each & (1 << CLASS_BITS) - 1;
            holds("C2", slot != last && !isUsed.test(slot), slot, slotClass);
            holds("C3", shards.hasHandedOut(slot, slotClass) && !shards.isLive(slot, slotClass), slot, slotClass);
            last = slot;
        }
    }

    private static void holds(String invariant, boolean condition, long slot, int slotClass) {
        if (!condition) {
            throw new AssertionError("%s: slot 0x%x of class %d".formatted(invariant, slot, slotClass));
        }
    }
}
