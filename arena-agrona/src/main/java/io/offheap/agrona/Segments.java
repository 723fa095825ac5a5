package io.offheap.agrona;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;

/// What other kinds of buffers cover, as segments.
final class Segments {

    private Segments() {}

    /// {@return all of a byte buffer, whatever its position and limit}
    static MemorySegment of(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer.duplicate().clear());
    }

    /// {@return all of a buffer of Agrona} Keeps what keeps the buffer's memory alive.
    static MemorySegment of(DirectBuffer buffer) {
        if (buffer instanceof SegmentBuffer ours) {
            return ours.segment;
        }
        final byte[] array = buffer.byteArray();
        if (array != null) {
            return MemorySegment.ofArray(array).asSlice(buffer.wrapAdjustment(), buffer.capacity());
        }
        final ByteBuffer inside = buffer.byteBuffer();
        return inside != null
                ? of(inside).asSlice(buffer.wrapAdjustment(), buffer.capacity())
                : RawMemory.segment(buffer.addressOffset(), buffer.capacity());
    }
}
