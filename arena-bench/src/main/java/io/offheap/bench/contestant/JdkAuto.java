package io.offheap.bench.contestant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// `jdk-auto`: an automatic arena for each block, dropped and left to the garbage collector. Zeroes what it hands out.
final class JdkAuto extends ObjectContestant<MemorySegment> {

    @Override
    MemorySegment allocate(long sizeBytes) {
        return Arena.ofAuto().allocate(sizeBytes, Long.BYTES);
    }

    @Override
    long address(MemorySegment block) {
        return block.address();
    }

    @Override
    void free(MemorySegment block) {
        Reference.reachabilityFence(block);
    }
}
