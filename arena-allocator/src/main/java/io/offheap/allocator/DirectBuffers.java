package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Byte buffers whose memory goes back when no view of them is reachable any more.
///
/// Every buffer has the session of a shared arena of its own that is never closed. All views, slices and
/// duplicates, and the segments made from them, refer to that session's scope; so when a phantom
/// reference to the *scope* is enqueued, nobody can reach the memory. A reference to the buffer object
/// would not do: a slice outlives it.
///
/// Any thread may call any method, with no lock held.
final class DirectBuffers {

    private static final class Buffer extends PhantomReference<Object> {
        private final long address;

        Buffer(Object scope, ReferenceQueue<Object> queue, long address) {
            super(scope, queue);
            this.address = address;
        }
    }

    private final OffHeapAllocator allocator;
    private final ReferenceQueue<Object> unreachable = new ReferenceQueue<>();
    private final Set<Buffer> live = ConcurrentHashMap.newKeySet();     // keeps the references themselves reachable

    DirectBuffers(OffHeapAllocator allocator) {
        this.allocator = allocator;
    }

    ByteBuffer allocate(int capacity) {
        reclaim();
        final var session = Arena.ofShared();
        final long address = allocator.allocateZeroedBlock(capacity);
        live.add(new Buffer(session.scope(), unreachable, address));
        return RawMemory.segment(address, capacity, session).asByteBuffer();
    }

    /// Frees the memory of the buffers that the collector has found unreachable.
    void reclaim() {
        for (var found = unreachable.poll(); found != null; found = unreachable.poll()) {
            final var buffer = (Buffer) found;
            live.remove(buffer);
            allocator.freeAddress(buffer.address);
        }
    }
}
