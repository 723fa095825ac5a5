package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// An arena that ends when nothing of it is reachable any more: neither the arena, nor a segment, a view or a buffer of one.
///
/// Its segments borrow the scope of an automatic arena of the JDK, and with it the JDK's cleaner: what a program hangs on the
/// arena's end (mapped files, upcall stubs, own actions) has to run too.
///
/// Any thread may call any method, with no lock held.
final class AutoArena implements OffHeapArena {

    private final Lifecycle lifecycle;
    private final Chunks chunks;
    private final Arena session = Arena.ofAuto();

    AutoArena(Lifecycle lifecycle, HiddenBlocks blocks, CollectedMemory collected) {
        this.lifecycle = lifecycle;
        this.chunks = Chunks.of(blocks, collected);
        RawMemory.afterEnd(session, chunks);
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
        return RawMemory.segment(chunks.allocate(byteSize, byteAlignment, zeroed), byteSize, session);
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
