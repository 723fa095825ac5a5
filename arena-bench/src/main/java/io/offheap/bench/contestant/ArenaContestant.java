package io.offheap.bench.contestant;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;

/// A contestant that gives each block an arena of its own, closed to free it, and zeroes what it hands out.
///
/// A pair is a `try` statement, as programs write it, the same for all of them. A pair whose parts are methods that pass the arena on is
/// another thing: the JIT then makes the objects, if what allocates has become too large a method to be inlined (docs/performance-history.md).
abstract class ArenaContestant extends ObjectContestant<ArenaBlock> {

    /// {@return a new arena}
    abstract Arena open();

    @Override
    final ArenaBlock allocate(long sizeBytes) {
        return ArenaBlock.in(open(), sizeBytes);
    }

    @Override
    final long address(ArenaBlock block) {
        return block.address();
    }

    @Override
    final void free(ArenaBlock block) {
        block.arena().close();
    }

    @Override
    public Pair newPair() {
        return new ArenaPair(this);
    }

    private record ArenaPair(ArenaContestant contestant) implements Pair {

        @Override
        public long touch(long sizeBytes) {
            try (Arena arena = contestant.open()) {
                final long address = arena.allocate(sizeBytes, Long.BYTES).address();
                RawMemory.putByte(address, (byte) 1);
                return address;
            }
        }

        @Override
        public long write(long sizeBytes) {
            try (Arena arena = contestant.open()) {
                return arena.allocate(sizeBytes, Long.BYTES).fill((byte) 1).address();
            }
        }
    }
}
