package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.purge.VolatileRun.State;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How runs come out of caches and go there, and what becomes of them when they are purged meanwhile.
class CachedRunsTest extends CachesFixture {

    @Test
    void freedRunIsTheNextAllocatedWithItsBytes() {
        final var run = allocateRun(20);
        RawMemory.putLong(run.address() + PAGE, 0x1234);
        freeRun(run);
        assertSame(run, allocateRun(19), "19 is served from the rung of 20");
        assertEquals(0x1234, RawMemory.getLong(run.address() + PAGE));
        assertEquals(State.ACTIVE, run.state());
        assertEquals(1, caches.stats().volatileReuses());
    }

    @Test
    void requestIsRoundedUpToTheLadderAndTakenExactlyAtTheLimit() {
        assertEquals(40 * PAGE, allocateRun(37).size());
        try (var small = Rig.fake(37 * PAGE + 4096)) {
            final var poor = caches(small, small.shards(FreedRuns.VOLATILE, 1));
            assertEquals(37 * PAGE, poor.allocateRun(37 * PAGE, PAGE).size());
        }
    }

    @Test
    void alignedRequestIsServedPastTheCache() {
        final var run = allocateRun(16);
        freeRun(run);
        final var aligned = caches.allocateRun(16 * PAGE, 64 * PAGE);
        assertNotEquals(run.address(), aligned.address());
        assertEquals(0, aligned.address() % (64 * PAGE));
    }

    @Test
    void runBeyondTheLadderOfTheCacheGoesToItsShard() {
        final var run = allocateRun(8192);
        freeRun(run);
        assertEquals(0, caches.stats().volatileBytes());
        assertEquals(8192 * PAGE, run.owner().stats().volatileBytes());
    }

    /// Where pages are large, a few of them are more than a cache may hold.
    @Test
    @Timeout(60)
    void runLargerThanTheWholeCacheGoesToItsShard() {
        final long pageSize = 64 << 10;
        try (var large = Rig.withPages(pageSize)) {
            final var all = large.shards(FreedRuns.VOLATILE, 1);
            final var theirs = caches(large, all);
            final var run = theirs.allocateRun(RunCache.CAPACITY_BYTES + pageSize, pageSize);
            assertTrue(run.mark(large.tick()));
            theirs.freeRun(run);
            assertEquals(0, theirs.stats().volatileBytes());
            assertEquals(run.size(), run.owner().stats().volatileBytes());
            all.checkInvariants();
        }
    }

    @Test
    void olderRunsLeaveAFullCacheForTheDepotAndComeBackFromThere() {
        final var runs = new ArrayList<Extent>();
        for (int i = 0; i < 2 * RunCache.FIRST_DEPTH; i++) {
            runs.add(allocateRun(20));
        }
        runs.forEach(this::freeRun);
        assertEquals(runs.size() * 20 * PAGE, caches.stats().volatileBytes());
        for (int i = runs.size() - 1; i >= 0; i--) {
            assertSame(runs.get(i), allocateRun(20));
        }
        assertEquals(0, caches.stats().volatileBytes());
    }

    /// One thread allocates, another frees: what is on its way is bounded, and comes back with its memory.
    @Test
    void runsGoFromTheThreadThatFreesToTheOneThatAllocates() throws Exception {
        try (var consumer = Executors.newSingleThreadExecutor()) {
            for (int round = 0; round < 200; round++) {
                final var batch = new ArrayList<Extent>();
                for (int i = 0; i < 10; i++) {
                    batch.add(allocateRun(20));
                }
                consumer.submit(() -> batch.forEach(this::freeRun)).get();
            }
        }
        assertTrue(caches.stats().volatileReuses() > 1800, caches.stats().volatileReuses() + " reuses");
        assertTrue(rig.regions.carvedBytes() <= 4L << 20, rig.regions.carvedBytes() + " carved");
    }

    @Test
    void depotIsEmptiedWhenNobodyComes() {
        final var runs = new ArrayList<Extent>();
        for (int i = 0; i < 3 * RunCache.FIRST_DEPTH; i++) {
            runs.add(allocateRun(20));
        }
        runs.forEach(this::freeRun);
        caches.trim();
        caches.trim();
        caches.trim();
        assertEquals(0, caches.stats().volatileBytes());
        assertEquals(3L * RunCache.FIRST_DEPTH * 20 * PAGE,
                shards.all().stream().mapToLong(shard -> shard.extents().getFirst().stats().volatileBytes()).sum());
    }

    @Test
    void memoryIsPurgedFromUnderACacheAndComesBackOnceTheGovernorAgrees() {
        final var run = allocateRun(20);
        RawMemory.putLong(run.address(), 0x1234);
        freeRun(run);
        final long committed = rig.governor.committedBytes();
        assertEquals(20 * PAGE, rig.purger.purge(1));
        assertHeld(SHARED + 1, 20 * PAGE, 0);
        assertEquals(committed - 20 * PAGE, rig.governor.committedBytes());
        final var again = allocateRun(20);
        assertSame(run, again);
        assertTrue(again.isKnownZero());
        assertEquals(0, RawMemory.getLong(again.address()));
        assertEquals(committed, rig.governor.committedBytes());
        assertEquals(0, caches.stats().volatileReuses());
    }

    @Test
    void memoryIsPurgedFromUnderASharedCache() throws Exception {
        final var run = on(Thread.ofVirtual(), () -> {
            final var its = allocateRun(20);
            freeRun(its);
            return its;
        });
        assertEquals(20 * PAGE, rig.purger.purge(1));
        assertEquals(State.PURGED, run.state());
        assertEquals(20 * PAGE, caches.stats().purgedBytes());
    }

    @Test
    void runThatIsBeingPurgedIsPassedOverAndNotLost() {
        final var run = allocateRun(20);
        freeRun(run);
        final var meanwhile = new ArrayList<Extent>();
        rig.beforePurge = () -> {
            rig.beforePurge = () -> { };
            meanwhile.add(allocateRun(20));
        };
        rig.purger.purge(1);
        assertNotEquals(run.address(), meanwhile.getFirst().address());
        assertEquals(0, caches.stats().purgedBytes());
        assertEquals(20 * PAGE, run.owner().stats().purgedBytes());
    }

    @Test
    void purgedRunThatTheGovernorRefusesGoesToItsShard() {
        try (var small = Rig.fake(30 * PAGE)) {
            final var all = small.shards(FreedRuns.VOLATILE, 1);
            final var poor = caches(small, all);
            final var run = poor.allocateRun(16 * PAGE, PAGE);
            assertTrue(run.mark(small.tick()));
            poor.freeRun(run);
            small.purger.purge(1);
            assertEquals(16 * PAGE, poor.stats().purgedBytes());
            small.governor.acquire(20 * PAGE);
            assertThrows(OutOfMemoryError.class, () -> poor.allocateRun(16 * PAGE, PAGE));
            assertEquals(0, poor.stats().purgedBytes());
            assertEquals(16 * PAGE, run.owner().stats().purgedBytes());
            all.checkInvariants();
        }
    }

    @Test
    void refusedPurgeLeavesTheCachedRunUsable() {
        final var run = allocateRun(20);
        RawMemory.putLong(run.address(), 0x1234);
        freeRun(run);
        rig.refusing = true;
        assertThrows(RuntimeException.class, () -> rig.purger.purge(1));
        assertSame(run, allocateRun(20));
        assertEquals(0x1234, RawMemory.getLong(run.address()));
    }
}
