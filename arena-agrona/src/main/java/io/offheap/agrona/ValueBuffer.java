package io.offheap.agrona;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_CHAR_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Objects;
import org.agrona.MutableDirectBuffer;

/// What a buffer covers, its bounds, and the single values in it.
abstract class ValueBuffer implements MutableDirectBuffer {

    static final ByteOrder NATIVE = ByteOrder.nativeOrder();

    /// All of the buffer and nothing else.
    MemorySegment segment;
    int capacity;

    ValueBuffer(MemorySegment segment) {
        become(segment);
    }

    /// Makes a segment all of this buffer.
    final void become(MemorySegment all) {
        if (all.byteSize() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a segment of " + all.byteSize() + " bytes is too large for a buffer");
        }
        segment = all;
        capacity = (int) all.byteSize();
    }

    /// Checks that a range may be written, or makes it so.
    abstract void ensureCapacity(int index, int length);

    /// {@return what this buffer covers} It lives as long as its arena.
    public MemorySegment segment() {
        return segment;
    }

    final void checkRange(int index, int length) {
        Objects.checkFromIndexSize(index, length, capacity);
    }

    @Override
    public long addressOffset() {
        return segment.isNative() ? segment.address() : ArrayBase.offset() + segment.address();
    }

    @Override
    public byte[] byteArray() {
        return (byte[]) segment.heapBase().orElse(null);
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void checkLimit(int limit) {
        if (limit > capacity) {
            throw new IndexOutOfBoundsException("limit=" + limit + " is beyond capacity=" + capacity);
        }
    }

    @Override
    public void boundsCheck(int index, int length) {
        checkRange(index, length);
    }

    @Override
    public long getLong(int index) {
        return segment.get(JAVA_LONG_UNALIGNED, index);
    }

    @Override
    public long getLong(int index, ByteOrder byteOrder) {
        final long bits = getLong(index);
        return byteOrder == NATIVE ? bits : Long.reverseBytes(bits);
    }

    @Override
    public void putLong(int index, long value) {
        ensureCapacity(index, Long.BYTES);
        segment.set(JAVA_LONG_UNALIGNED, index, value);
    }

    @Override
    public void putLong(int index, long value, ByteOrder byteOrder) {
        putLong(index, byteOrder == NATIVE ? value : Long.reverseBytes(value));
    }

    @Override
    public int getInt(int index) {
        return segment.get(JAVA_INT_UNALIGNED, index);
    }

    @Override
    public int getInt(int index, ByteOrder byteOrder) {
        final int bits = getInt(index);
        return byteOrder == NATIVE ? bits : Integer.reverseBytes(bits);
    }

    @Override
    public void putInt(int index, int value) {
        ensureCapacity(index, Integer.BYTES);
        segment.set(JAVA_INT_UNALIGNED, index, value);
    }

    @Override
    public void putInt(int index, int value, ByteOrder byteOrder) {
        putInt(index, byteOrder == NATIVE ? value : Integer.reverseBytes(value));
    }

    @Override
    public double getDouble(int index) {
        return segment.get(JAVA_DOUBLE_UNALIGNED, index);
    }

    @Override
    public double getDouble(int index, ByteOrder byteOrder) {
        return byteOrder == NATIVE ? getDouble(index) : Double.longBitsToDouble(getLong(index, byteOrder));
    }

    @Override
    public void putDouble(int index, double value) {
        ensureCapacity(index, Double.BYTES);
        segment.set(JAVA_DOUBLE_UNALIGNED, index, value);
    }

    @Override
    public void putDouble(int index, double value, ByteOrder byteOrder) {
        putLong(index, Double.doubleToRawLongBits(value), byteOrder);
    }

    @Override
    public float getFloat(int index) {
        return segment.get(JAVA_FLOAT_UNALIGNED, index);
    }

    @Override
    public float getFloat(int index, ByteOrder byteOrder) {
        return byteOrder == NATIVE ? getFloat(index) : Float.intBitsToFloat(getInt(index, byteOrder));
    }

    @Override
    public void putFloat(int index, float value) {
        ensureCapacity(index, Float.BYTES);
        segment.set(JAVA_FLOAT_UNALIGNED, index, value);
    }

    @Override
    public void putFloat(int index, float value, ByteOrder byteOrder) {
        putInt(index, Float.floatToRawIntBits(value), byteOrder);
    }

    @Override
    public short getShort(int index) {
        return segment.get(JAVA_SHORT_UNALIGNED, index);
    }

    @Override
    public short getShort(int index, ByteOrder byteOrder) {
        final short bits = getShort(index);
        return byteOrder == NATIVE ? bits : Short.reverseBytes(bits);
    }

    @Override
    public void putShort(int index, short value) {
        ensureCapacity(index, Short.BYTES);
        segment.set(JAVA_SHORT_UNALIGNED, index, value);
    }

    @Override
    public void putShort(int index, short value, ByteOrder byteOrder) {
        putShort(index, byteOrder == NATIVE ? value : Short.reverseBytes(value));
    }

    @Override
    public char getChar(int index) {
        return segment.get(JAVA_CHAR_UNALIGNED, index);
    }

    @Override
    public char getChar(int index, ByteOrder byteOrder) {
        final char bits = getChar(index);
        return byteOrder == NATIVE ? bits : Character.reverseBytes(bits);
    }

    @Override
    public void putChar(int index, char value) {
        ensureCapacity(index, Character.BYTES);
        segment.set(JAVA_CHAR_UNALIGNED, index, value);
    }

    @Override
    public void putChar(int index, char value, ByteOrder byteOrder) {
        putChar(index, byteOrder == NATIVE ? value : Character.reverseBytes(value));
    }

    @Override
    public byte getByte(int index) {
        return segment.get(JAVA_BYTE, index);
    }

    @Override
    public void putByte(int index, byte value) {
        ensureCapacity(index, Byte.BYTES);
        segment.set(JAVA_BYTE, index, value);
    }
}
