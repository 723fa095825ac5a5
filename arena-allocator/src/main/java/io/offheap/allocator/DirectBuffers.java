package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.MemorySegment.Scope;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;

/// Byte buffers whose memory goes back when no view of them is reachable any more, or when they are freed.
///
/// Every buffer has a scope of its own, that of a shared arena of the JDK that nobody closes. All views, slices and duplicates, and
/// the segments made from them, refer to it; so when the scope is unreachable, nobody can reach the memory. A reference to the
/// buffer object would not do: a segment of it outlives it. An automatic arena, whose end the JDK would tell us, costs ten times as much;
/// nobody can hang anything on the end of this one, so it needs none.
///
/// Exactly one of a free and the collector gives a block back: whoever takes it out of the table.
///
/// Any thread may call any method, with no lock held.
final class DirectBuffers {

    /// A block of memory and its buffer.
    final class Block extends PhantomReference<Scope> implements CollectedMemory.Garbage {
        final long address;
        final int capacity;

        /// Tells the buffer that was handed out from its views. Weak: the buffer refers to the scope.
        private final WeakReference<ByteBuffer> handedOut;

        /// In a chain of the table; guarded by its lock.
        Block next;

        Block(Scope scope, long address, ByteBuffer buffer) {
            super(scope, memory.queue());
            this.address = address;
            this.capacity = buffer.capacity();
            this.handedOut = new WeakReference<>(buffer);
        }

        boolean isOf(ByteBuffer buffer) {
            return handedOut.refersTo(buffer);
        }

        /// The scope is unreachable.
        @Override
        public void giveBack() {
            if (table.remove(this)) {
                free(this);
            }
        }
    }

    private final CollectedMemory memory;
    private final BufferTable table = new BufferTable();

    DirectBuffers(CollectedMemory memory) {
        this.memory = memory;
    }

    /// {@return a new buffer}
    ///
    /// @throws OutOfMemoryError if the memory cannot be had
    ByteBuffer allocate(int capacity) {
        final long address = memory.allocate(capacity, 1, true);
        boolean done = false;
        try {
            final var session = Arena.ofShared();
            final var buffer = RawMemory.segment(address, capacity, session).asByteBuffer();
            table.add(new Block(session.scope(), address, buffer));
            done = true;
            return buffer;
        } finally {
            if (!done) {
                memory.free(address, capacity);
            }
        }
    }

    /// Frees the memory of a buffer at once.
    ///
    /// @throws IllegalArgumentException if it is not a live buffer as it was handed out
    void free(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("not a direct buffer: " + buffer);
        }
        final long address = MemorySegment.ofBuffer(buffer).address() - buffer.position();
        final var block = table.remove(address, buffer);
        if (block == null) {
            throw new IllegalArgumentException(
                    "%s at 0x%x is not a live buffer as it was handed out: foreign, a view, or freed already"
                            .formatted(buffer, address));
        }
        block.clear();
        free(block);
        Reference.reachabilityFence(buffer);            // until here the collector does not have it
    }

    private void free(Block block) {
        memory.free(block.address, block.capacity);
    }

    /// {@return buffers whose memory has not come back yet}
    long count() {
        return table.count();
    }

    /// {@return their capacities, in bytes}
    long bytes() {
        return table.bytes();
    }
}
