package io.offheap.bench.contestant;

import java.lang.foreign.Arena;

/// A block in an arena of its own.
///
/// @param arena is closed to free the block
/// @param address where the block is
record ArenaBlock(Arena arena, long address) {

    /// {@return a block in `arena`, which is new}
    static ArenaBlock in(Arena arena, long sizeBytes) {
        return new ArenaBlock(arena, arena.allocate(sizeBytes, Long.BYTES).address());
    }
}
