package io.offheap.bench.contestant;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.MemorySegment;

/// `offheap-segment`: the allocator of this project, blocks as segments of exact bounds, uninitialized, that escape.
final class OffheapSegment extends ObjectContestant<MemorySegment> {

    private final OffHeapAllocator allocator = OffHeapAllocator.builder().name("segment").build();

    @Override
    MemorySegment allocate(long sizeBytes) {
        return allocator.allocateUninitialized(sizeBytes, Long.BYTES);
    }

    @Override
    long address(MemorySegment block) {
        return block.address();
    }

    @Override
    void free(MemorySegment block) {
        allocator.free(block);
    }

    @Override
    public Pair newPair() {
        return new EscapingPair<>(this);
    }

    @Override
    public void purge() {
        allocator.purge();
    }

    @Override
    public Counters counters() {
        return Offheap.counters(allocator);
    }

    @Override
    public void close() {
        allocator.close();
    }
}
