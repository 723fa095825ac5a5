package io.offheap.agrona;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.agrona.AsciiEncoding;
import org.agrona.AsciiNumberFormatException;

/// Decimal numbers as ASCII text in a segment, as Agrona reads and writes them. Ranges are checked already.
final class AsciiNumbers {

    private static final long ABSOLUTE_MIN_INT = -(long) Integer.MIN_VALUE;
    private static final int NOT_DIGITS = -1;

    /// Digits in the groups in which a long of 19 digits is compared with the largest.
    private static final int[] GROUPS = {8, 8, 3};
    private static final long[] GROUP_WEIGHTS = {100_000_000, 100_000_000, 1000};

    private AsciiNumbers() {}

    /// {@return the int that stands in a range}
    ///
    /// @param signed whether it may begin with a minus
    /// @throws AsciiNumberFormatException if none does
    static int parseInt(MemorySegment in, int index, int length, boolean signed) {
        final boolean negative = isNegative(in, index, length, signed, "int");
        final int start = negative ? index + 1 : index;
        final int digits = index + length - start;
        if (digits > AsciiEncoding.INT_MAX_DIGITS) {
            throw overflow("int", in, index, length);
        }
        final long value = digits(in, start, digits);
        if (value == NOT_DIGITS) {
            throw notANumber("int", in, index, length);
        }
        if (value > ABSOLUTE_MIN_INT || value == ABSOLUTE_MIN_INT && !negative) {
            throw overflow("int", in, index, length);
        }
        return (int) (negative ? -value : value);
    }

    /// {@return the long that stands in a range}
    ///
    /// @param signed whether it may begin with a minus
    /// @throws AsciiNumberFormatException if none does
    static long parseLong(MemorySegment in, int index, int length, boolean signed) {
        final boolean negative = isNegative(in, index, length, signed, "long");
        final int start = negative ? index + 1 : index;
        final int digits = index + length - start;
        if (digits > AsciiEncoding.LONG_MAX_DIGITS) {
            throw overflow("long", in, index, length);
        }
        final long value = digits == AsciiEncoding.LONG_MAX_DIGITS
                ? longest(in, index, length, start, negative)
                : digits(in, start, digits);
        if (value == NOT_DIGITS) {
            throw notANumber("long", in, index, length);
        }
        return negative ? -value : value;
    }

    private static boolean isNegative(MemorySegment in, int index, int length, boolean signed, String type) {
        if (length <= 0) {
            throw new AsciiNumberFormatException("empty string: index=" + index + " length=" + length);
        }
        final boolean negative = signed && in.get(JAVA_BYTE, index) == AsciiEncoding.MINUS_SIGN;
        if (negative && length == 1) {
            throw notANumber(type, in, index, length);
        }
        return negative;
    }

    /// {@return the value of up to 18 digits, or [#NOT_DIGITS]}
    private static long digits(MemorySegment in, int start, int count) {
        long value = 0;
        for (int i = start; i < start + count; i++) {
            final byte digit = in.get(JAVA_BYTE, i);
            if (!AsciiEncoding.isDigit(digit)) {
                return NOT_DIGITS;
            }
            value = value * 10 + digit - AsciiEncoding.ZERO;
        }
        return value;
    }

    /// {@return the value of 19 digits, which for a negative number may be `Long.MIN_VALUE`} What comes first is complained
    /// of first, as Agrona does.
    private static long longest(MemorySegment in, int index, int length, int start, boolean negative) {
        final int[] most = negative ? AsciiEncoding.LONG_MIN_VALUE_DIGITS : AsciiEncoding.LONG_MAX_VALUE_DIGITS;
        boolean tight = true;
        long value = 0;
        int at = start;
        for (int group = 0; group < GROUPS.length; group++) {
            final long part = digits(in, at, GROUPS[group]);
            if (part == NOT_DIGITS) {
                throw notANumber("long", in, index, length);
            }
            if (tight && part > most[group]) {
                throw overflow("long", in, index, length);
            }
            tight &= part == most[group];
            value = value * GROUP_WEIGHTS[group] + part;
            at += GROUPS[group];
        }
        return value;
    }

    private static AsciiNumberFormatException notANumber(String type, MemorySegment in, int index, int length) {
        return new AsciiNumberFormatException("error parsing " + type + ": " + TextBuffer.ascii(in, index, length));
    }

    private static AsciiNumberFormatException overflow(String type, MemorySegment in, int index, int length) {
        return new AsciiNumberFormatException(type + " overflow parsing: " + TextBuffer.ascii(in, index, length));
    }

    /// Writes the digits of a value that is not negative so that they end before an index, at least one unless the
    /// value is 0.
    ///
    /// @return the index of the first
    static int putDigitsBackwards(MemorySegment to, int end, long value) {
        int index = end;
        for (long rest = value; rest > 0; rest /= 10) {
            to.set(JAVA_BYTE, --index, (byte) (AsciiEncoding.ZERO + rest % 10));
        }
        return index;
    }
}
