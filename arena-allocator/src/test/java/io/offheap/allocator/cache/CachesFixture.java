package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.os.RawMemory;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;

/// Caches over two shards of real memory, and what tests do with them. Afterwards all invariants hold.
abstract class CachesFixture {

    static final long PAGE = 4096;
    static final int PROCESSORS = 2;
    static final int SHARED = 2 * PROCESSORS;
    static final int CLASS = 4;
    static final long SEED = 20261121;

    final Rig rig = Rig.real();
    final Shards shards = rig.shards(FreedRuns.VOLATILE, 2);
    final Caches caches = caches(rig, shards);

    static Caches caches(Rig rig, Shards shards) {
        final var caches = new Caches(rig.os, shards, rig.governor, PROCESSORS);
        rig.purger.addSource(caches);
        rig.flushCaches = caches::flushOwn;
        return caches;
    }

    @AfterEach
    void invariantsHold() {
        shards.checkInvariants();
        caches.checkInvariants(_ -> false);
        rig.close();
    }

    /// No slot and nothing volatile is cached.
    void assertHeld(int count, long purgedBytes, long volatileReuses) {
        final var stats = caches.stats();
        assertEquals(count, stats.caches());
        assertEquals(0, stats.cachedSlotBytes());
        assertEquals(0, stats.volatileBytes());
        assertEquals(purgedBytes, stats.purgedBytes());
        assertEquals(volatileReuses, stats.volatileReuses());
    }

    long usedSlots() {
        return shards.all().stream().mapToLong(shard -> shard.bin(CLASS).usedSlots()).sum();
    }

    Extent allocateRun(long pages) {
        return caches.allocateRun(pages * PAGE, PAGE);
    }

    void freeRun(Extent extent) {
        assertTrue(extent.mark(rig.tick()));
        caches.freeRun(extent);
    }

    static <T> T on(Thread.Builder thread, Callable<T> task) throws Exception {
        final var future = new FutureTask<>(task);
        thread.start(future).join();
        return future.get();
    }

    static void awaitDone(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Takes slots and runs, stamps them, and frees them at random; each is checked for its stamp before.
    void work(SplittableRandom random) {
        final var runs = new ArrayList<Extent>();
        final var slots = new ArrayList<Long>();
        for (int step = 0; step < 8000; step++) {
            if (random.nextInt(4) == 0) {
                final long slot = caches.allocateSlot(CLASS);
                RawMemory.putLong(slot, slot);
                slots.add(slot);
            } else {
                final var run = allocateRun(1 + random.nextInt(40));
                RawMemory.putLong(run.address(), run.address());
                RawMemory.putLong(run.end() - 8, run.address());
                runs.add(run);
            }
            while (runs.size() > random.nextInt(12)) {
                freeChecked(runs.remove(random.nextInt(runs.size())));
            }
            while (slots.size() > random.nextInt(300)) {
                freeChecked(slots.remove(random.nextInt(slots.size())));
            }
        }
        runs.forEach(this::freeChecked);
        slots.forEach(this::freeChecked);
    }

    void freeChecked(Extent run) {
        assertEquals(run.address(), RawMemory.getLong(run.address()));
        assertEquals(run.address(), RawMemory.getLong(run.end() - 8));
        assertTrue(run.mark(rig.ticker.nanos()));
        caches.freeRun(run);
    }

    void freeChecked(long slot) {
        assertEquals(slot, RawMemory.getLong(slot));
        caches.freeSlot(slot, CLASS);
    }
}
