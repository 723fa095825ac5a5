package io.offheap.bench.contestant;

import io.offheap.allocator.OffHeapAllocator;

/// `offheap-confined`: the allocator of this project, a confined arena for each block, closed to free it. Zeroes
/// what it
/// hands out.
final class OffheapConfined extends ObjectContestant<ArenaBlock> {

    private final OffHeapAllocator allocator = OffHeapAllocator.builder().name("confined").build();

    @Override
    ArenaBlock allocate(long sizeBytes) {
        return ArenaBlock.in(allocator.ofConfined(), sizeBytes);
    }

    @Override
    long address(ArenaBlock block) {
        return block.address();
    }

    @Override
    void free(ArenaBlock block) {
        block.arena().close();
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
