package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shards;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.source.RegionSource;
import java.util.ArrayList;
import java.util.Comparator;

/// Walks the whole heap and compares it with what the statistics say. For tests, when nobody else uses it.
///
/// ## Invariants
/// - **A1** every page that was carved belongs to exactly one run
/// - **A2** active bytes are those of the active runs: `active + volatile + purged + retained = mapped`
/// - **A3** `active + volatile + metadata = committed`
/// - **A4** `allocated + cached + slack = active`, none of them negative
/// - **A5** committed bytes do not exceed the hard limit, and resident ones do not exceed the committed
record HeapChecker(RegionSource regions, Shards shards, Caches caches, Governor governor, AllocatorStats stats) {

    /// {@return true}
    ///
    /// @throws AssertionError naming the invariant
    boolean check() {
        shards.checkInvariants();
        checkOwners();
        final var s = stats;
        equal("A3", s.committedBytes(), s.activeBytes() + s.volatileBytes() + s.metadataBytes());
        equal("A4", s.activeBytes(), s.allocatedBytes() + s.cachedBytes() + s.slackBytes());
        holds("A4", s.allocatedBytes() >= 0 && s.cachedBytes() >= 0 && s.slackBytes() >= 0, s);
        holds("A5", s.committedBytes() <= s.hardLimit() && s.residentBytes() <= s.committedBytes(), s);
        return true;
    }

    private void checkOwners() {
        final var runs = new ArrayList<>(shards.extents());
        runs.sort(Comparator.comparingLong(Extent::address));
        regions.forEachCarved((start, size) -> {
            long next = start;
            for (final var run : runs) {
                if (run.address() >= start && run.address() < start + size) {
                    equal("A1", next, run.address());
                    next = run.end();
                }
            }
            equal("A1", start + size, next);
        });
        equal("A2", stats.activeBytes(), runs.stream().filter(Extent::isActive).mapToLong(Extent::size).sum());
    }

    private static void equal(String invariant, long expected, long actual) {
        if (expected != actual) {
            throw new AssertionError(invariant + ": expected " + expected + ", found " + actual);
        }
    }

    private static void holds(String invariant, boolean condition, Object what) {
        if (!condition) {
            throw new AssertionError(invariant + ": " + what);
        }
    }
}
