package io.offheap.agrona;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_CHAR_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.agrona.AsciiEncoding;
import org.agrona.DirectBuffer;
import org.agrona.LangUtil;
import org.agrona.MutableDirectBuffer;

/// Everything of Agrona's `MutableDirectBuffer` that does not depend on whose the memory is.
///
/// Every access is checked: against the bounds, and by the segment against the end of its arena. A mistake throws and
/// changes nothing.
abstract class SegmentBuffer implements MutableDirectBuffer {

    private static final byte[] NULL_BYTES = "null".getBytes(StandardCharsets.UTF_8);
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();

    /// All of the buffer and nothing else.
    MemorySegment segment;
    int capacity;

    SegmentBuffer(MemorySegment segment) {
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

    private void checkRange(int index, int length) {
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

    // Single values ---------------------------------------------------------------------------------------------------

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

    // Many bytes ------------------------------------------------------------------------------------------------------

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

    // Text ------------------------------------------------------------------------------------------------------------

    /// {@return bytes of a segment as text; those that are not ASCII are replaced}
    static String ascii(MemorySegment in, int index, int length) {
        return text(in, index, length, StandardCharsets.US_ASCII);
    }

    /// {@return bytes of a segment as text} The constant `""` where there are none, as Agrona's callers may expect.
    private static String text(MemorySegment in, int index, int length, java.nio.charset.Charset charset) {
        if (length == 0) {
            return "";
        }
        final byte[] bytes = new byte[length];
        MemorySegment.copy(in, JAVA_BYTE, index, bytes, 0, length);
        return new String(bytes, charset);
    }

    @Override
    public String getStringAscii(int index) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, getInt(index));
    }

    @Override
    public int getStringAscii(int index, Appendable appendable) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, getInt(index), appendable);
    }

    @Override
    public String getStringAscii(int index, ByteOrder byteOrder) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, getInt(index, byteOrder));
    }

    @Override
    public int getStringAscii(int index, Appendable appendable, ByteOrder byteOrder) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, getInt(index, byteOrder), appendable);
    }

    @Override
    public String getStringAscii(int index, int length) {
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, length);
    }

    @Override
    public int getStringAscii(int index, int length, Appendable appendable) {
        checkRange(index, length + STR_HEADER_LEN);
        return getStringWithoutLengthAscii(index + STR_HEADER_LEN, length, appendable);
    }

    @Override
    public String getStringWithoutLengthAscii(int index, int length) {
        checkRange(index, length);
        return ascii(segment, index, length);
    }

    @Override
    public int getStringWithoutLengthAscii(int index, int length, Appendable appendable) {
        checkRange(index, length);
        try {
            for (int i = index; i < index + length; i++) {
                final byte character = segment.get(JAVA_BYTE, i);
                appendable.append(character < 0 ? '?' : (char) character);
            }
        } catch (IOException e) {
            LangUtil.rethrowUnchecked(e);
        }
        return length;
    }

    private int putLengthAndAscii(int index, CharSequence value, ByteOrder byteOrder) {
        if (value == null) {
            putInt(index, 0);
            return STR_HEADER_LEN;
        }
        final int length = value.length();
        ensureCapacity(index, length + STR_HEADER_LEN);
        putInt(index, length, byteOrder);
        putAscii(index + STR_HEADER_LEN, value, 0, length);
        return STR_HEADER_LEN + length;
    }

    private void putAscii(int index, CharSequence value, int from, int length) {
        for (int i = 0; i < length; i++) {
            final char character = value.charAt(from + i);
            segment.set(JAVA_BYTE, index + i, (byte) (character > 127 ? '?' : character));
        }
    }

    @Override
    public int putStringAscii(int index, String value) {
        return putLengthAndAscii(index, value, NATIVE);
    }

    @Override
    public int putStringAscii(int index, CharSequence value) {
        return putLengthAndAscii(index, value, NATIVE);
    }

    @Override
    public int putStringAscii(int index, String value, ByteOrder byteOrder) {
        return putLengthAndAscii(index, value, byteOrder);
    }

    @Override
    public int putStringAscii(int index, CharSequence value, ByteOrder byteOrder) {
        return putLengthAndAscii(index, value, byteOrder);
    }

    private int putPartAscii(int index, CharSequence value, int from, int most) {
        if (value == null) {
            return 0;
        }
        final int length = Math.min(value.length() - from, most);
        ensureCapacity(index, length);
        putAscii(index, value, from, length);
        return length;
    }

    @Override
    public int putStringWithoutLengthAscii(int index, String value) {
        return putPartAscii(index, value, 0, Integer.MAX_VALUE);
    }

    @Override
    public int putStringWithoutLengthAscii(int index, CharSequence value) {
        return putPartAscii(index, value, 0, Integer.MAX_VALUE);
    }

    @Override
    public int putStringWithoutLengthAscii(int index, String value, int valueOffset, int length) {
        return putPartAscii(index, value, valueOffset, length);
    }

    @Override
    public int putStringWithoutLengthAscii(int index, CharSequence value, int valueOffset, int length) {
        return putPartAscii(index, value, valueOffset, length);
    }

    @Override
    public String getStringUtf8(int index) {
        return getStringWithoutLengthUtf8(index + STR_HEADER_LEN, getInt(index));
    }

    @Override
    public String getStringUtf8(int index, ByteOrder byteOrder) {
        return getStringWithoutLengthUtf8(index + STR_HEADER_LEN, getInt(index, byteOrder));
    }

    @Override
    public String getStringUtf8(int index, int length) {
        return getStringWithoutLengthUtf8(index + STR_HEADER_LEN, length);
    }

    @Override
    public String getStringWithoutLengthUtf8(int index, int length) {
        checkRange(index, length);
        return text(segment, index, length, StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String value, int mostBytes) {
        final byte[] bytes = value != null ? value.getBytes(StandardCharsets.UTF_8) : NULL_BYTES;
        if (bytes.length > mostBytes) {
            throw new IllegalArgumentException("Encoded string larger than maximum size: " + mostBytes);
        }
        return bytes;
    }

    @Override
    public int putStringUtf8(int index, String value) {
        return putStringUtf8(index, value, NATIVE, Integer.MAX_VALUE);
    }

    @Override
    public int putStringUtf8(int index, String value, ByteOrder byteOrder) {
        return putStringUtf8(index, value, byteOrder, Integer.MAX_VALUE);
    }

    @Override
    public int putStringUtf8(int index, String value, int maxEncodedLength) {
        return putStringUtf8(index, value, NATIVE, maxEncodedLength);
    }

    @Override
    public int putStringUtf8(int index, String value, ByteOrder byteOrder, int maxEncodedLength) {
        final byte[] bytes = utf8(value, maxEncodedLength);
        ensureCapacity(index, STR_HEADER_LEN + bytes.length);
        putInt(index, bytes.length, byteOrder);
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, index + STR_HEADER_LEN, bytes.length);
        return STR_HEADER_LEN + bytes.length;
    }

    @Override
    public int putStringWithoutLengthUtf8(int index, String value) {
        final byte[] bytes = utf8(value, Integer.MAX_VALUE);
        putBytes(index, bytes);
        return bytes.length;
    }

    // Numbers as text -------------------------------------------------------------------------------------------------

    @Override
    public int parseNaturalIntAscii(int index, int length) {
        checkRange(index, length);
        return AsciiNumbers.parseInt(segment, index, length, false);
    }

    @Override
    public long parseNaturalLongAscii(int index, int length) {
        checkRange(index, length);
        return AsciiNumbers.parseLong(segment, index, length, false);
    }

    @Override
    public int parseIntAscii(int index, int length) {
        checkRange(index, length);
        return AsciiNumbers.parseInt(segment, index, length, true);
    }

    @Override
    public long parseLongAscii(int index, int length) {
        checkRange(index, length);
        return AsciiNumbers.parseLong(segment, index, length, true);
    }

    @Override
    public int putIntAscii(int index, int value) {
        return putLongAscii(index, value);
    }

    @Override
    public int putNaturalIntAscii(int index, int value) {
        return putNaturalLongAscii(index, value);
    }

    @Override
    public void putNaturalPaddedIntAscii(int offset, int length, int value) {
        ensureCapacity(offset, length);
        if (value < 0 || value > 0 && AsciiEncoding.digitCount(value) > length) {
            throw new NumberFormatException("Cannot write " + value + " in " + length + " bytes");
        }
        final int first = AsciiNumbers.putDigitsBackwards(segment, offset + length, value);
        segment.asSlice(offset, first - offset).fill(AsciiEncoding.ZERO);
    }

    @Override
    public int putNaturalIntAsciiFromEnd(int value, int endExclusive) {
        final int length = AsciiEncoding.digitCount(checkNatural(value));
        ensureCapacity(endExclusive - length, length);
        return AsciiNumbers.putDigitsBackwards(segment, endExclusive, value);
    }

    @Override
    public int putNaturalLongAscii(int index, long value) {
        return putLongAscii(index, checkNatural(value));
    }

    private static long checkNatural(long value) {
        if (value < 0) {
            throw new IndexOutOfBoundsException("value=" + value + " is negative");
        }
        return value;
    }

    private static int checkNatural(int value) {
        return (int) checkNatural((long) value);
    }

    @Override
    public int putLongAscii(int index, long value) {
        if (value == Long.MIN_VALUE) {
            putBytes(index, AsciiEncoding.MIN_LONG_VALUE);
            return AsciiEncoding.MIN_LONG_VALUE.length;
        }
        final int sign = value < 0 ? 1 : 0;
        final int length = sign + AsciiEncoding.digitCount(Math.abs(value));
        ensureCapacity(index, length);
        segment.set(JAVA_BYTE, index, value < 0 ? AsciiEncoding.MINUS_SIGN : AsciiEncoding.ZERO);
        AsciiNumbers.putDigitsBackwards(segment, index + length, Math.abs(value));
        return length;
    }

    // Comparison ------------------------------------------------------------------------------------------------------

    /// {@return whether an object is a buffer of the same class with the same bytes}
    @Override
    public boolean equals(Object other) {
        return this == other
                || other != null && getClass() == other.getClass()
                        && segment.mismatch(((SegmentBuffer) other).segment) == -1;
    }

    /// {@return what Agrona's buffers with the same bytes return}
    @Override
    public int hashCode() {
        int hash = 19;
        int i = 0;
        for (; i < (capacity & -Long.BYTES); i += Long.BYTES) {
            hash = 31 * hash + Long.hashCode(getLong(i));
        }
        for (; i < capacity; i++) {
            hash = 31 * hash + getByte(i);
        }
        return hash;
    }

    /// Compares as Agrona's buffers do: by signed longs in native order, then by signed bytes, then by length.
    @Override
    public int compareTo(DirectBuffer that) {
        final MemorySegment other = Segments.of(that);
        final int common = Math.min(capacity, that.capacity());
        final int longs = common & -Long.BYTES;
        final long at = MemorySegment.mismatch(segment, 0, common, other, 0, common);
        if (at == -1) {
            return Integer.compare(capacity, that.capacity());
        }
        final long start = at < longs ? at & -Long.BYTES : at;
        return at < longs
                ? Long.compare(segment.get(JAVA_LONG_UNALIGNED, start), other.get(JAVA_LONG_UNALIGNED, start))
                : Byte.compare(segment.get(JAVA_BYTE, start), other.get(JAVA_BYTE, start));
    }
}
