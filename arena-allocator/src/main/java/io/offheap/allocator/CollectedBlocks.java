package io.offheap.allocator;

import io.offheap.allocator.size.SlotClasses;
import java.util.Arrays;

/// The allocator's blocks as buffers and automatic arenas have them: each counts with something against the allowance until it goes back.
///
/// Slots count whole, larger blocks with the bytes that were asked for. Spares are in, and the room that the table of buffers has for
/// small ones.
///
/// Any thread may call any method, with no lock held.
final class CollectedBlocks {

    /// Below this limit, bytes, blocks count with what was asked for, as `-XX:MaxDirectMemorySize` counts: slots of 16 bytes would leave
    /// a program that may have ten bytes none of them. There are no spares then, and the table keeps nothing of the allowance.
    private static final long LEAST_FOR_SLOTS = 1 << 20;

    private final HiddenBlocks hidden;
    private final Blocks blocks;
    private final SlotClasses classes;
    private final PageCost pageCost;
    private final Allowance allowance;
    private final boolean countsSlots;

    /// @param pageCost  what new memory costs
    /// @param allowance what blocks count against
    CollectedBlocks(HiddenBlocks hidden, Blocks blocks, SlotClasses classes, PageCost pageCost, Allowance allowance) {
        this.hidden = hidden;
        this.blocks = blocks;
        this.classes = classes;
        this.pageCost = pageCost;
        this.allowance = allowance;
        this.countsSlots = allowance.limit() >= LEAST_FOR_SLOTS;
    }

    /// {@return whether slots count whole}
    boolean countsSlots() {
        return countsSlots;
    }

    /// {@return what slots count with where they count whole, by class}
    long[] slotCharges() {
        final var charges = new long[classes.count()];
        Arrays.setAll(charges, classes::sizeOf);
        return charges;
    }

    /// {@return what a block counts with}
    long charge(int slotClass, long byteSize) {
        return slotClass == Blocks.NO_SLOT || !countsSlots ? byteSize : classes.sizeOf(slotClass);
    }

    /// {@return the address of a new block, aligned as asked for} Its charge is taken already.
    ///
    /// @throws OutOfMemoryError if it cannot be had
    long allocate(long byteSize, long byteAlignment, boolean zeroed) {
        return hidden.leaveToCollector(touched(hidden.allocateHidden(byteSize, byteAlignment, zeroed), byteSize));
    }

    /// {@return the address of a block, which was looked at if it is to be}
    private long touched(long address, long byteSize) {
        if (byteSize > 0) {
            pageCost.touchSome(address, byteSize);
        }
        return address;
    }

    /// Frees a block that was asked for without an alignment.
    void free(long address, long byteSize) {
        giveBack(address, charge(blocks.slotClass(byteSize, 1), byteSize));
    }

    /// Frees a block, whatever is in it.
    ///
    /// @param slotClass its class, or [Blocks#NO_SLOT]
    void free(long address, long byteSize, int slotClass) {
        giveBack(address, charge(slotClass, byteSize));
    }

    /// Frees a slot, where they count whole.
    void freeSlot(long address) {
        giveBack(address, classes.sizeOf(blocks.hiddenClass(address)));
    }

    /// It counts until its memory is free: who gets its charge, or sees that nothing else has any, finds the memory too. A free that the end of the
    /// stack cuts off is over for the charge.
    private void giveBack(long address, long charge) {
        try {
            hidden.freeHidden(address);
        } finally {
            allowance.giveBack(charge);
        }
    }
}
