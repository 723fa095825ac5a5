package io.offheap.agrona;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.agrona.AsciiEncoding;

/// Numbers in a buffer as text: parsed, and written in decimal digits ([AsciiNumbers]).
abstract class DigitsBuffer extends TextBuffer {

    DigitsBuffer(MemorySegment segment) {
        super(segment);
    }

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
}
