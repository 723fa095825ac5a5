package io.offheap.bench.contestant;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// `offheap-auto`: the allocator of this project, an automatic arena for each block, dropped and left to the garbage collector.
/// Zeroes what it hands out. May call `System.gc()`.
///
/// It stands beside `jdk-auto`.
final class OffheapAuto extends ObjectContestant<MemorySegment> {

    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().name("auto").directLimit(OffheapDirect.LIMIT).explicitGc(true).build();

    @Override
    MemorySegment allocate(long sizeBytes) {
        return allocator.ofAuto().allocate(sizeBytes, Long.BYTES);
    }

    @Override
    long address(MemorySegment block) {
        return block.address();
    }

    @Override
    void free(MemorySegment block) {
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
