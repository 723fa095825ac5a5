package io.offheap.bench.contestant;

import java.lang.foreign.Arena;

/// `control`: hands out the same block again and again. What a loop costs, and how much memory it takes, without an
/// allocator.
final class Control extends AddressContestant {

    private static final long LARGEST = 16 << 20;

    private final Arena arena = Arena.ofShared();
    private final long address = arena.allocate(LARGEST, Long.BYTES).address();

    @Override
    long allocate(long sizeBytes) {
        return address;
    }

    @Override
    void free(long freed) {
        // nothing was taken
    }

    @Override
    public boolean keepsContents() {
        return false;
    }

    @Override
    public void close() {
        arena.close();
    }
}
