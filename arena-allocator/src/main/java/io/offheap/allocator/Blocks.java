package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.slab.SlabLayout;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.AlignedMath;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// From an address to the live block that begins there, or to the reason why none does.
///
/// The page map says whether a slot or a large block can begin at an address. Whether a slot is live is
/// told by a *key*: a new slab has a word in each slot that only this allocator writes for this address,
/// allocating wipes it, and freeing writes it again. A slot that holds its key is looked for among the free ones before
/// anything is refused, so that a live block which holds these bits by chance is still live. A large block
/// is live while its state word says so.
///
/// Any thread; no lock may be held.
final class Blocks {

    /// What [#slotClass] answers when no slot can begin at an address.
    static final int NO_SLOT = -1;

    /// What the segments of blocks with an explicit lifetime have, and those of arenas and buffers have not.
    private static final MemorySegment.Scope FOR_EVER = Arena.global().scope();

    private final Shards shards;
    private final SlabLayout layout;
    private final Caches caches;
    private final long pageSize;
    private final int pageShift;
    private final long key;

    Blocks(Shards shards, Caches caches, long pageSize) {
        this.shards = shards;
        this.layout = shards.layout();
        this.key = shards.freeSlotKey();
        this.caches = caches;
        this.pageSize = pageSize;
        this.pageShift = Long.numberOfTrailingZeros(pageSize);
    }

    /// {@return the size class of the slot that begins at an address, or [#NO_SLOT]} Fast.
    int slotClass(long address) {
        final long entry = shards.entryOf(address);
        final int sizeClass = PageEntry.kind(entry) - 1;
        if (sizeClass < 0 || sizeClass >= SizeClasses.COUNT) {
            return NO_SLOT;
        }
        final long offset = ((long) PageEntry.pageIndex(entry) << pageShift) + (address & pageSize - 1);
        return layout.isSlotStart(sizeClass, offset) ? sizeClass : NO_SLOT;
    }

    /// {@return whether the slot at an address holds the key of a free one} Fast.
    boolean looksFree(long slot) {
        return RawMemory.getLong(slot) == (slot ^ key);
    }

    /// Writes the key of a free slot. Fast.
    void markFree(long slot) {
        RawMemory.putLong(slot, slot ^ key);
    }

    /// Wipes the key. Fast.
    void markLive(long slot) {
        RawMemory.putLong(slot, 0);
    }

    /// {@return the size class of the live slot at an address, or [#NO_SLOT] if no slot can begin there}
    ///
    /// @throws IllegalArgumentException if the slot is free
    int liveSlotClass(long address) {
        final int sizeClass = slotClass(address);
        if (sizeClass != NO_SLOT && looksFree(address)) {
            final var slab = shards.slabOf(address);
            if (slab == null || slab.bin().isFree(slab, address) || caches.isCached(address, sizeClass)) {
                throw notLive(address);
            }
        }
        return sizeClass;
    }

    /// {@return the live large block at an address}
    ///
    /// @throws IllegalArgumentException if there is none
    Extent liveLarge(long address) {
        final long entry = shards.entryOf(address);
        if (PageEntry.kind(entry) == PageEntry.BOUNDARY) {
            final var extent = shards.extentOf(entry);
            if (extent != null && extent.address() == address && extent.isActive()) {
                return extent;
            }
        }
        throw notLive(address);
    }

    static IllegalArgumentException notLive(long address) {
        return new IllegalArgumentException(
                "0x%x is not the address of a live block: foreign, inside a block, or freed already".formatted(address));
    }

    /// {@return the bytes that may be used of the live block at an address}
    ///
    /// @throws IllegalArgumentException if there is none
    long usableSize(long address) {
        final int sizeClass = liveSlotClass(address);
        return sizeClass != NO_SLOT
                ? SizeClasses.sizeOf(sizeClass)
                : AlignedMath.alignUp(Math.max(1, liveLarge(address).requestedSize()), pageSize);
    }

    /// Checks that a segment is a live block as it was handed out.
    ///
    /// @throws IllegalArgumentException if it is not
    void checkHandedOut(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("not an off-heap segment: " + segment);
        }
        final long address = segment.address();
        if (!segment.scope().equals(FOR_EVER)) {
            throw new IllegalArgumentException("the segment at 0x%x belongs to an arena or a buffer".formatted(address));
        }
        final int sizeClass = liveSlotClass(address);
        final boolean fits = sizeClass != NO_SLOT
                ? couldBeClass(segment.byteSize(), sizeClass)
                : liveLarge(address).requestedSize() == segment.byteSize();
        if (!fits) {
            throw new IllegalArgumentException("the block at 0x%x was not handed out with %d bytes"
                    .formatted(address, segment.byteSize()));
        }
    }

    /// {@return whether some alignment leads a request of a size to a size class}
    boolean couldBeClass(long byteSize, int sizeClass) {
        if (byteSize > SizeClasses.sizeOf(sizeClass)) {
            return false;
        }
        for (long alignment = 1; alignment <= pageSize; alignment <<= 1) {
            if (smallClass(byteSize, alignment) == sizeClass) {
                return true;
            }
        }
        return false;
    }

    /// {@return the smallest class whose slots hold a size and are aligned, or [#NO_SLOT] if there is none}
    int smallClass(long byteSize, long byteAlignment) {
        if (byteSize > SizeClasses.LARGEST_SMALL || byteAlignment > pageSize) {
            return NO_SLOT;
        }
        final int sizeClass = SizeClasses.indexOf((int) Math.max(byteSize, 1));
        return byteAlignment <= SizeClasses.QUANTUM ? sizeClass : firstAligned(sizeClass, byteAlignment);
    }

    /// A slab begins on a page, so slots are aligned to what divides their size.
    private static int firstAligned(int from, long byteAlignment) {
        for (int sizeClass = from; sizeClass < SizeClasses.COUNT; sizeClass++) {
            if (AlignedMath.isAligned(SizeClasses.sizeOf(sizeClass), byteAlignment)) {
                return sizeClass;
            }
        }
        return NO_SLOT;
    }
}
