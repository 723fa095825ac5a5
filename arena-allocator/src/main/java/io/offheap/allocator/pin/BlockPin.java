package io.offheap.allocator.pin;

import io.offheap.memory.VolatileMemory;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.types.Contents;
import io.offheap.memory.util.StackRoom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// One pin of a block: an arena of the JDK, whose end is the end of the pin.
///
/// The arena says who may touch the segment and who may close it, and of several closers which one does.
final class BlockPin implements VolatileMemory.Pin {

    private final VolatileBlock block;
    private final Arena arena;
    private final MemorySegment segment;

    /// The rebuild that this pin takes part in, or [VolatileBlock#INTACT]. Written before the pin is handed out.
    private long rebuild;

    /// Takes no pin yet.
    BlockPin(VolatileBlock block, Arena arena, long address) {
        this.block = block;
        this.arena = arena;
        this.segment = RawMemory.segment(address, block.byteSize(), arena);
    }

    /// Takes the pin.
    VolatileMemory.Pin taken() {
        rebuild = block.take();
        return this;
    }

    @Override
    public Contents contents() {
        return rebuild == VolatileBlock.INTACT ? Contents.INTACT : Contents.PURGED;
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void rebuilt() {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the pin is closed");
        }
        if (rebuild != VolatileBlock.INTACT) {
            block.rebuilt(rebuild);
        }
    }

    @Override
    public void close() {
        if (!arena.scope().isAlive()) {
            return;
        }
        StackRoom.requireLittle();
        try {
            arena.close();
        } catch (IllegalStateException e) {
            if (arena.scope().isAlive()) {
                throw e;                                // in use by a native call
            }
            return;                                     // another thread was first
        }
        block.letGo(rebuild);
    }

    @Override
    public String toString() {
        return "Pin[" + contents() + ", " + block + (arena.scope().isAlive() ? "]" : ", closed]");
    }
}
