package io.offheap.allocator;

import io.offheap.allocator.Lifecycle.Call;
import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.cache.ThreadCache;
import io.offheap.allocator.cache.ThreadCaches;
import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.pressure.LimitReachedError;

/// Blocks that are slots: out of the calling thread's hand and back, or else by way of all caches and shards.
///
/// A slot that is taken here is nobody's but the caller's: it is not live ([Blocks]) unless the caller makes it so.
///
/// Any thread; no lock may be held. The end of the allocator may overtake any call.
final class SlotBlocks {

    private static final Call<SlotBlocks> TAKE = (slots, slotClass, _) -> slots.takeBeyondHand((int) slotClass);

    private static final Call<SlotBlocks> TAKE_ZEROED =
            (slots, slotClass, byteSize) -> slots.takeZeroedBeyondHand((int) slotClass, byteSize);

    private static final Call<SlotBlocks> FREE = (slots, address, slotClass) -> {
        slots.caches.freeSlot(address, (int) slotClass);
        return 0;
    };

    private static final Call<SlotBlocks> FREE_HIDDEN = (slots, address, slotClass) -> {
        slots.caches.freeHiddenSlot(address, (int) slotClass);
        return 0;
    };

    private final Lifecycle lifecycle;
    private final Caches caches;
    private final ThreadCache[] cacheTable;
    private final Shards shards;
    private final SlotClasses classes;
    private final LastResort lastResort;
    private final Zeroing zeroing;
    private final PageCost pageCost;
    private final long pageSize;

    /// @param cacheTable where the calling thread's cache may be
    /// @param pageCost   learns what new slots cost
    SlotBlocks(Lifecycle lifecycle, Caches caches, ThreadCache[] cacheTable, Shards shards, LastResort lastResort, Zeroing zeroing,
            PageCost pageCost, long pageSize) {
        this.lifecycle = lifecycle;
        this.caches = caches;
        this.cacheTable = cacheTable;
        this.shards = shards;
        this.classes = shards.classes();
        this.lastResort = lastResort;
        this.zeroing = zeroing;
        this.pageCost = pageCost;
        this.pageSize = pageSize;
    }

    /// {@return the address of a slot of a class} Fast if one is at hand.
    ///
    /// @throws OutOfMemoryError      if it cannot be had
    /// @throws IllegalStateException if none is at hand and the allocator is closed
    long take(int slotClass) {
        final long address = pop(slotClass);
        return address > 0 ? address : lifecycle.whileOpen(TAKE, this, slotClass, 0);
    }

    /// {@return the address of a slot of a class, so many bytes of which are zero} As [#take].
    long takeZeroed(int slotClass, long byteSize) {
        final long address = takeZeroedAtHand(slotClass, byteSize);
        return address > 0 ? address : lifecycle.whileOpen(TAKE_ZEROED, this, slotClass, byteSize);
    }

    /// {@return the address of a slot at the calling thread's hand, so many bytes of which are zero, or 0 or less if there is none}
    long takeZeroedAtHand(int slotClass, long byteSize) {
        final long address = pop(slotClass);
        if (address > 0) {
            RawMemory.zero(address, byteSize);
        }
        return address;
    }

    /// {@return a slot at the calling thread's hand, or 0 or less}
    private long pop(int slotClass) {
        final ThreadCache cache = ThreadCaches.currentIn(cacheTable);
        return cache != null ? cache.pop(slotClass) : 0;
    }

    /// {@return the address of a slot of a class} For those who have looked at the calling thread's hand, and whose callers know what an end
    /// means that overtakes them.
    ///
    /// @throws OutOfMemoryError if it cannot be had
    long takeBeyondHand(int slotClass) {
        try {
            return caches.allocateSlot(slotClass);
        } catch (LimitReachedError e) {
            return lastResort.retry(e, classes.sizeOf(slotClass), () -> caches.allocateSlot(slotClass));
        }
    }

    /// {@return the address of a slot of a class, so many bytes of which are zero} As [#takeBeyondHand].
    long takeZeroedBeyondHand(int slotClass, long byteSize) {
        if (SlotClasses.isRun(slotClass)) {
            return takeZeroedRun(slotClass);
        }
        final long slot = takeBeyondHand(slotClass);
        pageCost.touch(slot);
        RawMemory.zero(slot, byteSize);
        return slot;
    }

    /// A run that comes from beyond the cache may be known to read as zero.
    private long takeZeroedRun(int slotClass) {
        final var extent = takeRun(slotClass);
        pageCost.touch(extent.address());
        zeroing.zeroUnlessKnown(extent, extent.size());
        return extent.address();
    }

    private Extent takeRun(int slotClass) {
        try {
            return newRun(slotClass);
        } catch (LimitReachedError e) {
            return lastResort.retry(e, classes.sizeOf(slotClass), () -> newRun(slotClass));
        }
    }

    private Extent newRun(int slotClass) {
        final var extent = caches.allocateRun(classes.sizeOf(slotClass), pageSize);
        shards.useAsSlot(extent, slotClass);
        return extent;
    }

    /// Takes back a slot that was live.
    ///
    /// @throws OutOfMemoryError if the Java heap is full and no place is left that needs none; the slot is live then
    void free(long address, int slotClass) {
        if (!pushes(address, slotClass)) {
            freeBeyondHand(address, slotClass);
        }
    }

    /// Takes back a hidden slot, which waits for a place if the Java heap is full.
    void freeHidden(long address, int slotClass) {
        if (!pushes(address, slotClass)) {
            lifecycle.whileOpenMidway(FREE_HIDDEN, this, address, slotClass);
        }
    }

    /// Zeroes a slot, if what is freed is to be, and puts it at the calling thread's hand if there is a place.
    private boolean pushes(long address, int slotClass) {
        if (zeroing.zeroesFreed()) {
            RawMemory.zero(address, classes.sizeOf(slotClass));
        }
        final ThreadCache cache = ThreadCaches.currentIn(cacheTable);
        return cache != null && cache.pushAny(address, slotClass);
    }

    /// As [#freeHidden], of a slot of the first region of an allocator that does no more with what is freed. Fast.
    void freeHiddenNear(long address, int slotClass) {
        final ThreadCache cache = ThreadCaches.currentIn(cacheTable);
        if (cache == null || !cache.push(address, slotClass)) {
            lifecycle.whileOpenMidway(FREE_HIDDEN, this, address, slotClass);
        }
    }

    /// Takes back a live slot for which there is no place at the calling thread's hand. As [#free].
    void freeBeyondHand(long address, int slotClass) {
        lifecycle.whileOpenMidway(FREE, this, address, slotClass);
    }
}
