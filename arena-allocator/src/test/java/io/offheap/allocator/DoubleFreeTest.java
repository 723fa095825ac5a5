package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.DelegatingMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DoubleFreeTest {

    private static final int COUNT = 100_000;
    private static final long SEED = 0xd0b1e;

    private final OffHeapAllocator allocator = OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().build();

    private OffHeapAllocator watched;

    @AfterEach
    void close() {
        allocator.close();
    }

    private static long randomSize(SplittableRandom random) {
        return random.nextInt(100) == 0 ? random.nextLong(14_337, 100_000) : random.nextLong(0, 2000);
    }

    /// {@return addresses that were all live at once, and are free and not handed out again}
    private long[] freed() {
        final var random = new SplittableRandom(SEED);
        final var addresses = new long[COUNT];
        for (int i = 0; i < COUNT; i++) {
            addresses[i] = allocator.allocateAddress(randomSize(random));
        }
        assertEquals(COUNT, LongStream.of(addresses).distinct().count());
        shuffle(addresses, random);
        for (final long address : addresses) {
            allocator.freeAddress(address);
        }
        return addresses;
    }

    private static void shuffle(long[] values, SplittableRandom random) {
        for (int i = values.length - 1; i > 0; i--) {
            final int other = random.nextInt(i + 1);
            final long value = values[i];
            values[i] = values[other];
            values[other] = value;
        }
    }

    private int refusals(long[] addresses, int from, int step) {
        int refused = 0;
        for (int i = from; i < addresses.length; i += step) {
            final long address = addresses[i];
            assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(address),
                    () -> "seed " + SEED + ": 0x" + Long.toHexString(address));
            refused++;
        }
        return refused;
    }

    @Test
    void everySecondFreeThrows() {
        final var addresses = freed();
        final var before = allocator.stats();
        assertEquals(COUNT, refusals(addresses, 0, 1));
        assertEquals(before, allocator.stats());
        assertEquals(0, before.allocatedBytes());
        assertTrue(allocator.checkInvariants());
    }

    @Test
    void everySecondFreeThrowsAfterThePurge() {
        final var addresses = freed();
        allocator.purge();
        assertEquals(COUNT, refusals(addresses, 0, 1));
        assertTrue(allocator.checkInvariants());
    }

    @Test
    void everySecondFreeByOtherThreadsThrows() throws Exception {
        final var addresses = freed();
        final var before = allocator.stats();
        int refused = 0;
        try (var platform = Executors.newFixedThreadPool(2); var virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            final var tasks = new ArrayList<Future<Integer>>();
            for (int i = 0; i < 4; i++) {
                final int from = i;
                tasks.add((i % 2 == 0 ? platform : virtual).submit(() -> refusals(addresses, from, 4)));
            }
            for (final var task : tasks) {
                refused += task.get();
            }
        }
        assertEquals(COUNT, refused);
        assertEquals(before, allocator.stats());
        assertTrue(allocator.checkInvariants());
    }

    /// Also while slabs come and go around it: a free of what is free never does anything but throw.
    @Test
    @Timeout(120)
    void secondFreeThrowsWhileOthersAllocate() throws Exception {
        final var busy = new AtomicInteger(1);
        try (var executor = Executors.newFixedThreadPool(2)) {
            final var worker = executor.submit(() -> {
                final var random = new SplittableRandom(SEED + 1);
                while (busy.get() > 0) {
                    final long[] mine = random.longs(200, 14_337, 40_000).map(allocator::allocateAddress).toArray();
                    LongStream.of(mine).forEach(allocator::freeAddress);
                }
                return true;
            });
            try {
                final var random = new SplittableRandom(SEED + 2);
                for (int round = 0; round < 1000; round++) {
                    final long[] mine = random.longs(100, 1, 9000).map(allocator::allocateAddress).toArray();
                    LongStream.of(mine).forEach(allocator::freeAddress);
                    // the other thread has large blocks only, which begin on pages
                    final long[] noOthers = LongStream.of(mine).filter(address -> address % 4096 != 0).toArray();
                    assertEquals(noOthers.length, refusals(noOthers, 0, 1));
                }
            } finally {
                busy.set(0);
            }
            assertTrue(worker.get());
        }
        assertEquals(0, allocator.stats().allocatedBytes());
        assertTrue(allocator.checkInvariants());
    }

    /// The batches of an ended thread's cache go back class by class, and every slab that runs empty is purged at once.
    @Test
    void secondFreeThrowsWhileItsSlotIsOnTheWayFromACacheToItsSlab() throws Exception {
        final var refusal = new ArrayList<Throwable>();
        final long[] last = new long[1];
        final var os = new DelegatingMemory(Platform.memory()) {
            @Override
            public void advise(long address, long size, Advice advice) {
                super.advise(address, size, advice);
                if (advice == Advice.DONTNEED && last[0] != 0 && refusal.isEmpty()) {
                    refusal.add(assertThrows(IllegalArgumentException.class, () -> watched.freeAddress(last[0])));
                }
            }
        };
        final var options = OffHeapAllocator.builder().decay(Duration.ZERO).pressure().options();
        try (var purging = new OffHeapAllocator(options, os, Ticker.SYSTEM, false)) {
            watched = purging;
            final var thread = Thread.ofPlatform().start(() -> {
                watched.freeAddress(watched.allocateAddress(16));
                last[0] = watched.allocateAddress(1000);
                watched.freeAddress(last[0]);
            });
            thread.join();
            watched.purge();
            assertEquals(1, refusal.size(), "no slab was purged while the cache was emptied");
            assertEquals(0, watched.stats().allocatedBytes());
            assertTrue(watched.checkInvariants());
        }
    }
}
