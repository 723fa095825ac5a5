package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.MemoryPressure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Many threads, every size, blocks that wander between threads, and purges at any time: no byte is lost and no
/// two blocks share one.
class StressTest {

    private static final int THREADS = 6;
    private static final int STEPS = 80_000;
    private static final int MOST_LIVE = 60;
    private static final long LARGEST = 1 << 20;
    private static final long HARD_LIMIT = 384L << 20;
    private static final long SEED = 0x57e55;

    private enum Kind {
        PLATFORM(Duration.ofMillis(50), false), VIRTUAL(Duration.ofMillis(50), true), MIXED_EAGER(Duration.ZERO, false),
        MIXED_LAZY(Duration.ofMillis(50), false);

        private final Duration decay;
        private final boolean virtual;

        Kind(Duration decay, boolean virtual) {
            this.decay = decay;
            this.virtual = virtual;
        }

        ExecutorService executor() {
            return virtual ? Executors.newVirtualThreadPerTaskExecutor() : Executors.newFixedThreadPool(THREADS);
        }
    }

    private final AtomicLong cookies = new AtomicLong(SEED << 32);

    @ParameterizedTest
    @EnumSource
    @Timeout(180)
    void noByteIsLostAndNoTwoBlocksOverlap(Kind kind) throws Exception {
        final var options = OffHeapAllocator.builder().hardLimit(HARD_LIMIT).decay(kind.decay)
                .lazyFree(kind == Kind.MIXED_LAZY).pressure();
        final var queue = new ArrayBlockingQueue<CookieBlock>(100);
        try (var allocator = options.build()) {
            final var survivors = new ArrayList<CookieBlock>();
            final var working = new AtomicBoolean(true);
            try (var executor = kind.executor(); var purging = Executors.newSingleThreadExecutor()) {
                final var purges = purging.submit(() -> purgeAtTimes(allocator, working));
                final var workers = new ArrayList<Future<CookieWorker>>();
                for (int i = 0; i < THREADS; i++) {
                    final var worker = new CookieWorker(
                            allocator, queue, cookies, kind.name(), SEED + i, MOST_LIVE, LARGEST);
                    workers.add(executor.submit(() -> worker.run(step -> step < STEPS)));
                }
                try {
                    for (final var worker : workers) {
                        survivors.addAll(worker.get().live());
                        assertEquals(0, worker.get().refused());
                    }
                } finally {
                    working.set(false);
                }
                assertTrue(purges.get() > 0, "nobody purged");
            }
            survivors.addAll(queue);
            CookieBlock.finish(allocator, survivors, kind.toString());
        }
    }

    private static long purgeAtTimes(OffHeapAllocator allocator, AtomicBoolean working) {
        final var maintenance = allocator.maintenance();
        long turns = 0;
        do {
            switch ((int) (turns++ % 3)) {
                case 0 -> maintenance.maintain(MemoryPressure.SOME, 0);
                case 1 -> maintenance.maintain(MemoryPressure.CRITICAL, 0);
                default -> allocator.purge();
            }
            Thread.yield();
        } while (working.get());
        return turns;
    }
}
