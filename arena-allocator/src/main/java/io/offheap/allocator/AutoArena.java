package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// An arena that ends when nothing of it is reachable any more: neither the arena, nor a segment, a view or a buffer of one.
///
/// Its segments borrow the scope of an automatic arena of the JDK, and with it the JDK's cleaner: what a program hangs on the
/// arena's end (mapped files, upcall stubs, own actions) has to run too.
///
/// Any thread may call any method, with no lock held.
final class AutoArena implements OffHeapArena {

    /// What is left when the arena has ended. It must not refer to the arena.
    private record Remains(Chunks chunks, CollectedMemory collected)
            implements Consumer<MemorySegment>, CollectedMemory.Garbage {

        /// The arena has ended.
        @Override
        public void accept(MemorySegment end) {
            collected.add(this);
        }

        @Override
        public void giveBack() {
            chunks.free();
        }
    }

    private final OffHeapAllocator allocator;
    private final Chunks chunks;
    private final Arena session = Arena.ofAuto();

    AutoArena(OffHeapAllocator allocator, CollectedMemory collected) {
        this.allocator = allocator;
        this.chunks = Chunks.of(allocator, collected);
        RawMemory.segment(0, 0, session, new Remains(chunks, collected));
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
        OffHeapAllocator.checkSizeAndAlignment(byteSize, byteAlignment);
        allocator.checkOpen();
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
