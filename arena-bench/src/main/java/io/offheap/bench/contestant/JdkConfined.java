package io.offheap.bench.contestant;

import java.lang.foreign.Arena;

/// `jdk-confined`: a confined arena for each block, closed to free it. Zeroes what it hands out.
final class JdkConfined extends ObjectContestant<ArenaBlock> {

    @Override
    ArenaBlock allocate(long sizeBytes) {
        return ArenaBlock.in(Arena.ofConfined(), sizeBytes);
    }

    @Override
    long address(ArenaBlock block) {
        return block.address();
    }

    @Override
    void free(ArenaBlock block) {
        block.arena().close();
    }
}
