package io.offheap.bench.contestant;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/// `offheap-direct`: the allocator of this project, a direct ByteBuffer for each block, dropped and left to the garbage
/// collector. Zeroes what it hands out.
///
/// It stands beside `jdk-direct`.
class OffheapDirect extends ObjectContestant<ByteBuffer> {

    /// Bytes of buffers in use or not found unreachable yet, as `jdk-direct` is bounded by `-XX:MaxDirectMemorySize`.
    static final long LIMIT = 1L << 30;

    final OffHeapAllocator allocator =
            OffHeapAllocator.builder().name("direct").directLimit(LIMIT).explicitGc(true).build();

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
