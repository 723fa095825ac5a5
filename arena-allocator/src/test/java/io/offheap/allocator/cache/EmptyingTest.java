package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.shard.FreedRuns;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.testkit.DelegatingMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What leaves caches without being asked for, and what of it their owners notice.
class EmptyingTest extends CachesFixture {

    @Test
    void whatAnEndedThreadCachedIsGivenBackWhenItIsReaped() throws Exception {
        final var run = on(Thread.ofPlatform(), () -> {
            final long slot = caches.allocateSlot(CLASS);
            caches.freeSlot(slot, CLASS);
            final var its = allocateRun(20);
            freeRun(its);
            assertSame(its, allocateRun(20));
            freeRun(its);
            return its;
        });
        final var before = caches.stats();
        assertEquals(SHARED + 1, before.caches());
        assertTrue(before.cachedSlotBytes() > 0);
        assertEquals(20 * PAGE, before.volatileBytes());
        caches.reapDeadThreads();
        assertHeld(SHARED, 0, before.volatileReuses());
        assertEquals(1, before.volatileReuses());
        assertEquals(20 * PAGE, before.reusedBytes());
        assertEquals(20 * PAGE, caches.stats().reusedBytes(), "what an ended thread did still counts");
        assertEquals(0, usedSlots());
        assertEquals(20 * PAGE + shards.layout().slabBytes(CLASS), run.owner().stats().volatileBytes());
    }

    @Test
    void cacheOfALiveThreadIsNotReaped() {
        caches.freeSlot(caches.allocateSlot(CLASS), CLASS);
        final var before = caches.stats();
        caches.reapDeadThreads();
        assertEquals(before, caches.stats());
        assertNotNull(caches.current());
    }

    @Test
    void idleCacheIsEmptiedAndItsOwnerFindsItUsableAgain() throws Exception {
        try (var worker = Executors.newSingleThreadExecutor()) {
            worker.submit(() -> {
                freeRun(allocateRun(20));
                caches.freeSlot(caches.allocateSlot(CLASS), CLASS);
            }).get();
            caches.trim();
            assertTrue(caches.stats().cachedSlotBytes() > 0, "seen for the first time");
            worker.submit(() -> caches.allocateSlot(CLASS + 1)).get();
            caches.trim();
            assertTrue(caches.stats().cachedSlotBytes() > 0, "used meanwhile");
            caches.trim();
            assertEquals(0, caches.stats().cachedSlotBytes());
            assertEquals(0, caches.stats().volatileBytes());
            final long inShards = shards.all().stream().mapToLong(s -> s.extents().getFirst().stats().volatileBytes()).sum();
            assertTrue(inShards >= 20 * PAGE, "the run waits in its shard: " + inShards);
            worker.submit(() -> caches.freeSlot(caches.allocateSlot(CLASS), CLASS)).get();
            assertTrue(caches.stats().cachedSlotBytes() > 0);
        }
    }

    @Test
    void idleSharedCacheIsEmptied() throws Exception {
        on(Thread.ofVirtual(), () -> {
            caches.freeSlot(caches.allocateSlot(CLASS), CLASS);
            return null;
        });
        caches.trim();
        assertTrue(caches.stats().cachedSlotBytes() > 0, "seen for the first time");
        caches.trim();
        assertEquals(0, caches.stats().cachedSlotBytes());
    }

    @Test
    void cacheOfABusyOwnerIsLeftAlone() throws Exception {
        final var entered = new CountDownLatch(1);
        final var looked = new CountDownLatch(1);
        final var owner = Thread.ofPlatform().start(() -> {
            caches.freeSlot(caches.allocateSlot(CLASS), CLASS);
            caches.current().enter();
            entered.countDown();
            awaitDone(looked);
            caches.current().exit();
        });
        entered.await();
        caches.flushAll();
        final long cached = caches.stats().cachedSlotBytes();
        looked.countDown();
        owner.join();
        assertTrue(cached > 0);
        caches.flushAll();
        assertEquals(0, usedSlots());
    }

    @Test
    void cachesAreKeptWhereThreadsCannotBeFenced() throws Exception {
        final var os = new DelegatingMemory(rig.os) {
            @Override
            public boolean fencesThreads() {
                return false;
            }
        };
        final var unfenced = new Caches(os, shards, rig.governor, PROCESSORS);
        final var freed = new CountDownLatch(1);
        final var looked = new CountDownLatch(1);
        final var owner = Thread.ofPlatform().start(() -> {
            unfenced.freeSlot(unfenced.allocateSlot(CLASS), CLASS);
            freed.countDown();
            awaitDone(looked);
        });
        freed.await();
        unfenced.flushAll();
        final long cached = unfenced.stats().cachedSlotBytes();
        looked.countDown();
        owner.join();
        assertTrue(cached > 0);
        unfenced.flushAll();
        assertEquals(0, unfenced.stats().cachedSlotBytes(), "its owner has ended");
    }

    /// What another thread has taken out of caches and not yet given back would be missed by a purge that follows.
    @Test
    @Timeout(60)
    void flushWaitsForWhatAnotherThreadIsGivingBack() throws Exception {
        final var watched = new AtomicBoolean();
        final var givingBack = new CountDownLatch(1);
        final var mayGoOn = new CountDownLatch(1);
        final var os = new DelegatingMemory(rig.os) {
            @Override
            public void advise(long address, long size, Advice advice) {
                if (watched.get()) {
                    givingBack.countDown();
                    awaitDone(mayGoOn);
                }
                super.advise(address, size, advice);
            }
        };
        final var lazy = rig.shards(os, FreedRuns.LAZY, 1);
        final var slow = new Caches(os, lazy, rig.governor, PROCESSORS);
        Thread.ofPlatform().start(() -> {
            for (final var run : List.of(slow.allocateRun(20 * PAGE, PAGE), slow.allocateRun(20 * PAGE, PAGE))) {
                assertTrue(run.mark(rig.tick()));
                slow.freeRun(run);
            }
        }).join();
        watched.set(true);
        final var reaping = Thread.ofPlatform().start(slow::reapDeadThreads);
        givingBack.await();
        final var flush = new FutureTask<>(() -> {
            slow.flushOwn();
            return lazy.all().getFirst().extents().getFirst().stats().volatileBytes();
        });
        final var flushing = Thread.ofPlatform().start(flush);
        while (flushing.getState() != Thread.State.WAITING && !flush.isDone()) {
            Thread.onSpinWait();
        }
        mayGoOn.countDown();
        assertEquals(40 * PAGE, flush.get());
        reaping.join();
    }

    /// Owners work while their caches are emptied all the time: no slot may be in two hands, and none may be lost.
    @Test
    @Timeout(60)
    void noSlotIsLostOrDoubledWhileCachesAreEmptied() throws Exception {
        System.out.println("EmptyingTest seed " + SEED);
        final var stop = new AtomicBoolean();
        final var emptied = new AtomicLong();
        final var emptier = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                caches.flushAll();
                emptied.incrementAndGet();
            }
        });
        try (var workers = Executors.newFixedThreadPool(3)) {
            final var tasks = new ArrayList<Future<?>>();
            for (int worker = 0; worker < 3; worker++) {
                final var random = new SplittableRandom(SEED + worker);
                tasks.add(workers.submit(() -> {
                    for (int round = 0; round < 15; round++) {
                        work(random);
                    }
                }));
            }
            for (final var task : tasks) {
                task.get();
            }
        } finally {
            stop.set(true);
            emptier.join();
        }
        assertTrue(emptied.get() > 10, emptied + " times");
        caches.flushAll();
        assertEquals(0, usedSlots());
    }

    @Test
    void flushGivesBackTheOwnTheSharedAndTheDead() throws Exception {
        for (final var thread : List.of(Thread.ofVirtual(), Thread.ofPlatform())) {
            on(thread, () -> {
                caches.freeSlot(caches.allocateSlot(CLASS), CLASS);
                freeRun(allocateRun(7));
                return null;
            });
        }
        caches.freeSlot(caches.allocateSlot(CLASS), CLASS);
        freeRun(allocateRun(7));
        assertTrue(caches.stats().volatileBytes() > 0);
        caches.flushOwn();
        assertHeld(SHARED + 1, 0, caches.stats().volatileReuses());
        assertEquals(0, usedSlots());
    }
}
