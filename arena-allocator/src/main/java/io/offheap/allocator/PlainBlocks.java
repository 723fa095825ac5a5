package io.offheap.allocator;

import io.offheap.allocator.safety.BlockSource;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.util.StackRoom;

/// The blocks of an allocator without a safety kit: slots where a slot class fits, else runs of their own. Whoever asks has found no
/// slot at hand.
///
/// Any thread; no lock may be held. The end of the allocator may overtake any call.
final class PlainBlocks implements BlockSource {

    private final Blocks blocks;
    private final SlotClasses classes;
    private final SlotBlocks slots;
    private final LargeBlocks large;

    /// @param blocks knows all blocks
    PlainBlocks(Blocks blocks, SlotClasses classes, SlotBlocks slots, LargeBlocks large) {
        this.blocks = blocks;
        this.classes = classes;
        this.slots = slots;
        this.large = large;
    }

    @Override
    public long allocate(long byteSize, long byteAlignment, boolean zeroed) {
        final int slotClass = blocks.slotClass(byteSize, byteAlignment);
        if (slotClass == Blocks.NO_SLOT) {
            return large.allocate(byteSize, byteAlignment, zeroed);
        }
        final long slot = takeSlot(slotClass, byteSize, zeroed);
        blocks.markLive(slot, slotClass);
        return slot;
    }

    @Override
    public long allocateHidden(long byteSize, long byteAlignment, boolean zeroed) {
        final int slotClass = blocks.slotClass(byteSize, byteAlignment);
        return slotClass == Blocks.NO_SLOT
                ? large.allocateHidden(byteSize, byteAlignment, zeroed)
                : takeSlot(slotClass, byteSize, zeroed);
    }

    private long takeSlot(int slotClass, long byteSize, boolean zeroed) {
        return zeroed ? slots.takeZeroedBeyondHand(slotClass, byteSize) : slots.takeBeyondHand(slotClass);
    }

    @Override
    public void free(long address, long byteSize) {
        if (byteSize != ANY_SIZE) {
            blocks.checkHandedOut(address, byteSize);
        }
        final int slotClass = blocks.takeAnywhere(address);
        if (slotClass != Blocks.NO_SLOT) {
            slots.free(address, slotClass);
        } else {
            large.free(blocks.liveLarge(address));
        }
    }

    @Override
    public void freeHidden(long address) {
        final int slotClass = blocks.hiddenClass(address);
        if (slotClass != Blocks.NO_SLOT) {
            slots.freeHidden(address, slotClass);
        } else {
            StackRoom.requireMuch();                    // or it is in use for good
            large.free(blocks.hiddenLarge(address));
        }
    }

    @Override
    public boolean resizeInPlace(long address, long byteSize, long newByteSize) {
        blocks.checkHandedOut(address, byteSize);
        final int slotClass = blocks.slotClass(address);
        if (slotClass != Blocks.NO_SLOT) {
            return blocks.couldBeClass(newByteSize, slotClass);
        }
        return newByteSize > classes.largest() && large.resize(blocks.liveLarge(address), newByteSize);
    }

    @Override
    public long usableSize(long address) {
        return blocks.usableSize(address);
    }

    @Override
    public long leaveToCollector(long address) {
        return address;
    }
}
