package io.offheap.bench.contestant;

import io.offheap.allocator.ArenaGroup;
import io.offheap.allocator.OffHeapAllocator;

/// `offheap-sharedgroup`: the allocator of this project, a shared arena for each block, a member of a group of which 64 end
/// together: every 64th close ends a batch, and so its cost is part of the figure. Zeroes what it hands out.
final class OffheapSharedGroup extends ObjectContestant<ArenaBlock> {

    private final OffHeapAllocator allocator = OffHeapAllocator.builder().name("sharedgroup").build();
    private final ArenaGroup group = allocator.sharedGroup();

    @Override
    ArenaBlock allocate(long sizeBytes) {
        return ArenaBlock.in(group.ofShared(), sizeBytes);
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
        group.close();
        allocator.close();
    }
}
