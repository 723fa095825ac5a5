package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.AlignedMath;
import io.offheap.memory.util.StackRoom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// An arena that ends when nothing of it is reachable any more: neither the arena, nor a segment, a view or a buffer of one.
///
/// Its segments borrow the scope of an automatic arena of the JDK, and with it the JDK's cleaner: what a program hangs on the
/// arena's end (mapped files, upcall stubs, own actions) has to run too.
///
/// Blocks are as large as [Chunks] are, and their bytes are handed out front to back. Each hangs on the arena's end by itself, so
/// nothing of the arena outlives it. Blocks go back in the opposite order, and after what the program has hung on the segments in them.
///
/// Any thread may call any method, with no lock held. The lock guards the block in use.
final class AutoArena extends SpinLock implements OffHeapArena {

    private final Lifecycle lifecycle;
    private final CollectedMemory collected;
    private final Arena session = Arena.ofAuto();

    private long next;                  // first free byte of the block
    private long end;                   // of the block
    private long blockSize;             // 0: there is none

    AutoArena(Lifecycle lifecycle, CollectedMemory collected) {
        this.lifecycle = lifecycle;
        this.collected = collected;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return allocate(byteSize, byteAlignment, true);
    }

    @Override
    public MemorySegment allocateUninitialized(long byteSize, long byteAlignment) {
        return allocate(byteSize, byteAlignment, false);
    }

    private MemorySegment allocate(long byteSize, long byteAlignment, boolean zeroed) {
        Requests.check(byteSize, byteAlignment);
        lifecycle.checkOpen();
        StackRoom.requireLittle();
        final long size = Math.max(byteSize, 1);        // an empty segment has an address of its own
        final long free = take(size, byteAlignment);
        final long address = free != 0 ? free : takeFromNewBlock(size, byteAlignment, zeroed);
        return RawMemory.segment(address, byteSize, session);
    }

    /// {@return the address of free bytes of the block in use, or 0 if it has not so many}
    private long take(long size, long alignment) {
        if (blockSize == 0) {                           // a look without the lock: there is one soon
            return 0;
        }
        lock();
        final long address = AlignedMath.alignUp(next, alignment);
        final boolean fits = address >= next && size <= end - address;
        if (fits) {
            next = address + size;
        }
        unlock();
        return fits ? address : 0;
    }

    private long takeFromNewBlock(long size, long alignment, boolean zeroed) {
        if (Chunks.isAlone(size, alignment)) {
            return collected.allocateUntilEnd(session, size, alignment, zeroed);
        }
        final long newSize = Chunks.sizeAfter(blockSize, size);
        final long address = collected.allocateUntilEnd(session, newSize, alignment, true);
        use(address, size, newSize);
        return address;
    }

    /// Hands out the bytes of a new block from now on, if there are more left of it than of the one in use.
    private void use(long address, long size, long newSize) {
        lock();
        if (newSize - size >= end - next) {
            next = address + size;
            end = address + newSize;
        }
        blockSize = Math.max(blockSize, newSize);
        unlock();
    }

    @Override
    public MemorySegment.Scope scope() {
        return session.scope();
    }

    /// Not to be closed.
    ///
    /// @throws UnsupportedOperationException always
    @Override
    public void close() {
        session.close();
    }
}
