package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.AlignedMath;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// An arena of one thread: takes blocks from the allocator and hands out their bytes front to back.
///
/// Its segments borrow the scope of a confined arena of the JDK, which knows how to refuse an access after
/// the end and a close during a downcall. Blocks go back only when that arena has been closed, so the
/// memory is used again only when no access is possible any more.
final class ConfinedArena implements OffHeapArena {

    /// Bytes of the first block; each further one is twice as large, up to the last.
    private static final int FIRST_BLOCK = 1 << 10;
    private static final int LAST_BLOCK = 8 << 10;

    private final OffHeapAllocator allocator;
    private final Thread owner = Thread.currentThread();
    private final Arena session = Arena.ofConfined();

    private long[] blocks = new long[4];
    private int blockCount;
    private long next;                  // first free byte of the current block
    private long end;                   // of the current block
    private int blockSize = FIRST_BLOCK;

    ConfinedArena(OffHeapAllocator allocator) {
        this.allocator = allocator;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        final long address = take(byteSize, byteAlignment);
        RawMemory.zero(address, byteSize);
        return RawMemory.segment(address, byteSize, session);
    }

    @Override
    public MemorySegment allocateUninitialized(long byteSize, long byteAlignment) {
        return RawMemory.segment(take(byteSize, byteAlignment), byteSize, session);
    }

    private long take(long byteSize, long byteAlignment) {
        OffHeapAllocator.checkSizeAndAlignment(byteSize, byteAlignment);
        checkUsable();
        final long address = AlignedMath.alignUp(next, Math.max(byteAlignment, 1));
        final long size = Math.max(byteSize, 1);        // an empty segment has an address of its own
        if (size <= end - address) {
            next = address + size;
            return address;
        }
        return takeFromNewBlock(size, byteAlignment);
    }

    private long takeFromNewBlock(long size, long byteAlignment) {
        if (blockCount == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * blockCount);
        }
        final boolean alone = size > blockSize / 2 || byteAlignment > blockSize / 2;
        final long address = allocator.allocateBlock(alone ? size : blockSize, byteAlignment);
        blocks[blockCount++] = address;
        if (!alone) {
            next = address + size;
            end = address + blockSize;
            blockSize = Math.min(2 * blockSize, LAST_BLOCK);
        }
        return address;
    }

    private void checkUsable() {
        if (Thread.currentThread() != owner) {
            throw new WrongThreadException("the arena belongs to " + owner + ", not to " + Thread.currentThread());
        }
        if (!session.scope().isAlive()) {
            throw new IllegalStateException("Already closed");
        }
    }

    @Override
    public MemorySegment.Scope scope() {
        return session.scope();
    }

    @Override
    public void close() {
        session.close();
        for (int i = 0; i < blockCount; i++) {
            allocator.freeAddress(blocks[i]);
        }
        allocator.arenaClosed();
    }
}
