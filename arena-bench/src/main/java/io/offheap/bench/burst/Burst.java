package io.offheap.bench.burst;

import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;

/// Blocks of one size that are allocated and touched one after the other, and then all freed, oldest first.
///
/// ## Concurrency
/// Used by one thread.
final class Burst {

    private final Contestant contestant;
    private final long blockBytes;
    private final int blocks;
    private final long pageBytes = Platform.memory().pageSize();
    private BlockTable table;

    /// @param bytes of all blocks together
    Burst(Contestant contestant, long blockBytes, long bytes) {
        this.contestant = contestant;
        this.blockBytes = blockBytes;
        this.blocks = Math.toIntExact(bytes / blockBytes);
    }

    /// Allocates all blocks, and writes to every page of them.
    void fill() {
        table = contestant.newTable(blocks);
        for (int block = 0; block < blocks; block++) {
            final long address = table.allocate(block, blockBytes);
            for (long offset = 0; offset < blockBytes; offset += pageBytes) {
                RawMemory.putByte(address + offset, (byte) 1);
            }
        }
    }

    /// Frees all blocks.
    void free() {
        for (int block = 0; block < blocks; block++) {
            table.free(block);
        }
        table = null;
    }
}
