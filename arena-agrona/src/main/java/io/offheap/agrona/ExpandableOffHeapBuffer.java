package io.offheap.agrona;

import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.os.RawMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;

/// A buffer that grows as it is written to, as Agrona's `ExpandableDirectByteBuffer` does, over a block of its own.
///
/// It grows in place where the block has room or its neighbour is free, else it moves. What is new reads as zero.
///
/// ## Lifetime
/// [#close] frees the block; what is not closed stays in use until the allocator is closed. After a growth or the
/// close, segments, byte buffers and other buffers that were made of this one must not be used: its memory may be another
/// block's.
///
/// ## Failure
/// `OutOfMemoryError` when the memory cannot be had: the buffer is as it was. `IllegalStateException` once the buffer or
/// the allocator is closed.
///
/// One thread at a time.
public final class ExpandableOffHeapBuffer extends SegmentBuffer implements AutoCloseable {

    /// Bytes of a buffer of which nothing is known.
    public static final int INITIAL_CAPACITY = 128;

    /// The largest capacity, bytes.
    public static final int MAX_BUFFER_LENGTH = Integer.MAX_VALUE - BitUtil.SIZE_OF_LONG;

    private final OffHeapAllocator allocator;
    private boolean closed;

    /// A view of the whole block, or null until it is wanted.
    private ByteBuffer view;

    /// A buffer of [#INITIAL_CAPACITY] bytes.
    ///
    /// @param allocator where the memory comes from
    public ExpandableOffHeapBuffer(OffHeapAllocator allocator) {
        this(allocator, INITIAL_CAPACITY);
    }

    /// @param allocator       where the memory comes from
    /// @param initialCapacity bytes, 0 or more
    /// @throws IllegalArgumentException if the capacity is negative
    /// @throws OutOfMemoryError         if the memory cannot be had
    public ExpandableOffHeapBuffer(OffHeapAllocator allocator, int initialCapacity) {
        super(allocator.allocate(initialCapacity, BitUtil.SIZE_OF_LONG));
        this.allocator = allocator;
    }

    @Override
    void ensureCapacity(int index, int length) {
        if (index < 0 || length < 0) {
            throw new IndexOutOfBoundsException("negative value: index=" + index + " length=" + length);
        }
        if (index > capacity - length) {
            expand(index, length);
        }
    }

    private void expand(int index, int length) {
        final long needed = (long) index + length;
        if (needed > MAX_BUFFER_LENGTH) {
            throw new IndexOutOfBoundsException(
                    "index=" + index + " length=" + length + " maxCapacity=" + MAX_BUFFER_LENGTH);
        }
        if (closed) {
            throw new IllegalStateException("the buffer is closed");
        }
        final int old = capacity;
        become(allocator.reallocate(segment, grown(needed)));       // the old block is gone: nothing may fail before
        view = null;
        RawMemory.zero(segment.address() + old, capacity - old);
    }

    /// {@return the next capacity, by Agrona's series: half as much again, as often as is needed}
    private long grown(long needed) {
        long value = Math.max(capacity, 2);
        while (value < needed) {
            value = Math.min(value + (value >> 1), MAX_BUFFER_LENGTH);
        }
        return value;
    }

    /// Frees the block. Idempotent; the buffer is empty afterwards and grows no more.
    @Override
    public void close() {
        if (!closed) {
            allocator.free(segment);
            closed = true;
            become(MemorySegment.NULL);
            view = null;
        }
    }

    /// Makes room for a limit.
    @Override
    public void checkLimit(int limit) {
        ensureCapacity(limit, 0);
    }

    @Override
    public boolean isExpandable() {
        return true;
    }

    /// {@return a view of the whole block, big-endian, the same one until the buffer grows or is closed} It must not be used
    /// afterwards.
    @Override
    public ByteBuffer byteBuffer() {
        if (view == null) {
            view = segment.asByteBuffer();
        }
        return view;
    }

    @Override
    public int wrapAdjustment() {
        return 0;
    }

    private static UnsupportedOperationException ownsItsMemory() {
        return new UnsupportedOperationException("an expandable buffer has memory of its own");
    }

    /// Not supported.
    @Override
    public void wrap(byte[] buffer) {
        throw ownsItsMemory();
    }

    /// Not supported.
    @Override
    public void wrap(byte[] buffer, int offset, int length) {
        throw ownsItsMemory();
    }

    /// Not supported.
    @Override
    public void wrap(ByteBuffer buffer) {
        throw ownsItsMemory();
    }

    /// Not supported.
    @Override
    public void wrap(ByteBuffer buffer, int offset, int length) {
        throw ownsItsMemory();
    }

    /// Not supported.
    @Override
    public void wrap(DirectBuffer buffer) {
        throw ownsItsMemory();
    }

    /// Not supported.
    @Override
    public void wrap(DirectBuffer buffer, int offset, int length) {
        throw ownsItsMemory();
    }

    /// Not supported.
    @Override
    public void wrap(long address, int length) {
        throw ownsItsMemory();
    }

    @Override
    public String toString() {
        return "ExpandableOffHeapBuffer{segment=" + segment + '}';
    }
}
