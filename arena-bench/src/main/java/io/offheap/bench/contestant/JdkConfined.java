package io.offheap.bench.contestant;

import java.lang.foreign.Arena;

/// `jdk-confined`: a confined arena for each block, closed to free it. Zeroes what it hands out.
final class JdkConfined implements Contestant {

    @Override
    public BlockSlot newSlot() {
        return new Slot();
    }

    private static final class Slot implements BlockSlot {
        private Arena arena;

        @Override
        public long allocate(long sizeBytes) {
            arena = Arena.ofConfined();
            return arena.allocate(sizeBytes, Long.BYTES).address();
        }

        @Override
        public void free() {
            arena.close();
            arena = null;
        }
    }
}
