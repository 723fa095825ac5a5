package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The arena that never ends.
///
/// Its segments have the scope of the JDK's global arena, as blocks of explicit lifetime have. None is taken for one, and freed, since its
/// blocks are hidden, as those of all arenas are.
///
/// Any thread may call any method, with no lock held.
final class GlobalArena implements OffHeapArena {

    private final Lifecycle lifecycle;
    private final Chunks chunks;

    GlobalArena(Lifecycle lifecycle, HiddenBlocks blocks) {
        this.lifecycle = lifecycle;
        this.chunks = Chunks.forEver(blocks);
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
        return RawMemory.segment(chunks.allocate(byteSize, byteAlignment, zeroed), byteSize);
    }

    @Override
    public MemorySegment.Scope scope() {
        return Arena.global().scope();
    }

    /// Not to be closed.
    ///
    /// @throws UnsupportedOperationException always
    @Override
    public void close() {
        Arena.global().close();
    }
}
