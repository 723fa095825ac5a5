package io.offheap.bench.contestant;

import io.offheap.allocator.ArenaGroup;
import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.Arena;

/// `offheap-sharedgroup`: the allocator of this project, a shared arena for each block, a member of a group of which 64 end
/// together: every 64th close ends a batch, and so its cost is part of the figure. Zeroes what it hands out.
final class OffheapSharedGroup extends ArenaContestant {

    private final OffHeapAllocator allocator = OffHeapAllocator.builder().name("sharedgroup").build();
    private final ArenaGroup group = allocator.sharedGroup();

    @Override
    Arena open() {
        return group.ofShared();
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
