package io.offheap.allocator;

import io.offheap.memory.util.AlignedMath;

/// What size and alignment may be asked for.
final class Requests {

    /// No request is larger; what the address space of a process allows is less.
    private static final long LARGEST = 1L << 46;

    private Requests() {}

    /// @throws IllegalArgumentException if the size is negative or the alignment no positive power of two
    /// @throws OutOfMemoryError         if nothing can have that size or alignment
    static void check(long byteSize, long byteAlignment) {
        checkArguments(byteSize, byteAlignment);
        checkAddressable(byteSize, byteAlignment);
    }

    /// @throws IllegalArgumentException if the size is negative or the alignment no positive power of two
    static void checkArguments(long byteSize, long byteAlignment) {
        if (byteSize < 0) {
            throw new IllegalArgumentException("byteSize=" + byteSize + " is negative");
        }
        if (!AlignedMath.isPowerOfTwo(byteAlignment)) {
            throw new IllegalArgumentException("byteAlignment=" + byteAlignment + " is no positive power of two");
        }
    }

    /// @throws IllegalArgumentException if the capacity of a buffer is negative
    static void checkCapacity(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("capacity=" + capacity + " is negative");
        }
    }

    /// @throws OutOfMemoryError if nothing can have that size or alignment
    static void checkAddressable(long byteSize, long byteAlignment) {
        if (byteSize > LARGEST || byteAlignment > LARGEST) {
            throw new OutOfMemoryError("byteSize=" + byteSize + ", byteAlignment=" + byteAlignment
                    + ": more than can be addressed, " + LARGEST + " bytes");
        }
    }
}
