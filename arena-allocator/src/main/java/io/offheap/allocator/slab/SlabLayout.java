package io.offheap.allocator.slab;

import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.size.SizeClasses;

/// How slabs of each size class are cut: pages, slots, and where slots begin.
///
/// A slab has as few pages as leave little over and hold enough slots for a refill: few pages, because
/// one live slot keeps a whole slab from being given back. Sizes of a page and more get the fewest pages
/// that no more than 1 part in 32 is left over in, which with pages of 4 KiB is none.
///
/// Immutable; computed once for a page size.
public final class SlabLayout {

    /// Slots that a slab of small slots has at least, so that a refill of a cache rarely needs two slabs.
    private static final int WANTED_SLOTS = 64;

    /// What a slab aims at when the wanted slots would need more, in bytes.
    private static final int WANTED_BYTES = 16 << 10;

    /// At most 1 part in this many of a slab is left over.
    private static final int WASTE_FRACTION = 32;

    private final long pageSize;
    private final int[] pages = new int[SizeClasses.COUNT];
    private final int[] slots = new int[SizeClasses.COUNT];

    /// @param pageSize bytes, a power of two of 4096 or more
    public SlabLayout(long pageSize) {
        this.pageSize = pageSize;
        for (int index = 0; index < SizeClasses.COUNT; index++) {
            final int size = SizeClasses.sizeOf(index);
            pages[index] = pagesFor(size, pageSize);
            slots[index] = (int) (pages[index] * pageSize / size);
            assert pages[index] <= PageEntry.MOST_SLAB_PAGES : index;
        }
    }

    private static int pagesFor(int size, long pageSize) {
        final long least = size >= 4096 ? size : Math.min((long) WANTED_SLOTS * size, WANTED_BYTES);
        int count = (int) Math.ceilDiv(least, pageSize);
        while (count * pageSize % size * WASTE_FRACTION > count * pageSize) {
            count++;
        }
        return count;
    }

    /// {@return the bytes of a slab of a class}
    public long slabBytes(int sizeClass) {
        return pages[sizeClass] * pageSize;
    }

    /// {@return the slots of a slab of a class}
    public int slots(int sizeClass) {
        return slots[sizeClass];
    }
}
