package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.StackRoom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/// An arena that any thread may use and close.
///
/// Its segments borrow the scope of a shared arena of the JDK, whose close stops all threads for a moment: after it,
/// nobody can be in the middle of an access, and the memory goes back.
///
/// Any thread may call any method, with no lock held.
final class SharedArena implements OffHeapArena {

    private final OpenArenas open;
    private final Chunks chunks;
    private final Arena session = Arena.ofShared();

    /// Whether somebody closes it, or has: the memory must not go back before *its* call has stopped all threads.
    private final AtomicBoolean closing = new AtomicBoolean();

    /// @param open has counted this arena
    SharedArena(HiddenBlocks blocks, OpenArenas open) {
        this.open = open;
        this.chunks = Chunks.of(blocks);
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        checkUsable(byteSize, byteAlignment);
        return RawMemory.segment(chunks.allocate(byteSize, byteAlignment, true), byteSize, session);
    }

    @Override
    public MemorySegment allocateUninitialized(long byteSize, long byteAlignment) {
        checkUsable(byteSize, byteAlignment);
        return RawMemory.segment(chunks.allocate(byteSize, byteAlignment, false), byteSize, session);
    }

    private void checkUsable(long byteSize, long byteAlignment) {
        Requests.checkArguments(byteSize, byteAlignment);
        if (!session.scope().isAlive()) {
            throw new IllegalStateException("Already closed");
        }
        Requests.checkAddressable(byteSize, byteAlignment);
    }

    @Override
    public MemorySegment.Scope scope() {
        return session.scope();
    }

    @Override
    public void close() {
        StackRoom.requireMuch();
        if (!closing.compareAndSet(false, true)) {
            throw new IllegalStateException("Already closed");
        }
        try {
            session.close();
        } finally {
            if (session.scope().isAlive()) {
                closing.set(false);                     // refused: somebody has a segment in use
            } else {
                end();                                  // also if an action of the program's, run at the end, has thrown
            }
        }
    }

    /// The arena is open no more, also if its memory cannot be given back.
    private void end() {
        try {
            chunks.free();
        } finally {
            open.closed();
        }
    }
}
