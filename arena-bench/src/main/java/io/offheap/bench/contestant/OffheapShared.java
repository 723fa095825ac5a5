package io.offheap.bench.contestant;

import io.offheap.allocator.OffHeapAllocator;

/// `offheap-shared`: the allocator of this project, a shared arena for each block, closed to free it. Zeroes what it hands out.
final class OffheapShared extends ObjectContestant<ArenaBlock> {

    private final OffHeapAllocator allocator = OffHeapAllocator.builder().name("shared").build();

    @Override
    ArenaBlock allocate(long sizeBytes) {
        return ArenaBlock.in(allocator.ofShared(), sizeBytes);
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
