package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// A stress of a given length, over platform and virtual threads at once, at the hard limit, with the daemon and
/// listeners at work. Short in the normal build; the profile `soak` runs it for ten minutes:
///
/// ```
/// mvn -Psoak -pl arena-allocator -am test -Dsoak.duration=PT10M
/// ```
class SoakTest {

    private static final Duration DURATION = Duration.parse(System.getProperty("soak.duration", "PT2S"));
    private static final int FREES = Integer.getInteger("soak.frees", 100_000);

    private static final long SEED = 0x50a6;
    private static final int THREADS_OF_EACH_KIND = 4;
    private static final int MOST_LIVE = 500;
    private static final long LARGEST = 4 << 20;

    /// Below what the workers hold at their peaks, so that it is met now and then.
    private static final long HARD_LIMIT = 56L << 20;

    private final AtomicLong cookies = new AtomicLong();

    private static <T> FutureTask<T> start(boolean virtual, FutureTask<T> task) {
        (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(task);
        return task;
    }

    @Test
    void noByteIsLostAndNoTwoBlocksOverlap() throws Exception {
        final var passed = new ArrayBlockingQueue<CookieBlock>(100);
        final long end = System.nanoTime() + DURATION.toNanos();
        try (var allocator = OffHeapAllocator.builder().name("soak").hardLimit(HARD_LIMIT)
                .decay(Duration.ofMillis(200)).pressure().build()) {
            final var told = new AtomicLong();
            final var working = new AtomicBoolean(true);
            allocator.onPressure((_, _) -> {
                told.incrementAndGet();
                synchronized (passed) {                 // against the end of the work, when all is counted
                    for (var block = working.get() ? passed.poll() : null; block != null; block = passed.poll()) {
                        block.check("in a listener");
                        allocator.free(block.segment());
                    }
                }
            });
            final var purging = start(false, new FutureTask<>(() -> purgeAtRandom(allocator, working)));
            final var workers = new ArrayList<FutureTask<CookieWorker>>();
            for (int i = 0; i < 2 * THREADS_OF_EACH_KIND; i++) {
                final boolean virtual = i % 2 == 0;
                final var worker = new CookieWorker(allocator, passed, cookies, virtual ? "virtual" : "platform",
                        SEED + i, MOST_LIVE, LARGEST);
                workers.add(start(virtual, new FutureTask<>(() -> worker.run(_ -> System.nanoTime() - end < 0))));
            }
            final var survivors = new ArrayList<CookieBlock>();
            long steps = 0;
            long refused = 0;
            try {
                for (final var worker : workers) {
                    survivors.addAll(worker.get().live());
                    steps += worker.get().steps();
                    refused += worker.get().refused();
                }
            } finally {
                synchronized (passed) {
                    working.set(false);
                }
            }
            final long purges = purging.get();
            survivors.addAll(passed);
            System.out.printf("soak of %s: %d steps, %d purges asked for, listeners told %d times, %d refused%n%s",
                    DURATION, steps, purges, told.get(), refused, allocator.stats().page());
            CookieBlock.finish(allocator, survivors, "soak");
        }
    }

    private static long purgeAtRandom(OffHeapAllocator allocator, AtomicBoolean working) {
        final var random = new SplittableRandom(SEED);
        long purges = 0;
        while (working.get()) {
            if (random.nextInt(20_000) == 0) {
                allocator.purge();
                purges++;
            } else {
                Thread.onSpinWait();
                Thread.yield();
            }
        }
        return purges;
    }

    /// Blocks of all sizes by all kinds of threads, of which a random two thirds are freed by other threads than
    /// allocated them. Nothing is allocated after that, so none of their addresses is in use again.
    @Test
    void everyAddressThatWasFreedEarlierIsRefused() throws Exception {
        try (var allocator = OffHeapAllocator.builder().decay(Duration.ofMillis(50)).pressure().build()) {
            final int threads = 2 * THREADS_OF_EACH_KIND;
            final int each = FREES * 3 / 2 / threads + 1;
            final var allocating = new ArrayList<FutureTask<long[]>>();
            for (int i = 0; i < threads; i++) {
                final long seed = SEED + i;
                allocating.add(start(i % 2 == 0, new FutureTask<>(() -> allocate(allocator, each, seed))));
            }
            final var addresses = new long[threads * each];
            for (int i = 0; i < threads; i++) {
                System.arraycopy(allocating.get(i).get(), 0, addresses, i * each, each);
            }
            shuffle(addresses);
            final var freeing = new ArrayList<FutureTask<Void>>();
            final int share = FREES / threads;
            for (int i = 0; i < threads; i++) {
                final var mine = Arrays.copyOfRange(addresses, i * share, (i + 1) * share);
                freeing.add(start(i % 2 == 1, new FutureTask<>(() -> {
                    Arrays.stream(mine).forEach(allocator::freeAddress);
                    return null;
                })));
            }
            for (final var task : freeing) {
                task.get();
            }
            final var freed = Arrays.copyOf(addresses, share * threads);
            shuffle(freed);
            final long allocated = allocator.stats().allocatedBytes();
            final long start = System.nanoTime();
            for (int i = 0; i < freed.length; i++) {
                final long address = freed[i];
                assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(address),
                        () -> "0x" + Long.toHexString(address));
                if (i == freed.length / 2) {
                    allocator.purge();                  // slots leave the caches, slabs lose their memory
                }
            }
            System.out.printf("%d frees of free blocks refused, %d ns each%n", freed.length,
                    (System.nanoTime() - start) / freed.length);
            assertEquals(allocated, allocator.stats().allocatedBytes());
            assertTrue(allocator.checkInvariants());
            for (int i = freed.length; i < addresses.length; i++) {
                allocator.freeAddress(addresses[i]);
            }
            assertEquals(0, allocator.stats().allocatedBytes());
            assertTrue(allocator.checkInvariants());
        }
    }

    private static long[] allocate(OffHeapAllocator allocator, int count, long seed) {
        final var random = new SplittableRandom(seed);
        final var addresses = new long[count];
        for (int i = 0; i < count; i++) {
            final int bits = random.nextInt(100) == 0 ? 17 : 10;
            addresses[i] = allocator.allocateAddress(random.nextLong(1L << random.nextInt(1, bits)) + 1);
            if (random.nextInt(3) == 0) {               // and some churn, so that slabs are of mixed ages
                allocator.freeAddress(addresses[i]);
                addresses[i] = allocator.allocateAddress(random.nextLong(1L << random.nextInt(1, bits)) + 1);
            }
        }
        return addresses;
    }

    private static void shuffle(long[] values) {
        final var random = new SplittableRandom(SEED);
        for (int i = values.length - 1; i > 0; i--) {
            final int other = random.nextInt(i + 1);
            final long value = values[i];
            values[i] = values[other];
            values[other] = value;
        }
    }
}
