package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.purge.VolatileSource;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// All caches at work, beside a purger.
class CachesTest extends CachesFixture {

    @Test
    void purgeGoesByAgeAcrossCachesAndShards() throws Exception {
        final var inShard = allocateRun(8192);
        final var inCache = allocateRun(3);
        final var inOtherCache = allocateRun(4);
        freeRun(inCache);
        freeRun(inShard);
        on(Thread.ofVirtual(), () -> {
            freeRun(inOtherCache);
            return null;
        });
        assertEquals(inCache.markedAt(), caches.oldestMark());
        rig.purger.purge(3 * PAGE + 1);
        assertEquals(State.PURGED, inCache.state());
        assertEquals(State.VOLATILE, inOtherCache.state());
        assertEquals(inOtherCache.markedAt(), caches.oldestMark());
        assertEquals(8192 * PAGE - (2L << 20), inShard.owner().stats().volatileBytes());
    }

    @Test
    void runInACacheIsPurgedWholeOrNotAtAll() {
        freeRun(allocateRun(1024));
        assertEquals(0, rig.purger.purgeWithin(1023 * PAGE));
        assertEquals(1024 * PAGE, rig.purger.purgeWithin(1024 * PAGE));
        assertEquals(VolatileSource.NOTHING, caches.oldestMark());
    }

    /// Platform and virtual threads allocate, hand over and free while a purger is at work; every block keeps the
    /// stamp of its holder, and in the end everything is back.
    @Test
    @Timeout(120)
    void threadsAndAPurgerLeaveEverythingInOrder() throws Exception {
        final long seed = 0xc0ffee;
        final var stop = new AtomicBoolean();
        final var purger = new FutureTask<>(() -> {
            long purged = 0;
            while (!stop.get()) {
                rig.tick();
                purged += rig.purger.purge(1 << 18);
                caches.reapDeadThreads();
                Thread.yield();
            }
            return purged;
        });
        Thread.ofPlatform().start(purger);
        final var workers = new ArrayList<FutureTask<Void>>();
        final var threads = new ArrayList<Thread>();
        for (int worker = 0; worker < 12; worker++) {
            final var random = new SplittableRandom(seed + worker);
            final var task = new FutureTask<Void>(() -> work(random), null);
            workers.add(task);
            threads.add((worker % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual()).start(task));
        }
        for (final var thread : threads) {
            thread.join();                              // only what is dead is reaped
        }
        stop.set(true);
        assertTrue(purger.get() > 0, "seed " + seed);
        for (final var worker : workers) {
            worker.get();
        }
        caches.reapDeadThreads();
        caches.flushOwn();
        rig.purger.purge(Long.MAX_VALUE);
        shards.checkInvariants();
        assertEquals(0, usedSlots(), "seed " + seed);
        long metadata = rig.regions.shadowBytes();
        for (final var shard : shards.all()) {
            assertEquals(0, shard.extents().getFirst().stats().volatileBytes(), "seed " + seed);
            metadata += shard.extents().getFirst().stats().metadataBytes();
        }
        assertEquals(metadata, rig.governor.committedBytes(), "seed " + seed);
    }
}
