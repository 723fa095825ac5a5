package io.offheap.bench.contestant;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.Arena;

/// `offheap-confined`: the allocator of this project, a confined arena for each block, closed to free it. Zeroes
/// what it
/// hands out.
final class OffheapConfined extends ArenaContestant {

    private final OffHeapAllocator allocator = OffHeapAllocator.builder().name("confined").build();

    @Override
    Arena open() {
        return allocator.ofConfined();
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
