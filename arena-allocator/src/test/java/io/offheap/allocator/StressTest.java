package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.MemoryPressure;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
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

    /// A block and the cookie in every byte of it.
    private record Block(MemorySegment segment, long cookie) {

        static Block written(MemorySegment segment, long cookie) {
            long at = 0;
            for (; at + 8 <= segment.byteSize(); at += 8) {
                segment.set(ValueLayout.JAVA_LONG_UNALIGNED, at, cookie + at);
            }
            for (; at < segment.byteSize(); at++) {
                segment.set(ValueLayout.JAVA_BYTE, at, (byte) (cookie + at));
            }
            return new Block(segment, cookie);
        }

        /// Checks the first bytes; a block that was written with another size has whole words only up to its end.
        void check(long bytes, String context) {
            final long words = bytes & -8;
            for (long at = 0; at < words; at += 8) {
                if (segment.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != cookie + at) {
                    throw new AssertionError(context + ": byte " + at + " of " + segment + " with cookie " + cookie);
                }
            }
            if (bytes == segment.byteSize()) {
                for (long at = words; at < bytes; at++) {
                    if (segment.get(ValueLayout.JAVA_BYTE, at) != (byte) (cookie + at)) {
                        throw new AssertionError(context + ": byte " + at + " of " + segment + " with cookie " + cookie);
                    }
                }
            }
        }

        void check(String context) {
            check(segment.byteSize(), context);
        }
    }

    private final AtomicLong cookies = new AtomicLong(SEED << 32);

    @ParameterizedTest
    @EnumSource
    @Timeout(180)
    void noByteIsLostAndNoTwoBlocksOverlap(Kind kind) throws Exception {
        final var options = OffHeapAllocator.builder().hardLimit(HARD_LIMIT).decay(kind.decay)
                .lazyFree(kind == Kind.MIXED_LAZY).pressure();
        final var queue = new ArrayBlockingQueue<Block>(100);
        try (var allocator = options.build()) {
            final var survivors = new ArrayList<Block>();
            final var working = new AtomicBoolean(true);
            try (var executor = kind.executor(); var purging = Executors.newSingleThreadExecutor()) {
                final var purges = purging.submit(() -> purgeAtTimes(allocator, working));
                final var workers = new ArrayList<Future<List<Block>>>();
                for (int i = 0; i < THREADS; i++) {
                    final int number = i;
                    workers.add(executor.submit(() -> work(allocator, queue, number, kind)));
                }
                try {
                    for (final var worker : workers) {
                        survivors.addAll(worker.get());
                    }
                } finally {
                    working.set(false);
                }
                assertTrue(purges.get() > 0, "nobody purged");
            }
            survivors.addAll(queue);
            assertDisjoint(survivors);
            for (final var block : survivors) {
                block.check(kind + ", at the end");
                allocator.free(block.segment);
            }
            allocator.purge();
            final var stats = allocator.stats();
            assertEquals(0, stats.allocatedBytes(), stats::page);
            assertEquals(0, stats.volatileBytes(), stats::page);
            assertTrue(allocator.checkInvariants());
        }
    }

    private static long purgeAtTimes(OffHeapAllocator allocator, AtomicBoolean working) {
        final var maintenance = allocator.maintenance();
        long turns = 0;
        while (working.get()) {
            switch ((int) (turns++ % 3)) {
                case 0 -> maintenance.maintain(MemoryPressure.SOME, 0);
                case 1 -> maintenance.maintain(MemoryPressure.CRITICAL, 0);
                default -> allocator.purge();
            }
            Thread.yield();
        }
        return turns;
    }

    private List<Block> work(OffHeapAllocator allocator, ArrayBlockingQueue<Block> queue, int number, Kind kind) {
        final long seed = SEED + number;
        final var random = new SplittableRandom(seed);
        final var live = new ArrayList<Block>();
        for (int step = 0; step < STEPS; step++) {
            final var context = kind + ", seed " + seed + ", step " + step;
            if (live.size() > MOST_LIVE) {
                free(allocator, live.remove(random.nextInt(live.size())), context);
            }
            final int what = random.nextInt(1000);
            if (what < 450 || live.isEmpty()) {
                live.add(allocate(allocator, random, context));
            } else if (what < 650) {
                free(allocator, live.remove(random.nextInt(live.size())), context);
            } else if (what < 750) {
                final int which = random.nextInt(live.size());
                live.set(which, reallocate(allocator, live.get(which), randomSize(random), context));
            } else if (what < 870) {
                final var passed = live.remove(random.nextInt(live.size()));
                if (!queue.offer(passed)) {
                    free(allocator, passed, context);
                }
            } else if (what < 998) {
                final var foreign = queue.poll();
                if (foreign != null) {
                    foreign.check(context);
                    live.add(foreign);
                }
            } else {
                allocator.purge();
            }
        }
        return live;
    }

    /// From 1 byte to 1 MiB, small ones more often.
    private static long randomSize(SplittableRandom random) {
        return random.nextLong(1L << random.nextInt(1, random.nextInt(20) == 0 ? 21 : 15)) + 1;
    }

    private Block allocate(OffHeapAllocator allocator, SplittableRandom random, String context) {
        final long size = Math.min(randomSize(random), 1 << 20);
        final long alignment = random.nextInt(20) == 0 ? 1L << random.nextInt(15) : 1;
        final var segment = random.nextBoolean()
                ? allocator.allocateUninitialized(size, alignment)
                : allocateZeroed(allocator, size, alignment, context);
        assertEquals(0, segment.address() % Math.max(alignment, 16), context);
        return Block.written(segment, cookies.addAndGet(1L << 21));
    }

    private static MemorySegment allocateZeroed(OffHeapAllocator allocator, long size, long alignment, String context) {
        final var segment = allocator.allocate(size, alignment);
        for (long at = 0; at < size; at += size > 4096 ? 509 : 1) {
            if (segment.get(ValueLayout.JAVA_BYTE, at) != 0) {
                throw new AssertionError(context + ": byte " + at + " of a new block of " + size + " is not zero");
            }
        }
        return segment;
    }

    private static Block reallocate(OffHeapAllocator allocator, Block old, long newSize, String context) {
        old.check(context);
        final var moved = allocator.reallocate(old.segment, newSize);
        new Block(moved, old.cookie).check(Math.min(old.segment.byteSize(), newSize) & -8, context);
        return Block.written(moved, old.cookie);
    }

    private static void free(OffHeapAllocator allocator, Block block, String context) {
        block.check(context);
        allocator.free(block.segment);
    }

    private static void assertDisjoint(List<Block> blocks) {
        final var sorted = new ArrayList<>(blocks);
        sorted.sort(Comparator.comparingLong(block -> block.segment.address()));
        for (int i = 1; i < sorted.size(); i++) {
            final var below = sorted.get(i - 1).segment;
            assertTrue(below.address() + below.byteSize() <= sorted.get(i).segment.address(),
                    below + " and " + sorted.get(i).segment);
        }
    }
}
