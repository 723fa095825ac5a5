package io.offheap.bench.survive;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.memory.os.RawMemory;

/// What is written to a block and looked for afterwards: every 8-byte word is its index plus a number that no
/// other block has, so a page that was taken away, and one that another block wrote to, are both found out.
final class Words {

    /// The fractional part of the golden ratio, in 64 bits: odd, so that no two blocks get the same number.
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private static final int BITS_PER_NUMBER = 24;

    private Words() {}

    /// {@return the number of a block}
    static long numberOf(int thread, int phase, int block) {
        final long place = ((long) thread << BITS_PER_NUMBER) + phase;
        return ((place << BITS_PER_NUMBER) + block + 1) * SPREAD;
    }

    /// Writes every word of a block.
    ///
    /// @param bytes a multiple of 8
    static void write(long address, long bytes, long number) {
        for (long offset = 0; offset < bytes; offset += Long.BYTES) {
            RawMemory.putLong(address + offset, number + offset);
        }
    }

    /// Looks at every word of a block.
    ///
    /// @throws WrongBytesException if one is not as it was written
    static void verify(long address, long bytes, long number) {
        long wrong = 0;
        for (long offset = 0; offset < bytes; offset += Long.BYTES) {
            wrong |= RawMemory.getLong(address + offset) ^ number + offset;
        }
        if (wrong != 0) {
            throw wrongBytes(address, bytes, number);
        }
    }

    private static WrongBytesException wrongBytes(long address, long bytes, long number) {
        for (long offset = 0; offset < bytes; offset += Long.BYTES) {
            final long found = RawMemory.getLong(address + offset);
            if (found != number + offset) {
                return new WrongBytesException(
                        "the word at byte %d of the block of %d bytes at 0x%x reads 0x%x, not 0x%x"
                                .formatted(offset, bytes, address, found, number + offset));
            }
        }
        return new WrongBytesException("the block at 0x%x was wrong for a moment".formatted(address));
    }
}
