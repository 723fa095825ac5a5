package io.offheap.bench.contestant;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/// `offheap-direct`: the allocator of this project, a direct ByteBuffer for each block, dropped and left to the garbage
/// collector. Zeroes what it hands out.
///
/// It stands beside `jdk-direct`. The allocator has no way yet to free a buffer early; the day it has, [#free] uses
/// it, and the contestant stands beside `jdk-direct-cleaner`.
final class OffheapDirect extends ObjectContestant<ByteBuffer> {

    /// Bounded as `jdk-direct` is by `-XX:MaxDirectMemorySize`.
    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().name("direct").hardLimit(1L << 30).build();

    @Override
    ByteBuffer allocate(long sizeBytes) {
        return allocator.allocateDirect((int) sizeBytes);
    }

    @Override
    long address(ByteBuffer block) {
        return MemorySegment.ofBuffer(block).address();
    }

    @Override
    void free(ByteBuffer block) {
        Reference.reachabilityFence(block);
    }

    @Override
    public void purge() {
        allocator.purge();
    }

    @Override
    public Counters counters() {
        return Offheap.counters(allocator);
    }
}
