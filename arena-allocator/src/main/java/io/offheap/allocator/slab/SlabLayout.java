package io.offheap.allocator.slab;

import io.offheap.allocator.size.SizeClasses;

/// How slabs of each size class are cut: pages, slots, and where slots begin.
///
/// A slab of slots below 4 KiB has 32 KiB or a little more: few enough pages, because one live slot keeps a whole slab from
/// being given back, and enough for its objects to be small beside it (0.3 % at 64 bytes where slabs are full, 0.6 % where
/// they are not; a page of its own would take eight times as much). Sizes from 4 KiB on get the fewest pages that no more than 1 part in 32 is left over in, which with pages
/// of 4 KiB is none.
///
/// Immutable; computed once for a page size.
public final class SlabLayout {

    /// What a slab of slots smaller than [#WIDE] has at least, in bytes.
    private static final int WANTED_BYTES = 32 << 10;

    private static final int WIDE = 4096;

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
        }
    }

    private static int pagesFor(int size, long pageSize) {
        final long least = size >= WIDE ? size : WANTED_BYTES;
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
