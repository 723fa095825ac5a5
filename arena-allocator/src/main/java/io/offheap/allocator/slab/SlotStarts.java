package io.offheap.allocator.slab;

import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.size.SlotClasses;

/// Whether a slot begins at an address, asked at every free, so it costs a multiplication and no division.
///
/// `offset * ceil(2^32 / size)` leaves a remainder modulo 2^32 below the factor exactly when the size divides the
/// offset (Lemire, Kaser, Kurz: Faster remainder by direct computation, 2019). `SlotStartsTest` verifies it for every
/// offset of every slab. The factor is kept for each kind of page map word, so that one look also tells the pages that
/// have no slots: their factor is 0.
///
/// What is left over at the end of a slab may begin with an address that the size divides; whoever needs to know
/// sees to it that it looks like a free slot.
///
/// Immutable.
public final class SlotStarts {

    private final long[] factors = new long[PageEntry.BOUNDARY + 1];

    private SlotStarts() {}

    /// {@return one that knows of no slot}
    public static SlotStarts none() {
        return new SlotStarts();
    }

    /// @param classes which slots there are
    public SlotStarts(SlotClasses classes) {
        for (int slotClass = 0; slotClass < classes.count(); slotClass++) {
            factors[PageEntry.kindOf(slotClass)] = Math.ceilDiv(1L << 32, classes.sizeOf(slotClass));
        }
    }

    /// {@return whether a slot begins at `offset` of a slab, or of a run that is a slot}
    ///
    /// @param kind   of the page's word, any
    /// @param offset bytes from the start, not negative, below 2^24
    public boolean isStart(int kind, long offset) {
        final long factor = factors[kind];
        return (offset * factor & 0xffff_ffffL) < factor;
    }
}
