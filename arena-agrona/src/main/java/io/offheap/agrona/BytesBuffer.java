package io.offheap.agrona;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/// Many bytes of a buffer at a time: filled, and copied from and to arrays and other buffers.
abstract class BytesBuffer extends ValueBuffer {

    BytesBuffer(MemorySegment segment) {
        super(segment);
    }

    @Override
    public void setMemory(int index, int length, byte value) {
        ensureCapacity(index, length);
        segment.asSlice(index, length).fill(value);
    }

    @Override
    public void getBytes(int index, byte[] dst) {
        getBytes(index, dst, 0, dst.length);
    }

    @Override
    public void getBytes(int index, byte[] dst, int offset, int length) {
        checkRange(index, length);
        MemorySegment.copy(segment, JAVA_BYTE, index, dst, offset, length);
    }

    @Override
    public void getBytes(int index, MutableDirectBuffer dstBuffer, int dstIndex, int length) {
        dstBuffer.putBytes(dstIndex, this, index, length);
    }

    @Override
    public void getBytes(int index, ByteBuffer dstBuffer, int length) {
        final int position = dstBuffer.position();
        checkRange(index, length);
        checkTransfer(dstBuffer, length);
        getBytes(index, dstBuffer, position, length);
        dstBuffer.position(position + length);
    }

    @Override
    public void getBytes(int index, ByteBuffer dstBuffer, int dstOffset, int length) {
        checkRange(index, length);
        Objects.checkFromIndexSize(dstOffset, length, dstBuffer.capacity());
        MemorySegment.copy(segment, index, Segments.of(dstBuffer), dstOffset, length);
    }

    /// Checks that the position of a byte buffer can be moved by a length, before anything is copied.
    private static void checkTransfer(ByteBuffer buffer, int length) {
        Objects.checkFromIndexSize(buffer.position(), length, buffer.capacity());
        if (length > buffer.remaining()) {
            throw new IllegalArgumentException(
                    "position=" + buffer.position() + " length=" + length + " is beyond limit=" + buffer.limit());
        }
    }

    @Override
    public void putBytes(int index, byte[] src) {
        putBytes(index, src, 0, src.length);
    }

    @Override
    public void putBytes(int index, byte[] src, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, src.length);
        ensureCapacity(index, length);
        MemorySegment.copy(src, offset, segment, JAVA_BYTE, index, length);
    }

    @Override
    public void putBytes(int index, ByteBuffer srcBuffer, int length) {
        final int position = srcBuffer.position();
        checkTransfer(srcBuffer, length);
        putBytes(index, srcBuffer, position, length);
        srcBuffer.position(position + length);
    }

    @Override
    public void putBytes(int index, ByteBuffer srcBuffer, int srcIndex, int length) {
        Objects.checkFromIndexSize(srcIndex, length, srcBuffer.capacity());
        ensureCapacity(index, length);
        MemorySegment.copy(Segments.of(srcBuffer), srcIndex, segment, index, length);
    }

    @Override
    public void putBytes(int index, DirectBuffer srcBuffer, int srcIndex, int length) {
        srcBuffer.boundsCheck(srcIndex, length);
        ensureCapacity(index, length);
        MemorySegment.copy(Segments.of(srcBuffer), srcIndex, segment, index, length);
    }
}
