package io.offheap.bench.contestant;

import io.offheap.allocator.AllocatorStats;
import io.offheap.allocator.Checks;
import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.MemoryBudget;
import io.offheap.memory.pressure.ManualSource;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/// The allocator of this project, blocks by address, in three ways of treating a freed run: `offheap-address`
/// leaves it volatile, `offheap-eager` purges it at once, `offheap-madvfree` lets the kernel have it.
///
/// Under a budget it watches both processes that share it, and gives way by itself.
final class Offheap extends AddressContestant {

    /// A limit that is far away, and met when [#press] says so.
    private static final long FAR_LIMIT = 1L << 40;

    private final OffHeapAllocator allocator;
    private final Optional<MemoryBudget> source;
    private final Optional<ManualSource> pressureSwitch;

    private Offheap(OffHeapAllocator.Builder builder, SharedBudget budget) {
        source = sourceOf(budget);
        source.ifPresent(builder::pressure);
        pressureSwitch = Boolean.getBoolean(Setup.SWITCH) ? Optional.of(new ManualSource("switch")) : Optional.empty();
        pressureSwitch.ifPresent(found -> found.set(FAR_LIMIT, 0));
        pressureSwitch.ifPresent(builder::pressure);
        Optional.ofNullable(Long.getLong(Setup.SOFT_LIMIT)).ifPresent(builder::softLimit);
        allocator = builder.name("address").build();
    }

    /// {@return `offheap-address`}
    static Contestant leavingVolatile(SharedBudget budget) {
        return new Offheap(OffHeapAllocator.builder(), budget);
    }

    /// {@return `offheap-address-unchecked`}
    static Contestant unchecked(SharedBudget budget) {
        return new Offheap(OffHeapAllocator.builder().checks(Checks.OFF), budget);
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
    long allocate(long sizeBytes) {
        return allocator.allocateAddress(sizeBytes);
    }

    @Override
    void free(long address) {
        allocator.freeAddress(address);
    }

    @Override
    public void purge() {
        allocator.purge();
    }

    @Override
    public boolean press(boolean isShort) {
        pressureSwitch.ifPresent(found -> found.set(FAR_LIMIT, isShort ? FAR_LIMIT : 0));
        return pressureSwitch.isPresent();
    }

    @Override
    public Counters counters() {
        return counters(allocator);
    }

    @Override
    public OptionalLong residentBytes() {
        return OptionalLong.of(allocator.stats().residentBytes());
    }

    @Override
    public String statistics() {
        final AllocatorStats stats = allocator.stats();
        return "%d direct reclaims, %d MiB purged in %d batches, %d refused; active %d, volatile %d, resident %d MiB"
                .formatted(
                        stats.directReclaims(),
                        stats.bytesPurged() >> 20,
                        stats.purges(),
                        stats.purgeFailures(),
                        stats.activeBytes() >> 20,
                        stats.volatileBytes() >> 20,
                        stats.residentBytes() >> 20);
    }

    /// {@return what an allocator of this project counted}
    static Counters counters(OffHeapAllocator allocator) {
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
        if (budget.otherPid() != 0 && !source.addProcess(budget.otherPid())) {
            throw new IllegalStateException("no process " + budget.otherPid() + " to share the budget with");
        }
        return Optional.of(source);
    }
}
