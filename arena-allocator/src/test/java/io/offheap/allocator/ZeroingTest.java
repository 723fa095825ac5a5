package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.DelegatingMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is allocated reads as zero, whoever had the memory before and whatever has become of it since.
@Tag("portable")
class ZeroingTest {

    private static final MemorySegment ZEROS = MemorySegment.ofArray(new long[1 << 17]);
    private static final long SEED = 0x2e70;

    private enum Freed {
        VOLATILE(Duration.ofNanos(-1), false), PURGED(Duration.ZERO, false), LAZY(Duration.ofNanos(-1), true);

        private final Duration decay;
        private final boolean lazy;

        Freed(Duration decay, boolean lazy) {
            this.decay = decay;
            this.lazy = lazy;
        }

        OffHeapAllocator allocator() {
            final var options = OffHeapAllocator.builder().decay(decay).lazyFree(lazy).pressure().options();
            return new OffHeapAllocator(options, Platform.memory(), Ticker.SYSTEM, false);
        }
    }

    /// Sizes around every boundary: of small classes, of pages, of the ladder, of the largest small size.
    private static TreeSet<Long> sizes() {
        final var sizes = new TreeSet<Long>();
        for (long boundary = 16; boundary <= 1 << 19; boundary = boundary * 5 / 4) {
            final long aligned = boundary & -16;
            for (long size = aligned - 1; size <= aligned + 1; size++) {
                sizes.add(size);
            }
        }
        final long page = Platform.memory().pageSize();
        for (final long boundary : new long[] {0, 8, 14_336, 16_384, page, 2 * page, 16 * page, 18 * page, 64 * page}) {
            for (long size = Math.max(0, boundary - 9); size <= boundary + 9; size++) {
                sizes.add(size);
            }
        }
        return sizes;
    }

    private static void assertZero(MemorySegment segment, Object context) {
        final long first = segment.mismatch(ZEROS.asSlice(0, segment.byteSize()));
        assertEquals(-1, first, () -> "byte " + first + " of " + segment + ": " + context);
    }

    /// Dirties every byte that the block may use, not only those that were asked for.
    private static void dirty(OffHeapAllocator allocator, MemorySegment segment) {
        allocator.segmentOf(segment.address()).fill((byte) 0xa5);
    }

    private static void assertZeroAfterDirtyUse(OffHeapAllocator allocator, Runnable between) {
        for (final long size : sizes()) {
            for (int round = 0; round < 3; round++) {
                final var one = allocator.allocate(size);
                final var other = allocator.allocate(size, 64);
                assertZero(one, "size " + size + ", round " + round);
                assertZero(other, "size " + size + ", round " + round);
                dirty(allocator, one);
                dirty(allocator, other);
                allocator.free(one);
                allocator.free(other);
                between.run();
            }
        }
        assertTrue(allocator.checkInvariants());
    }

    @ParameterizedTest
    @EnumSource
    void dirtyReuseReadsZero(Freed freed) {
        try (var allocator = freed.allocator()) {
            assertZeroAfterDirtyUse(allocator, () -> { });
        }
    }

    @ParameterizedTest
    @EnumSource
    void reuseAfterAPurgeReadsZero(Freed freed) {
        try (var allocator = freed.allocator()) {
            assertZeroAfterDirtyUse(allocator, allocator::purge);
        }
    }

    @ParameterizedTest
    @EnumSource
    void reuseAfterAPurgeUnderTheCacheReadsZero(Freed freed) {
        try (var allocator = freed.allocator()) {
            final var maintenance = allocator.maintenance();
            assertZeroAfterDirtyUse(allocator, () -> maintenance.maintain(MemoryPressure.CRITICAL, 0));
        }
    }

    @ParameterizedTest
    @EnumSource
    void arenasAndBuffersReadZero(Freed freed) {
        try (var allocator = freed.allocator()) {
            for (final long size : sizes()) {
                for (int round = 0; round < 2; round++) {
                    final long address = allocator.allocateAddress(size);
                    RawMemory.segment(address, allocator.usableSize(address)).fill((byte) 0x5a);
                    allocator.freeAddress(address);
                    assertZero(MemorySegment.ofBuffer(allocator.allocateDirect((int) size)), "buffer of " + size);
                    try (var arena = allocator.ofConfined()) {
                        assertZero(arena.allocate(size), "arena, " + size);
                        final var dirtied = arena.allocateUninitialized(size, 8);
                        dirtied.fill((byte) 0x77);
                        assertZero(arena.allocate(size, 16), "arena, " + size);
                    }
                }
            }
        }
    }

    /// Runs are cut, joined, shrunk, purged in part: whatever is said about a run must hold for all of it.
    @ParameterizedTest
    @EnumSource
    void randomHistoryReadsZero(Freed freed) {
        try (var allocator = freed.allocator()) {
            final var random = new SplittableRandom(SEED);
            final var maintenance = allocator.maintenance();
            final LongFunction<String> context = step -> "seed " + SEED + ", step " + step + ", " + freed;
            final var live = new ArrayList<MemorySegment>();
            for (long step = 0; step < 4000; step++) {
                final int kind = random.nextInt(100);
                if (kind == 0) {
                    allocator.purge();
                } else if (kind == 1) {
                    maintenance.maintain(MemoryPressure.CRITICAL, 0);
                } else if (kind < 50 || live.isEmpty()) {
                    final var block = allocator.allocate(random.nextLong(1L << random.nextInt(4, 20)),
                            1L << random.nextInt(0, 17));
                    assertZero(block, context.apply(step));
                    dirty(allocator, block);
                    live.add(block);
                } else if (kind < 60) {
                    final int which = random.nextInt(live.size());
                    final var moved = allocator.reallocate(live.get(which), random.nextLong(1L << random.nextInt(4, 20)));
                    dirty(allocator, moved);
                    live.set(which, moved);
                } else {
                    allocator.free(live.remove(random.nextInt(live.size())));
                }
                if (live.size() > 60) {
                    allocator.free(live.removeFirst());
                }
            }
            assertTrue(allocator.checkInvariants());
        }
    }

    /// Large blocks of huge pages may be purged instead of filled; where that is refused they are filled all the same.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void largeBlockOfHugePagesReadsAsZeroWhetherItCanBePurgedOrNot(boolean refusing) {
        final var os = new DelegatingMemory(Platform.memory()) {
            private long purgedInPlace;

            @Override
            public void advise(long address, long size, Advice advice) {
                if (advice == Advice.DONTNEED && size == 16 << 20) {
                    purgedInPlace++;
                    if (refusing && purgedInPlace == 1) {
                        throw Errno.EINVAL.of("madvise", "refused by the test");
                    }
                }
                super.advise(address, size, advice);
            }
        };
        final var options = OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().options();
        try (var allocator = new OffHeapAllocator(options, os, Ticker.SYSTEM, false)) {
            final var first = allocator.allocate(16 << 20, 1);
            assertEquals(-1, first.asByteBuffer().mismatch(ByteBuffer.allocate(16 << 20)));
            assertEquals(0, os.purgedInPlace, "fresh memory is zero");
            first.fill((byte) 1);
            allocator.free(first);
            final var again = allocator.allocate(16 << 20, 1);
            assertEquals(first.address(), again.address());
            assertEquals(1, os.purgedInPlace);
            assertEquals(-1, again.asByteBuffer().mismatch(ByteBuffer.allocate(16 << 20)));
            again.fill((byte) 1);
            allocator.free(again);
        }
    }

    /// Runs that are slots know whether they are fresh only as long as nobody has had them.
    @Test
    void slotThatIsARunIsZeroAgainWhereverItWaited() {
        final var options = OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().options();
        try (var allocator = new OffHeapAllocator(options, Platform.memory(), Ticker.SYSTEM, false)) {
            final var live = new ArrayList<MemorySegment>();
            for (int round = 0; round < 6; round++) {
                for (int i = 0; i < 40; i++) {
                    final var segment = allocator.allocate(20_000, 1);
                    assertZero(segment, "round " + round + ", block " + i);
                    segment.fill((byte) 1);
                    live.add(segment);
                }
                live.forEach(allocator::free);
                live.clear();
                if (round == 3) {
                    allocator.purge();
                }
            }
        }
    }
}
