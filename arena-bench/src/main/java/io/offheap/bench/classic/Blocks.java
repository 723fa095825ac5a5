package io.offheap.bench.classic;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.memory.os.RawMemory;

/// Some blocks that go from hand to hand as one. The first 8 bytes of each say which it is and how large, so that whoever
/// ends with them can verify that nobody else wrote there.
///
/// ## Concurrency
/// Used by one thread at a time, and passed on with a happens-before edge.
final class Blocks {

    /// The least size: that of what is written into each.
    static final int LEAST_BYTES = Long.BYTES;

    private final BlockTable table;
    private final int[] sizes;
    private final boolean isVerified;

    /// @param count how many there is room for; none is there
    Blocks(Contestant contestant, int count) {
        table = contestant.newTable(count);
        sizes = new int[count];
        isVerified = contestant.keepsContents();
    }

    /// {@return how many there is room for}
    int count() {
        return sizes.length;
    }

    /// {@return whether there is a block at an index}
    boolean has(int index) {
        return sizes[index] != 0;
    }

    /// {@return the address of a block}
    long address(int index) {
        return table.address(index);
    }

    /// Allocates a block where there is none, and writes into it.
    ///
    /// @param bytes at least [#LEAST_BYTES]
    void allocate(int index, int bytes) {
        RawMemory.putLong(table.allocate(index, bytes), stamp(index, bytes));
        sizes[index] = bytes;
    }

    /// Frees a block.
    void free(int index) {
        table.free(index);
        sizes[index] = 0;
    }

    /// Verifies the blocks that are there, unless there is no allocator to keep them, and frees them.
    ///
    /// @throws WrongBytesException if one of them reads otherwise than it was written; none is freed from there on
    void end() {
        for (int index = 0; index < sizes.length; index++) {
            if (has(index)) {
                verify(index);
                free(index);
            }
        }
    }

    /// {@return the bytes that are allocated, as they were asked for}
    long liveBytes() {
        long bytes = 0;
        for (int size : sizes) {
            bytes += size;
        }
        return bytes;
    }

    private void verify(int index) {
        final long found = RawMemory.getLong(address(index));
        if (found != stamp(index, sizes[index]) && isVerified) {
            throw new WrongBytesException("block %d of %d bytes reads 0x%x, not 0x%x"
                    .formatted(index, sizes[index], found, stamp(index, sizes[index])));
        }
    }

    private static long stamp(int index, int bytes) {
        return (long) index << Integer.SIZE | bytes;
    }
}
