package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.purge.VolatileSource;
import io.offheap.testkit.DelegatingMemory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CachesTest {

    private static final long PAGE = 4096;
    private static final int PROCESSORS = 2;
    private static final int SHARED = 2 * PROCESSORS;
    private static final int CLASS = 4;
    private static final long SEED = 20261121;

    private final Rig rig = Rig.real();
    private final Shards shards = shards(rig, 2);
    private final Caches caches = caches(rig, shards);

    private static Shards shards(Rig rig, int count) {
        return new Shards(rig.os, rig.regions, rig.governor, rig.purger, rig.ticker, Rig.EVENTS,
                FreedRuns.VOLATILE, false, count);
    }

    private static Caches caches(Rig rig, Shards shards) {
        final var caches = new Caches(rig.os, shards, rig.governor, PROCESSORS);
        rig.purger.addSource(caches);
        rig.flushCaches = caches::flushOwn;
        return caches;
    }

    @AfterEach
    void invariantsHold() {
        shards.checkInvariants();
        rig.close();
    }

    /// No slot and nothing volatile is cached.
    private void assertHeld(int count, long purgedBytes, long volatileReuses) {
        final var stats = caches.stats();
        assertEquals(count, stats.caches());
        assertEquals(0, stats.cachedSlotBytes());
        assertEquals(0, stats.volatileBytes());
        assertEquals(purgedBytes, stats.purgedBytes());
        assertEquals(volatileReuses, stats.volatileReuses());
    }

    private long usedSlots() {
        return shards.all().stream().mapToLong(shard -> shard.bin(CLASS).usedSlots()).sum();
    }

    private Extent allocateRun(long pages) {
        return caches.allocateRun(pages * PAGE, PAGE);
    }

    private void freeRun(Extent extent) {
        assertTrue(extent.mark(rig.tick()));
        caches.freeRun(extent);
    }

    private static <T> T on(Thread.Builder thread, Callable<T> task) throws Exception {
        final var future = new FutureTask<>(task);
        thread.start(future).join();
        return future.get();
    }

    // Slots.

    private static long[] allocateSlots(Caches caches, int count) {
        return LongStream.range(0, count).map(_ -> caches.allocateSlot(CLASS)).toArray();
    }

    @Test
    void slotsOfAnotherShardLeaveFirst() throws Exception {
        final int full = 2 * (int) (SlotDepot.CAPACITY_BYTES / SizeClasses.sizeOf(CLASS));
        final int count = 1000;
        final long[] near = allocateSlots(caches, full + count);
        final long[] far = on(Thread.ofPlatform(), () -> allocateSlots(caches, count));
        final var home = shards.slabOf(near[0]).bin();
        final var other = shards.slabOf(far[0]).bin();
        assertNotSame(home, other);
        for (int i = 0; i < full; i++) {
            caches.freeSlot(near[i], CLASS);            // so the depot is full of these
        }
        final long before = caches.stats().cachedSlots().get(CLASS);
        for (int i = 0; i < count; i++) {
            caches.freeSlot(near[full + i], CLASS);
            caches.freeSlot(far[i], CLASS);
        }
        final long stayed = caches.stats().cachedSlots().get(CLASS) - before / 2;
        assertTrue(other.usedSlots() < stayed / 8, other.usedSlots() + " of another shard stay among " + stayed);
    }

    @Test
    void freedSlotIsTheNextAllocated() {
        final long slot = caches.allocateSlot(CLASS);
        caches.freeSlot(slot, CLASS);
        assertEquals(slot, caches.allocateSlot(CLASS));
        assertEquals(slot + SizeClasses.sizeOf(CLASS), caches.allocateSlot(CLASS));
    }

    @Test
    void noSlotIsHandedOutTwice() {
        final var seen = new HashSet<Long>();
        for (int i = 0; i < 5000; i++) {
            assertTrue(seen.add(caches.allocateSlot(CLASS)));
        }
        seen.forEach(slot -> caches.freeSlot(slot, CLASS));
        caches.flushOwn();
        assertEquals(0, usedSlots());
    }

    @Test
    void cacheOfSlotsIsBounded() {
        final var slots = new ArrayList<Long>();
        for (int i = 0; i < 5000; i++) {
            slots.add(caches.allocateSlot(CLASS));
        }
        slots.forEach(slot -> caches.freeSlot(slot, CLASS));
        final long slotSize = SizeClasses.sizeOf(CLASS);
        final long cached = caches.stats().cachedSlotBytes();
        assertTrue(0 < cached && cached <= SlotStacks.MOST_SLOTS * slotSize + SlotDepot.CAPACITY_BYTES, cached + " cached");
        assertEquals(cached, usedSlots() * slotSize);
    }

    private static void awaitDone(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // Threads.

    @Test
    void threadsThatCallThemselvesEqualHaveTheirOwnCaches() throws Exception {
        final var found = new ArrayList<ThreadCache>();
        final Runnable look = () -> {
            caches.freeSlot(caches.allocateSlot(CLASS), CLASS);
            found.add(caches.current());
        };
        for (int i = 0; i < 2; i++) {
            final var thread = new EqualThread(look);
            thread.start();
            thread.join();
        }
        assertNotSame(found.get(0), found.get(1));
        assertEquals(2 + SHARED, caches.stats().caches());
        caches.reapDeadThreads();
        assertEquals(SHARED, caches.stats().caches());
    }

    /// Any two of them are equal.
    private static final class EqualThread extends Thread {

        EqualThread(Runnable task) {
            super(task);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof EqualThread;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

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

    /// Workers of a pool that clears thread-locals after each task, as the common pool does.
    private static final class ForgetfulWorker extends ForkJoinWorkerThread {
        ForgetfulWorker(ForkJoinPool pool) {
            super(null, pool, false);
        }
    }

    @Test
    void threadWhoseThreadLocalsWereClearedFindsItsCacheAgain() throws Exception {
        final var witness = new ThreadLocal<String>();
        try (var pool = new ForkJoinPool(1, ForgetfulWorker::new, null, false)) {
            final var first = pool.submit(() -> {
                final long slot = caches.allocateSlot(CLASS);
                caches.freeSlot(slot, CLASS);
                return slot;
            }).get();
            int cleared = 0;
            for (int task = 0; task < 10_000 && cleared < 10; task++) {
                cleared += pool.submit(() -> {
                    final boolean isCleared = witness.get() == null;
                    witness.set("here");
                    assertEquals(first, caches.allocateSlot(CLASS));
                    caches.freeSlot(first, CLASS);
                    assertNotNull(caches.current());
                    return isCleared ? 1 : 0;
                }).get();
            }
            assertEquals(10, cleared, "the pool does not clear thread-locals: nothing was tested");
            assertEquals(SHARED + 1, caches.stats().caches());
        }
    }

    /// The table has 1024 places; ids of threads are given out in turn.
    @Test
    void threadsThatDisplaceEachOtherKeepTheirOwnCaches() throws Exception {
        final var workers = new ArrayList<ExecutorService>();
        final var first = new AtomicLong();
        for (int i = 0; i < 2; i++) {
            workers.add(Executors.newSingleThreadExecutor(task -> {
                var thread = Thread.ofPlatform().unstarted(task);
                while (first.get() != 0 && (thread.threadId() - first.get()) % 1024 != 0) {
                    thread = Thread.ofPlatform().unstarted(task);
                }
                first.set(thread.threadId());
                return thread;
            }));
        }
        final Callable<Long> touch = () -> {
            final long slot = caches.allocateSlot(CLASS);
            assertEquals(Thread.currentThread().threadId(), caches.current().ownerId);
            caches.freeSlot(slot, CLASS);
            return slot;
        };
        final var slots = new ArrayList<Long>();
        for (int round = 0; round < 5; round++) {
            for (final var worker : workers) {
                slots.add(worker.submit(touch).get());
                assertEquals(slots.get(slots.size() % 2 == 0 ? 1 : 0), slots.getLast(), "round " + round);
            }
            assertNull(workers.get(0).submit(caches::current).get(), "they do not meet: nothing is tested");
        }
        assertNotEquals(slots.get(0), slots.get(1));
        assertEquals(SHARED + 2, caches.stats().caches());
        workers.forEach(ExecutorService::close);
    }

    @Test
    @Timeout(60)
    void virtualThreadsShareABoundedNumberOfCaches() throws Exception {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            final var tasks = new ArrayList<Future<?>>();
            for (int i = 0; i < 10_000; i++) {
                tasks.add(executor.submit(() -> {
                    assertNull(caches.current());
                    final long slot = caches.allocateSlot(CLASS);
                    RawMemory.putLong(slot, slot);
                    final var run = allocateRun(5);
                    Thread.yield();
                    assertEquals(slot, RawMemory.getLong(slot));
                    caches.freeSlot(slot, CLASS);
                    freeRun(run);
                }));
            }
            for (final var task : tasks) {
                task.get();
            }
        }
        final var stats = caches.stats();
        assertEquals(SHARED, stats.caches());
        assertTrue(stats.cachedSlotBytes()
                <= (long) SHARED * SlotStacks.MOST_AT_FIRST * SizeClasses.sizeOf(CLASS)
                        + SlotDepot.MOST_CAPACITY_BYTES);
        caches.flushOwn();
        assertEquals(0, caches.stats().cachedSlotBytes());
        assertEquals(0, caches.stats().volatileBytes());
        assertEquals(0, usedSlots());
    }

    @Test
    void stackGrowsForAThreadThatSwingsAndNotForOneThatOnlyFrees() throws Exception {
        final var slots = new ArrayList<Long>();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 3 * SlotStacks.MOST_AT_FIRST; i++) {
                slots.add(caches.allocateSlot(CLASS));
            }
            slots.forEach(slot -> caches.freeSlot(slot, CLASS));
            slots.clear();
        }
        assertEquals(4 * SlotStacks.MOST_AT_FIRST, caches.current().stacks().capacity(CLASS));
        for (int i = 0; i < 3 * SlotStacks.MOST_AT_FIRST; i++) {
            slots.add(caches.allocateSlot(CLASS));
        }
        on(Thread.ofPlatform(), () -> {
            slots.forEach(slot -> caches.freeSlot(slot, CLASS));
            assertEquals(SlotStacks.MOST_AT_FIRST, caches.current().stacks().capacity(CLASS));
            return null;
        });
    }

    @Test
    void stackOfRunsThatAreSlotsGrowsForAThreadThatSwings() throws Exception {
        final int slotClass = SizeClasses.COUNT;
        final var slots = new ArrayList<Long>();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 40; i++) {
                slots.add(caches.allocateSlot(slotClass));
            }
            slots.forEach(slot -> caches.freeSlot(slot, slotClass));
            slots.clear();
        }
        assertTrue(caches.stats().cachedSlots().get(slotClass) >= 32, "at hand: " + caches.stats().cachedSlots().get(slotClass));
        for (int i = 0; i < 40; i++) {
            slots.add(caches.allocateSlot(slotClass));
        }
        on(Thread.ofPlatform(), () -> {
            slots.forEach(slot -> caches.freeSlot(slot, slotClass));
            final var stacks = caches.current().stacks();
            assertEquals(stacks.firstCapacity(slotClass), stacks.capacity(slotClass));
            return null;
        });
    }

    /// One thread allocates, another frees: slots pass through the depot, untouched by their slabs, in batches that grow.
    @Test
    void slotsGoFromTheThreadThatFreesToTheOneThatAllocates() throws Exception {
        final int slotClass = shards.classes().indexOf(512);
        final int blocks = SlotStacks.MOST_AT_FIRST;
        try (var consumer = Executors.newSingleThreadExecutor()) {
            for (int round = 0; round < 200; round++) {
                final var batch = new ArrayList<Long>();
                for (int i = 0; i < blocks; i++) {
                    batch.add(caches.allocateSlot(slotClass));
                }
                consumer.submit(() -> batch.forEach(slot -> caches.freeSlot(slot, slotClass))).get();
            }
            consumer.submit(() -> assertEquals(blocks, caches.current().stacks().capacity(slotClass))).get();
        }
        assertEquals(blocks, caches.current().stacks().capacity(slotClass));
        final long taken = shards.all().stream().mapToLong(shard -> shard.bin(slotClass).stats().slotsTaken()).sum();
        assertTrue(taken < 200 * blocks / 10, taken + " slots were taken from slabs");
        caches.flushAll();
        assertEquals(0, caches.stats().cachedSlotBytes());
        assertEquals(0, shards.all().stream().mapToLong(shard -> shard.bin(slotClass).usedSlots()).sum());
    }

    @Test
    void slotsThatNobodyTakesGoBackToTheirSlabs() throws Exception {
        final var slots = new ArrayList<Long>();
        for (int i = 0; i < 3 * SlotStacks.MOST_AT_FIRST; i++) {
            slots.add(caches.allocateSlot(CLASS));
        }
        slots.forEach(slot -> caches.freeSlot(slot, CLASS));
        assertTrue(caches.stats().cachedSlots().get(CLASS) > SlotStacks.MOST_AT_FIRST, "some wait in the depot");
        for (int turn = 0; turn < 3; turn++) {
            caches.trim();
        }
        assertEquals(0, caches.stats().cachedSlotBytes());
        assertEquals(0, usedSlots());
    }

    // Idle caches.

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
        final var lazy = new Shards(os, rig.regions, rig.governor, rig.purger, rig.ticker, Rig.EVENTS,
                FreedRuns.LAZY, false, 1);
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
        System.out.println("CachesTest seed " + SEED);
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

    // Arenas.

    @Test
    void cachesEndOnlyWhenNoArenaIsOpen() throws Exception {
        caches.arenaOpened();
        on(Thread.ofVirtual(), () -> {
            caches.arenaOpened();
            return null;
        });
        on(Thread.ofPlatform(), () -> {
            caches.arenaOpened();                       // its thread ends: nobody can use it any more
            return null;
        });
        assertEquals(2, caches.close());
        caches.arenaClosed();
        assertEquals(1, caches.close());
        assertNotNull(caches.current());
        on(Thread.ofVirtual(), () -> {
            caches.arenaClosed();
            return null;
        });
        assertEquals(0, caches.close());
        assertNull(caches.current());
        assertThrows(IllegalStateException.class, () -> caches.allocateSlot(CLASS));
        assertThrows(IllegalStateException.class, caches::arenaOpened);
    }

    // Runs.

    @Test
    void runThatIsASlotIsKeptActiveUpToItsBoundAndVolatileBeyond() {
        final int runClass = SizeClasses.COUNT;
        final var slots = new ArrayList<Long>();
        for (int i = 0; i < 10; i++) {
            slots.add(caches.allocateSlot(runClass));
        }
        slots.forEach(slot -> caches.freeSlot(slot, runClass));
        assertEquals(4 * 4 * PAGE, caches.stats().cachedSlotBytes());
        assertEquals(6 * 4 * PAGE, caches.stats().volatileBytes());
        for (int i = 3; i >= 0; i--) {
            assertEquals(slots.get(i), caches.allocateSlot(runClass));
        }
        for (int i = 9; i >= 4; i--) {
            assertEquals(slots.get(i), caches.allocateSlot(runClass));
        }
        assertEquals(6, caches.stats().volatileReuses());
        slots.forEach(slot -> caches.freeSlot(slot, runClass));
        caches.flushOwn();
        assertEquals(0, caches.stats().cachedSlotBytes());
    }

    /// As volatile runs at first; once somebody has taken one of those, as slots.
    @Test
    void slotsThatAreRunsGoFromThreadToThreadWithoutAMark() throws Exception {
        final int runClass = SizeClasses.COUNT;
        try (var consumer = Executors.newSingleThreadExecutor()) {
            final var seen = new HashSet<Long>();
            for (int round = 0; round < 100; round++) {
                final long[] slots = LongStream.range(0, 24).map(_ -> caches.allocateSlot(runClass)).toArray();
                LongStream.of(slots).forEach(seen::add);
                consumer.submit(() -> LongStream.of(slots).forEach(slot -> caches.freeSlot(slot, runClass))).get();
            }
            assertTrue(seen.size() <= 10 * 24, seen.size() + " slots for 24 at a time");
            final var stats = caches.stats();
            assertTrue(stats.volatileReuses() < 10 * 24, stats.volatileReuses() + " marks undone in 2400 allocations");
            assertTrue(stats.cachedSlotBytes() <= 2 * SlotStacks.MOST_GROWTH_BYTES + SlotDepot.MOST_RUN_CAPACITY_BYTES,
                    stats.cachedSlotBytes() + " bytes");
            consumer.submit(() -> caches.flushOwn()).get();
        }
        caches.flushOwn();
        assertHeld(caches.stats().caches(), 0, caches.stats().volatileReuses());
    }

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
            final var poor = caches(small, shards(small, 1));
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
            final var all = shards(large, 1);
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
            final var all = shards(small, 1);
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

    // Together.

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

    private void work(SplittableRandom random) {
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

    private void freeChecked(Extent run) {
        assertEquals(run.address(), RawMemory.getLong(run.address()));
        assertEquals(run.address(), RawMemory.getLong(run.end() - 8));
        assertTrue(run.mark(rig.ticker.nanos()));
        caches.freeRun(run);
    }

    private void freeChecked(long slot) {
        assertEquals(slot, RawMemory.getLong(slot));
        caches.freeSlot(slot, CLASS);
    }
}
