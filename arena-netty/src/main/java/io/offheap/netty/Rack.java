package io.offheap.netty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// What one platform thread keeps at hand of one allocator: buffer objects without memory, and how many bytes it has
/// counted.
///
/// Counting is a plain addition, since only the owner counts here. What one thread allocates and another releases makes one
/// rack's figure grow and the other's fall below zero; the sum over all is right ([Racks]).
///
/// Used by its owner alone, but for [#directBytes] and [#heapBytes].
final class Rack {

    /// Objects of some 130 bytes each.
    private static final int MOST_BUFFERS = 256;

    private static final VarHandle DIRECT;
    private static final VarHandle HEAP;

    static {
        try {
            final var lookup = MethodHandles.lookup();
            DIRECT = lookup.findVarHandle(Rack.class, "direct", long.class);
            HEAP = lookup.findVarHandle(Rack.class, "heap", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// The number of the thread whose rack this is.
    final long ownerId;

    /// The place that is filled and emptied first: whoever allocates and releases in turn needs no other.
    private OffHeapByteBuf first;

    private final OffHeapByteBuf[] buffers = new OffHeapByteBuf[MOST_BUFFERS - 1];
    private int count;
    private long direct;
    private long heap;

    Rack(long ownerId) {
        this.ownerId = ownerId;
    }

    /// {@return whether it is the calling thread's}
    boolean isMine() {
        return Thread.currentThread().threadId() == ownerId;
    }

    /// {@return a buffer object without memory, or null if there is none}
    OffHeapByteBuf take() {
        final OffHeapByteBuf buffer = first;
        if (buffer == null) {
            return takeNext();
        }
        first = null;
        return buffer;
    }

    private OffHeapByteBuf takeNext() {
        if (count == 0) {
            return null;
        }
        final OffHeapByteBuf buffer = buffers[--count];
        buffers[count] = null;
        return buffer;
    }

    /// Keeps a buffer object that has no memory any more, or leaves it to the collector when there are enough.
    void put(OffHeapByteBuf buffer) {
        if (first == null) {
            first = buffer;
        } else if (count < buffers.length) {
            buffers[count++] = buffer;
        }
    }

    /// Counts bytes of direct buffers.
    void addDirect(long change) {
        DIRECT.setOpaque(this, direct + change);
    }

    /// Counts bytes of heap buffers.
    void addHeap(long change) {
        HEAP.setOpaque(this, heap + change);
    }

    /// {@return bytes of direct buffers that the owner has counted} Any thread.
    long directBytes() {
        return (long) DIRECT.getOpaque(this);
    }

    /// {@return bytes of heap buffers that the owner has counted} Any thread.
    long heapBytes() {
        return (long) HEAP.getOpaque(this);
    }
}
