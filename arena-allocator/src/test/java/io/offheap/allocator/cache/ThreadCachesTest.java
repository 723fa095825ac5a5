package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.testkit.EqualThread;
import io.offheap.memory.os.RawMemory;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Which cache serves a thread, and when all caches end.
class ThreadCachesTest extends CachesFixture {

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

    /// As an error leaves it that has ended a use midway.
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void ownerWhoseCacheWasLeftBusyEndsAllCaches() {
        caches.freeSlot(caches.allocateSlot(CLASS), CLASS);
        caches.current().enter();
        assertEquals(0, caches.close());
    }
}
