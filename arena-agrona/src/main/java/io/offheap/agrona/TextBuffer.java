package io.offheap.agrona;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.agrona.LangUtil;

/// Strings in a buffer, ASCII and UTF-8, with and without their length before them.
abstract class TextBuffer extends BytesBuffer {

    private static final byte[] NULL_BYTES = "null".getBytes(StandardCharsets.UTF_8);

    TextBuffer(MemorySegment segment) {
        super(segment);
    }

    /// {@return bytes of a segment as text; those that are not ASCII are replaced}
    static String ascii(MemorySegment in, int index, int length) {
        return text(in, index, length, StandardCharsets.US_ASCII);
    }

    /// {@return bytes of a segment as text} The constant `""` where there are none, as Agrona's callers may expect.
    private static String text(MemorySegment in, int index, int length, Charset charset) {
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
}
