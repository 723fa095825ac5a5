package io.offheap.bench.contestant;

import io.offheap.allocator.AllocatorStats;
import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.MemoryBudget;
import java.time.Duration;
import java.util.Optional;

/// The allocator of this project, blocks by address, in three ways of treating a freed run: `offheap-address`
/// leaves it volatile, `offheap-eager` purges it at once, `offheap-madvfree` lets the kernel have it.
///
/// Under a budget it watches both processes that share it, and gives way by itself.
final class Offheap implements Contestant {

    private final OffHeapAllocator allocator;
    private final Optional<MemoryBudget> source;

    private Offheap(OffHeapAllocator.Builder builder, SharedBudget budget) {
        source = sourceOf(budget);
        source.ifPresent(builder::pressure);
        allocator = builder.name("demo").build();
    }

    /// {@return `offheap-address`}
    static Contestant leavingVolatile(SharedBudget budget) {
        return new Offheap(OffHeapAllocator.builder(), budget);
    }

    /// {@return `offheap-eager`}
    static Contestant purgingAtOnce(SharedBudget budget) {
        return new Offheap(OffHeapAllocator.builder().decay(Duration.ZERO), budget);
    }

    /// {@return `offheap-madvfree`}
    static Contestant leavingToKernel(SharedBudget budget) {
        return new Offheap(OffHeapAllocator.builder().lazyFree(true), budget);
    }

    @Override
    public BlockSlot newSlot() {
        return new Slot(allocator);
    }

    @Override
    public void purge() {
        allocator.purge();
    }

    @Override
    public Counters counters() {
        final AllocatorStats stats = allocator.stats();
        return new Counters(stats.bytesPurged(), stats.volatileReuses());
    }

    @Override
    public void close() {
        allocator.close();
        source.ifPresent(MemoryBudget::close);
    }

    /// {@return who watches the budget; without one the allocator watches container and host, as it does by default}
    private static Optional<MemoryBudget> sourceOf(SharedBudget budget) {
        if (!budget.isLimited()) {
            return Optional.empty();
        }
        final MemoryBudget source = MemoryBudget.of(budget.bytes());
        if (!source.addProcess(budget.otherPid())) {
            throw new IllegalStateException("no process " + budget.otherPid() + " to share the budget with");
        }
        return Optional.of(source);
    }

    private static final class Slot implements BlockSlot {
        private final OffHeapAllocator allocator;
        private long address;

        Slot(OffHeapAllocator allocator) {
            this.allocator = allocator;
        }

        @Override
        public long allocate(long sizeBytes) {
            address = allocator.allocateAddress(sizeBytes);
            return address;
        }

        @Override
        public void free() {
            allocator.freeAddress(address);
            address = 0;
        }
    }
}
