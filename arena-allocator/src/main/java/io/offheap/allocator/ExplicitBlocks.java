package io.offheap.allocator;

import io.offheap.allocator.cache.ThreadCache;
import io.offheap.allocator.cache.ThreadCaches;
import io.offheap.allocator.safety.BlockSource;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.os.RawMemory;
import java.lang.foreign.MemorySegment;

/// Blocks of explicit lifetime beyond the facade's fast paths: what is asked for in another way, or is not at hand, and what finds no place
/// there.
///
/// Any thread; no lock may be held.
final class ExplicitBlocks {

    private final Lifecycle lifecycle;
    private final ThreadCache[] popTable;
    private final Blocks blocks;
    private final SlotBlocks slots;
    private final BlockSource source;

    /// @param popTable where the calling thread's cache may be that blocks come from
    /// @param blocks   what the fast ways ask
    /// @param source   where all others come from, while the allocator is open
    ExplicitBlocks(Lifecycle lifecycle, ThreadCache[] popTable, Blocks blocks, SlotBlocks slots, BlockSource source) {
        this.lifecycle = lifecycle;
        this.popTable = popTable;
        this.blocks = blocks;
        this.slots = slots;
        this.source = source;
    }

    /// {@return whether arguments are valid and ask for a slot of the class of the size}
    static boolean isPlainSlot(long byteSize, long byteAlignment) {
        return SlotClasses.hasNativeIndex(byteSize)
                && byteAlignment > 0 && byteAlignment <= SizeClasses.QUANTUM && (byteAlignment & byteAlignment - 1) == 0;
    }

    /// {@return a slot at the calling thread's hand, live if slots are told of, or 0 or less}
    static long popSlot(ThreadCache[] popTable, int slotClass) {
        final ThreadCache cache = ThreadCaches.currentIn(popTable);
        return cache != null ? cache.popLive(slotClass) : 0;
    }

    /// {@return a block that is zero, as a segment}
    MemorySegment allocateZeroed(long byteSize, long byteAlignment) {
        Requests.check(byteSize, byteAlignment);
        final long address = popSlotFor(byteSize, byteAlignment);
        if (address > 0) {
            RawMemory.zero(address, byteSize);
            return RawMemory.segment(address, byteSize);
        }
        return RawMemory.segment(source.allocate(byteSize, byteAlignment, true), byteSize);
    }

    /// {@return a block with unspecified contents, as a segment}
    MemorySegment allocateUninitialized(long byteSize, long byteAlignment) {
        return RawMemory.segment(allocateAddress(byteSize, byteAlignment), byteSize);
    }

    /// {@return the address of a block with unspecified contents}
    long allocateAddress(long byteSize, long byteAlignment) {
        Requests.check(byteSize, byteAlignment);
        final long address = popSlotFor(byteSize, byteAlignment);
        return address > 0 ? address : source.allocate(byteSize, byteAlignment, false);
    }

    /// {@return a slot at the calling thread's hand, of whatever class fits, or 0 or less}
    private long popSlotFor(long byteSize, long byteAlignment) {
        final int slotClass = blocks.slotClass(byteSize, byteAlignment);
        return slotClass == Blocks.NO_SLOT ? 0 : popSlot(popTable, slotClass);
    }

    /// Frees a slot that was taken already, and has no place at hand.
    void freeSlot(long address, int slotClass) {
        slots.freeBeyondHand(address, slotClass);
    }

    /// Frees a block that is no slot which the fast ways take.
    void free(long address) {
        source.free(address, BlockSource.ANY_SIZE);
    }

    /// Frees a block that is no slot which the fast ways take.
    void free(MemorySegment segment) {
        checkUsable(segment);
        source.free(segment.address(), segment.byteSize());
    }

    /// {@return whether a block has a new size now, at the same place} If not, it has to be moved.
    boolean resizeInPlace(MemorySegment segment, long newByteSize) {
        return source.resizeInPlace(segment.address(), segment.byteSize(), newByteSize);
    }

    /// {@return the bytes that may be used at an address}
    long usableSize(long address) {
        return source.usableSize(address);
    }

    /// Checks that a segment may be a block of explicit lifetime, and the allocator is open.
    void checkUsable(MemorySegment segment) {
        lifecycle.checkOpen();
        Blocks.checkExplicit(segment);
    }
}
