package io.offheap.bench.latency;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.memory.os.RawMemory;

/// Sees that a contestant's blocks hold what is written to them: fills some that are live together, each with its
/// own number, then reads every 8 bytes of all. Blocks that overlap, or a page that is lost, cannot pass.
final class ContentCheck {

    private final BlockTable table;
    private final int blocks;
    private final long sizeBytes;

    /// @param sizeBytes at least 8
    ContentCheck(Contestant contestant, int blocks, long sizeBytes) {
        this.table = contestant.newTable(blocks);
        this.blocks = blocks;
        this.sizeBytes = sizeBytes;
    }

    /// Allocates, writes, reads, frees.
    ///
    /// @throws WrongBytesException if a block is not aligned to 8 bytes, or does not hold what was written
    void run() {
        for (int block = 0; block < blocks; block++) {
            final long address = table.allocate(block, sizeBytes);
            if (address % Long.BYTES != 0) {
                throw new WrongBytesException("the block at 0x" + Long.toHexString(address) + " is not aligned");
            }
            for (long offset = 0; offset + Long.BYTES <= sizeBytes; offset += Long.BYTES) {
                RawMemory.putLong(address + offset, expected(block, offset));
            }
        }
        for (int block = 0; block < blocks; block++) {
            read(block);
            table.free(block);
        }
    }

    private void read(int block) {
        final long address = table.address(block);
        for (long offset = 0; offset + Long.BYTES <= sizeBytes; offset += Long.BYTES) {
            final long found = RawMemory.getLong(address + offset);
            if (found != expected(block, offset)) {
                throw new WrongBytesException("block " + block + " of " + sizeBytes + " bytes reads " + found
                        + " at " + offset + ", not " + expected(block, offset));
            }
        }
    }

    private static long expected(int block, long offset) {
        return (long) (block + 1) << Integer.SIZE | offset;
    }
}
