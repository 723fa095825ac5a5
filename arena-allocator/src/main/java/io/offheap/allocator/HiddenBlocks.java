package io.offheap.allocator;

import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.safety.BlockSource;

/// Blocks of arenas and buffers, which the program cannot free, resize or ask for by their address.
///
/// Slots go the fast ways where an allocator has them: [Blocks] finds none where there is more to do.
///
/// Any thread; no lock may be held.
final class HiddenBlocks {

    private final Blocks blocks;
    private final SlotBlocks slots;
    private final BlockSource source;

    /// @param blocks what the fast ways ask
    /// @param source where all others come from, while the allocator is open
    HiddenBlocks(Blocks blocks, SlotBlocks slots, BlockSource source) {
        this.blocks = blocks;
        this.slots = slots;
        this.source = source;
    }

    /// {@return the address of a block} It goes back by [#freeHidden]. Arguments are checked already.
    ///
    /// @param zeroed whether it must read as zero, as far as it was asked for
    /// @throws OutOfMemoryError      if it cannot be had
    /// @throws IllegalStateException if the allocator is closed
    long allocateHidden(long byteSize, long byteAlignment, boolean zeroed) {
        final int slotClass = blocks.slotClass(byteSize, byteAlignment);
        if (slotClass == Blocks.NO_SLOT) {
            return source.allocateHidden(byteSize, byteAlignment, zeroed);
        }
        return zeroed ? slots.takeZeroed(slotClass, byteSize) : slots.take(slotClass);
    }

    /// {@return the address of a slot, so many bytes of which are zero} As [#allocateHidden].
    long allocateHiddenSlot(int slotClass, long byteSize) {
        return slots.takeZeroed(slotClass, byteSize);
    }

    /// {@return the address of a slot at the calling thread's hand, so many bytes of which are zero, or 0 or less if there is none}
    long allocateHiddenSlotAtHand(int slotClass, long byteSize) {
        return slots.takeZeroedAtHand(slotClass, byteSize);
    }

    /// Frees a block, from any thread. Its owner sees to it that this happens once.
    ///
    /// @throws IllegalStateException if the allocator is closed
    void freeHidden(long address) {
        final int kind = blocks.takeHidden(address);
        if (kind >= 0) {
            slots.freeHiddenNear(address, PageEntry.slotClass(kind));
        } else {
            source.freeHidden(address);
        }
    }

    /// Frees a slot as [#freeHidden] does, without a look at what its page is for.
    void freeHiddenSlot(long address, int slotClass) {
        if (blocks.isNear(address)) {
            slots.freeHiddenNear(address, slotClass);
        } else {
            source.freeHidden(address);
        }
    }

    /// Notes that nobody has to free a block, for whoever looks for leaks.
    ///
    /// @return its address
    long leaveToCollector(long address) {
        return source.leaveToCollector(address);
    }
}
