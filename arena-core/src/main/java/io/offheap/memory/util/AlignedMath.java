package io.offheap.memory.util;

/// Rounding to powers of two. All methods are exact for non-negative arguments whose result fits a `long`.
public final class AlignedMath {

    private AlignedMath() {}

    /// {@return `value` rounded up to a multiple of `alignment`}
    ///
    /// @param value     not negative, at most `Long.MAX_VALUE - alignment + 1`
    /// @param alignment a power of two
    public static long alignUp(long value, long alignment) {
        assert value >= 0 && Long.bitCount(alignment) == 1 && value <= Long.MAX_VALUE - alignment + 1
                : "value=" + value + ", alignment=" + alignment;
        return (value + alignment - 1) & -alignment;
    }

    /// {@return `value` rounded down to a multiple of `alignment`, a power of two}
    public static long alignDown(long value, long alignment) {
        assert Long.bitCount(alignment) == 1 : "alignment=" + alignment;
        return value & -alignment;
    }

    /// {@return whether `value` is a multiple of `alignment`, a power of two}
    public static boolean isAligned(long value, long alignment) {
        return (value & (alignment - 1)) == 0;
    }

    /// {@return whether `value` is a positive power of two}
    public static boolean isPowerOfTwo(long value) {
        return value > 0 && (value & (value - 1)) == 0;
    }
}
