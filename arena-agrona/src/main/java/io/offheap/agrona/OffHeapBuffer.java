package io.offheap.agrona;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_CHAR;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AtomicBuffer;

/// Agrona's `AtomicBuffer` over a memory segment, without `Unsafe` and without `--add-exports`.
///
/// A drop-in for `UnsafeBuffer`: same constructors, same methods, same answers, and a segment besides.
///
/// ```
///   var block = allocator.allocate(4096, AtomicBuffer.ALIGNMENT);
///   var buffer = new OffHeapBuffer(block);
///   ...
///   allocator.free(block);
/// ```
///
/// ## Lifetime
/// A buffer wraps memory and never owns it. A segment of an arena can be touched until the arena is closed, then
/// `IllegalStateException`. A block of explicit lifetime is malloc-like: it must not be touched after it was freed. The memory of
/// a byte buffer stays while this buffer is reachable.
///
/// ## What is stricter than UnsafeBuffer
/// - Bounds are always checked (`IndexOutOfBoundsException`); `agrona.disable.bounds.checks` has no effect.
/// - Ordered, volatile and compare-and-set access must be aligned to its size, as Agrona demands and x86 forgives: otherwise
///   `IllegalArgumentException`.
/// - A read-only byte buffer or segment is not written to: `IllegalArgumentException`. A read-only byte buffer on the
///   heap is not wrapped, since its array cannot be had: `IllegalArgumentException`.
/// - Java has no atomic access to a `byte[]`: there it is made holding the array's monitor, atomic among buffers of
///   this class.
///
/// [#wrap(long, int)] makes memory of any address accessible, and is as dangerous as it is in Agrona.
///
/// ## Concurrency
/// As `UnsafeBuffer`: the memory may be shared by threads, wrapping may not be raced.
public final class OffHeapBuffer extends SegmentBuffer implements AtomicBuffer {

    private static final VarHandle LONGS = JAVA_LONG.varHandle();
    private static final VarHandle INTS = JAVA_INT.varHandle();
    private static final VarHandle SHORTS = JAVA_SHORT.varHandle();
    private static final VarHandle CHARS = JAVA_CHAR.varHandle();
    private static final VarHandle BYTES = JAVA_BYTE.varHandle();

    private static final MemorySegment EMPTY = MemorySegment.ofArray(new byte[0]);

    private ByteBuffer byteBuffer;
    private int wrapAdjustment;

    /// Null for native memory.
    private byte[] array;

    /// An empty buffer, to be wrapped around something.
    public OffHeapBuffer() {
        super(EMPTY);
        array = byteArray();
    }

    /// @see #wrap(MemorySegment)
    public OffHeapBuffer(MemorySegment segment) {
        this();
        adopt(segment, null, 0);
    }

    /// @see #wrap(byte[])
    public OffHeapBuffer(byte[] buffer) {
        this();
        adopt(MemorySegment.ofArray(buffer), null, 0);
    }

    /// @see #wrap(byte[], int, int)
    public OffHeapBuffer(byte[] buffer, int offset, int length) {
        this();
        adopt(MemorySegment.ofArray(buffer).asSlice(offset, length), null, offset);
    }

    /// @see #wrap(ByteBuffer)
    public OffHeapBuffer(ByteBuffer buffer) {
        this(buffer, 0, buffer.capacity());
    }

    /// @see #wrap(ByteBuffer, int, int)
    public OffHeapBuffer(ByteBuffer buffer, int offset, int length) {
        this();
        adopt(buffer, offset, length);
    }

    /// @see #wrap(DirectBuffer)
    public OffHeapBuffer(DirectBuffer buffer) {
        this(buffer, 0, buffer.capacity());
    }

    /// @see #wrap(DirectBuffer, int, int)
    public OffHeapBuffer(DirectBuffer buffer, int offset, int length) {
        this();
        adopt(buffer, offset, length);
    }

    /// @see #wrap(long, int)
    public OffHeapBuffer(long address, int length) {
        this();
        adopt(RawMemory.segment(address, length), null, 0);
    }

    private void adopt(MemorySegment all, ByteBuffer newByteBuffer, int newAdjustment) {
        final byte[] newArray = all.isNative() ? null : arrayOf(all);
        become(all);
        array = newArray;
        byteBuffer = newByteBuffer;
        wrapAdjustment = newAdjustment;
    }

    private static byte[] arrayOf(MemorySegment heap) {
        if (heap.heapBase().orElse(null) instanceof byte[] bytes) {
            return bytes;
        }
        throw new IllegalArgumentException("neither native memory nor a byte[] that may be written: " + heap);
    }

    private void adopt(ByteBuffer buffer, int offset, int length) {
        final int within = buffer.hasArray() ? buffer.arrayOffset() : 0;
        adopt(Segments.of(buffer).asSlice(offset, length), buffer, within + offset);
    }

    private void adopt(DirectBuffer buffer, int offset, int length) {
        adopt(Segments.of(buffer).asSlice(offset, length), buffer.byteBuffer(), buffer.wrapAdjustment() + offset);
    }

    /// Makes this buffer cover a segment.
    ///
    /// @param newSegment native or of a `byte[]`; at most `Integer.MAX_VALUE` bytes
    /// @throws IllegalArgumentException if it is another; this buffer covers what it did
    public void wrap(MemorySegment newSegment) {
        adopt(newSegment, null, 0);
    }

    /// Makes this buffer cover a part of a segment.
    ///
    /// @param offset bytes from the segment's beginning
    /// @param length bytes
    /// @throws IndexOutOfBoundsException if the part is not within the segment
    /// @throws IllegalArgumentException  as [#wrap(MemorySegment)]
    public void wrap(MemorySegment newSegment, long offset, int length) {
        adopt(newSegment.asSlice(offset, length), null, 0);
    }

    @Override
    public void wrap(byte[] buffer) {
        adopt(MemorySegment.ofArray(buffer), null, 0);
    }

    @Override
    public void wrap(byte[] buffer, int offset, int length) {
        adopt(MemorySegment.ofArray(buffer).asSlice(offset, length), null, offset);
    }

    @Override
    public void wrap(ByteBuffer buffer) {
        adopt(buffer, 0, buffer.capacity());
    }

    @Override
    public void wrap(ByteBuffer buffer, int offset, int length) {
        adopt(buffer, offset, length);
    }

    @Override
    public void wrap(DirectBuffer buffer) {
        adopt(buffer, 0, buffer.capacity());
    }

    @Override
    public void wrap(DirectBuffer buffer, int offset, int length) {
        adopt(buffer, offset, length);
    }

    /// Makes this buffer cover native memory of which nothing is known: it must be there for as long as it is used.
    @Override
    public void wrap(long address, int length) {
        adopt(RawMemory.segment(address, length), null, 0);
    }

    @Override
    public ByteBuffer byteBuffer() {
        return byteBuffer;
    }

    @Override
    public int wrapAdjustment() {
        return wrapAdjustment;
    }

    @Override
    public boolean isExpandable() {
        return false;
    }

    @Override
    void ensureCapacity(int index, int length) {
        Objects.checkFromIndexSize(index, length, capacity);
    }

    /// As `UnsafeBuffer`: an array is refused under `agrona.strict.alignment.checks`, else it is a line on standard error.
    @Override
    public void verifyAlignment() {
        if (array != null) {
            final String message = "AtomicBuffer was created from a byte[] and is not correctly aligned by " + ALIGNMENT;
            if (STRICT_ALIGNMENT_CHECKS) {
                throw new IllegalStateException(message);
            }
            System.err.println(message);
        } else if ((segment.address() & ALIGNMENT - 1) != 0) {
            throw new IllegalStateException("AtomicBuffer is not correctly aligned: addressOffset=" + segment.address()
                    + " is not divisible by " + ALIGNMENT);
        }
    }

    @Override
    public String toString() {
        return "OffHeapBuffer{segment=" + segment + ", byteBuffer=" + byteBuffer + '}';
    }

    // Atomic access ---------------------------------------------------------------------------------------------------

    @Override
    public long getLongVolatile(int index) {
        return array != null ? ArrayAtomics.getLong(array, this, index) : (long) LONGS.getVolatile(segment, (long) index);
    }

    @Override
    public long getLongAcquire(int index) {
        return array != null ? ArrayAtomics.getLong(array, this, index) : (long) LONGS.getAcquire(segment, (long) index);
    }

    @Override
    public long getLongOpaque(int index) {
        return array != null ? ArrayAtomics.getLong(array, this, index) : (long) LONGS.getOpaque(segment, (long) index);
    }

    @Override
    public void putLongVolatile(int index, long value) {
        if (array == null) {
            LONGS.setVolatile(segment, (long) index, value);
        } else {
            ArrayAtomics.setLong(array, this, index, value);
        }
    }

    @Override
    public void putLongRelease(int index, long value) {
        if (array == null) {
            LONGS.setRelease(segment, (long) index, value);
        } else {
            ArrayAtomics.setLong(array, this, index, value);
        }
    }

    @Override
    public void putLongOpaque(int index, long value) {
        if (array == null) {
            LONGS.setOpaque(segment, (long) index, value);
        } else {
            ArrayAtomics.setLong(array, this, index, value);
        }
    }

    @Override
    public void putLongOrdered(int index, long value) {
        putLongRelease(index, value);
    }

    @Override
    public long addLongOrdered(int index, long increment) {
        return addLongRelease(index, increment);
    }

    @Override
    public long addLongRelease(int index, long increment) {
        return array != null
                ? ArrayAtomics.addLong(array, this, index, increment)
                : (long) LONGS.getAndAddRelease(segment, (long) index, increment);
    }

    /// Not atomic, as in Agrona: two opaque accesses.
    @Override
    public long addLongOpaque(int index, long increment) {
        final long old = getLongOpaque(index);
        putLongOpaque(index, old + increment);
        return old;
    }

    @Override
    public boolean compareAndSetLong(int index, long expectedValue, long updateValue) {
        return array != null
                ? ArrayAtomics.exchangeLong(array, this, index, expectedValue, updateValue) == expectedValue
                : LONGS.compareAndSet(segment, (long) index, expectedValue, updateValue);
    }

    @Override
    public long compareAndExchangeLong(int index, long expectedValue, long updateValue) {
        return array != null
                ? ArrayAtomics.exchangeLong(array, this, index, expectedValue, updateValue)
                : (long) LONGS.compareAndExchange(segment, (long) index, expectedValue, updateValue);
    }

    @Override
    public long getAndSetLong(int index, long value) {
        return array != null ? ArrayAtomics.setLong(array, this, index, value) : (long) LONGS.getAndSet(segment, (long) index, value);
    }

    @Override
    public long getAndAddLong(int index, long delta) {
        return array != null ? ArrayAtomics.addLong(array, this, index, delta) : (long) LONGS.getAndAdd(segment, (long) index, delta);
    }

    @Override
    public int getIntVolatile(int index) {
        return array != null ? ArrayAtomics.getInt(array, this, index) : (int) INTS.getVolatile(segment, (long) index);
    }

    @Override
    public int getIntAcquire(int index) {
        return array != null ? ArrayAtomics.getInt(array, this, index) : (int) INTS.getAcquire(segment, (long) index);
    }

    @Override
    public int getIntOpaque(int index) {
        return array != null ? ArrayAtomics.getInt(array, this, index) : (int) INTS.getOpaque(segment, (long) index);
    }

    @Override
    public void putIntVolatile(int index, int value) {
        if (array == null) {
            INTS.setVolatile(segment, (long) index, value);
        } else {
            ArrayAtomics.setInt(array, this, index, value);
        }
    }

    @Override
    public void putIntRelease(int index, int value) {
        if (array == null) {
            INTS.setRelease(segment, (long) index, value);
        } else {
            ArrayAtomics.setInt(array, this, index, value);
        }
    }

    @Override
    public void putIntOpaque(int index, int value) {
        if (array == null) {
            INTS.setOpaque(segment, (long) index, value);
        } else {
            ArrayAtomics.setInt(array, this, index, value);
        }
    }

    @Override
    public void putIntOrdered(int index, int value) {
        putIntRelease(index, value);
    }

    @Override
    public int addIntOrdered(int index, int increment) {
        return addIntRelease(index, increment);
    }

    @Override
    public int addIntRelease(int index, int increment) {
        return array != null
                ? ArrayAtomics.addInt(array, this, index, increment)
                : (int) INTS.getAndAddRelease(segment, (long) index, increment);
    }

    /// Not atomic, as in Agrona: two opaque accesses.
    @Override
    public int addIntOpaque(int index, int increment) {
        final int old = getIntOpaque(index);
        putIntOpaque(index, old + increment);
        return old;
    }

    @Override
    public boolean compareAndSetInt(int index, int expectedValue, int updateValue) {
        return array != null
                ? ArrayAtomics.exchangeInt(array, this, index, expectedValue, updateValue) == expectedValue
                : INTS.compareAndSet(segment, (long) index, expectedValue, updateValue);
    }

    @Override
    public int compareAndExchangeInt(int index, int expectedValue, int updateValue) {
        return array != null
                ? ArrayAtomics.exchangeInt(array, this, index, expectedValue, updateValue)
                : (int) INTS.compareAndExchange(segment, (long) index, expectedValue, updateValue);
    }

    @Override
    public int getAndSetInt(int index, int value) {
        return array != null ? ArrayAtomics.setInt(array, this, index, value) : (int) INTS.getAndSet(segment, (long) index, value);
    }

    @Override
    public int getAndAddInt(int index, int delta) {
        return array != null ? ArrayAtomics.addInt(array, this, index, delta) : (int) INTS.getAndAdd(segment, (long) index, delta);
    }

    @Override
    public short getShortVolatile(int index) {
        return array != null ? ArrayAtomics.getShort(array, this, index) : (short) SHORTS.getVolatile(segment, (long) index);
    }

    @Override
    public void putShortVolatile(int index, short value) {
        if (array == null) {
            SHORTS.setVolatile(segment, (long) index, value);
        } else {
            ArrayAtomics.putShort(array, this, index, value);
        }
    }

    @Override
    public char getCharVolatile(int index) {
        return array != null ? ArrayAtomics.getChar(array, this, index) : (char) CHARS.getVolatile(segment, (long) index);
    }

    @Override
    public void putCharVolatile(int index, char value) {
        if (array == null) {
            CHARS.setVolatile(segment, (long) index, value);
        } else {
            ArrayAtomics.putChar(array, this, index, value);
        }
    }

    @Override
    public byte getByteVolatile(int index) {
        return (byte) BYTES.getVolatile(segment, (long) index);
    }

    @Override
    public void putByteVolatile(int index, byte value) {
        BYTES.setVolatile(segment, (long) index, value);
    }
}
