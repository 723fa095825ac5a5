package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.Race;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// `free(ByteBuffer)`, and what bounds buffers that nobody frees.
class BufferFreeTest {

    private static final int MIB = 1 << 20;

    /// Without the daemon, which may have made a spare of what was dropped, or be about to give it back.
    private final OffHeapAllocator allocator = new OffHeapAllocator(
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().options(), Platform.memory(), Ticker.SYSTEM, false);

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private void assertNothingIsLeft() {
        final var stats = allocator.stats();
        assertEquals(0, stats.directBuffers());
        assertEquals(0, stats.directBufferBytes());
        assertEquals(0, stats.allocatedBytes(), stats::page);
    }

    @Test
    void freedMemoryIsThereAtOnce() {
        for (final int capacity : new int[] {0, 1, 64, 4096, 100_000, 3 * MIB}) {
            final var buffer = allocator.allocateDirect(capacity);
            assertEquals(1, allocator.stats().directBuffers());
            assertEquals(capacity, allocator.stats().directBufferBytes());
            allocator.free(buffer);
            assertNothingIsLeft();
        }
    }

    @Test
    void stateOfTheBufferDoesNotMatter() {
        final var buffer = allocator.allocateDirect(100);
        buffer.position(40).limit(50).mark();
        allocator.free(buffer);
        final var empty = allocator.allocateDirect(100);
        allocator.free(empty.limit(0));
        final var used = allocator.allocateDirect(100);
        allocator.free(used.position(100).order(ByteOrder.LITTLE_ENDIAN));
        assertNothingIsLeft();
    }

    @Test
    void secondFreeIsRefused() {
        final var buffer = allocator.allocateDirect(4096);
        allocator.free(buffer);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer));
        final var next = allocator.allocateDirect(4096);                // the same memory
        assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer));
        assertEquals(1, allocator.stats().directBuffers());
        allocator.free(next);
        assertNothingIsLeft();
    }

    @Test
    void viewsAreRefused() {
        final var buffer = allocator.allocateDirect(4096);
        final List<UnaryOperator<ByteBuffer>> views = List.of(
                ByteBuffer::duplicate, ByteBuffer::slice, ByteBuffer::asReadOnlyBuffer, whole -> whole.slice(0, 10),
                whole -> whole.slice(16, 16), whole -> MemorySegment.ofBuffer(whole).asByteBuffer());
        for (final var view : views) {
            final var seen = view.apply(buffer);
            final var refusal = assertThrows(IllegalArgumentException.class, () -> allocator.free(seen));
            assertTrue(refusal.getMessage().contains("a view"), refusal.getMessage());
        }
        assertEquals(4096, allocator.stats().directBufferBytes());
        allocator.free(buffer);
        assertNothingIsLeft();
    }

    @Test
    void foreignBuffersAreRefused() {
        final var heap = ByteBuffer.allocate(8);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(heap));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(ByteBuffer.allocateDirect(8)));
        assertThrows(NullPointerException.class, () -> allocator.free((ByteBuffer) null));
        try (var other = OffHeapAllocator.builder().pressure().build(); var arena = allocator.ofConfined()) {
            final var buffer = other.allocateDirect(8);
            assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer));
            assertThrows(IllegalArgumentException.class, () -> allocator.free(arena.allocate(8).asByteBuffer()));
            other.free(buffer);
        }
        final var block = allocator.allocate(8);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(block.asByteBuffer()));
        allocator.free(block);
        assertNothingIsLeft();
    }

    @Test
    void bufferIsNoBlockOfExplicitLifetime() {
        final var buffer = allocator.allocateDirect(4096);
        final var segment = MemorySegment.ofBuffer(buffer);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(segment));
        allocator.free(buffer);
        assertNothingIsLeft();
    }

    @Test
    void oneOfTwoThreadsFrees() {
        try (var race = new Race()) {
            for (int round = 0; round < 200; round++) {
                final var buffer = allocator.allocateDirect(256);
                final var freed = new AtomicInteger();
                final Race.Leg leg = () -> {
                    try {
                        allocator.free(buffer);
                        freed.incrementAndGet();
                    } catch (IllegalArgumentException _) {
                        // the other one was first
                    }
                };
                race.run(leg, leg);
                assertEquals(1, freed.get());
            }
        }
        assertNothingIsLeft();
    }

    /// Some are freed, some dropped, in an order by chance: each comes back exactly once.
    @Test
    void freeAndTheCollectorShareTheWork() {
        final long seed = 0xb0ff;
        final var random = new SplittableRandom(seed);
        final var kept = new ArrayList<ByteBuffer>();
        for (int i = 0; i < 20_000; i++) {
            kept.add(allocator.allocateDirect(random.nextInt(1, 2000)));
            if (random.nextInt(3) > 0) {
                final int at = random.nextInt(kept.size());
                final var leaving = kept.set(at, kept.getLast());
                kept.removeLast();
                if (random.nextBoolean()) {
                    allocator.free(leaving);
                }
            }
        }
        kept.forEach(allocator::free);
        final long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (allocator.stats().directBuffers() > 0 && System.nanoTime() < deadline) {
            System.gc();
            allocator.purge();
        }
        assertNothingIsLeft();
    }

    @Test
    void droppedBuffersDoNotExceedTheLimit() {
        try (var limited = OffHeapAllocator.builder().directLimit(16 * MIB).pressure().build()) {
            for (int i = 0; i < 200; i++) {
                limited.allocateDirect(MIB).put(0, (byte) i);
                assertTrue(limited.stats().directBufferBytes() <= 16 * MIB);
            }
        }
    }

    /// What is dropped where something was freed takes two collections, and the second one may have to be of the old generation. So at
    /// the limit the first must find something.
    @Test
    void oneCollectionFindsHalfOfWhatIsDroppedWhereAllWasFreed() {
        assertOneCollectionLeaves(8 * MIB, OffHeapAllocator.builder().directLimit(16 * MIB));
    }

    /// The same at the hard limit, far below the other one.
    @Test
    void oneCollectionFindsEnoughOfWhatIsDroppedBelowTheHardLimit() {
        assertOneCollectionLeaves(10 * MIB, OffHeapAllocator.builder().hardLimit(20 * MIB));
    }

    private static void assertOneCollectionLeaves(long most, OffHeapAllocator.Builder builder) {
        try (var limited = builder.pressure().build()) {
            for (int round = 0; round < 2; round++) {
                allocateMebibytes(limited, 16).forEach(limited::free);
            }
            dropMebibytes(limited, 16);
            System.gc();
            limited.purge();
            final long left = limited.stats().directBufferBytes();
            assertTrue(left <= most, () -> left + " bytes");
        }
    }

    private static void dropMebibytes(OffHeapAllocator limited, int count) {
        assertEquals(count, allocateMebibytes(limited, count).size());
    }

    private static List<ByteBuffer> allocateMebibytes(OffHeapAllocator limited, int count) {
        final var buffers = new ArrayList<ByteBuffer>();
        for (int i = 0; i < count; i++) {
            buffers.add(limited.allocateDirect(MIB));
        }
        return buffers;
    }

    @Test
    void droppedBuffersDoNotExceedTheHardLimit() {
        try (var limited = OffHeapAllocator.builder().hardLimit(16 * MIB).pressure().build()) {
            for (int i = 0; i < 200; i++) {
                limited.allocateDirect(MIB).put(0, (byte) i);
            }
            assertTrue(limited.stats().committedBytes() <= 16 * MIB);
        }
    }

    /// What one thread has the collector find, others may take.
    @Test
    void manyThreadsDropBuffersAtTheLimit() throws Exception {
        final int threads = 4;
        try (var limited = OffHeapAllocator.builder().directLimit(16 * MIB).pressure().build();
                var pool = Executors.newFixedThreadPool(threads)) {
            final Callable<Integer> dropping = () -> {
                for (int i = 0; i < 200; i++) {
                    limited.allocateDirect(MIB).put(0, (byte) i);
                }
                return 200;
            };
            for (final var result : pool.invokeAll(Collections.nCopies(threads, dropping))) {
                assertEquals(200, result.get());
            }
            assertTrue(limited.stats().directBufferBytes() <= 16 * MIB);
        }
    }

    /// A thread that frees what the collector has found may be stopped for long on a busy machine.
    @Test
    void whatAnotherThreadIsAboutToFreeIsWaitedFor() throws Exception {
        final int size = 16 * MIB;                      // so large that it is purged where it is to be zeroed
        final var os = new SlowPurge();
        final var options = OffHeapAllocator.builder().hardLimit(4L * size).zeroOnFree(true).pressure().options();
        try (var limited = new OffHeapAllocator(options, os, Ticker.SYSTEM, false)) {
            final int room = fill(limited, size);
            limited.allocateDirect(size);
            final var finder = Thread.ofPlatform().daemon().start(() -> {
                while (os.reached.getCount() > 0) {
                    System.gc();
                    os.slowed.set(true);
                    limited.purge();
                    os.slowed.set(false);
                }
            });
            assertTrue(os.reached.await(60, TimeUnit.SECONDS));
            final var kept = new ArrayList<ByteBuffer>();
            while (kept.size() < room) {
                kept.add(limited.allocateDirect(size));
            }
            os.over.countDown();
            finder.join();
            kept.forEach(limited::free);
            assertEquals(0, limited.stats().allocatedBytes());
        }
    }

    /// {@return how many buffers of a size there is room for}
    private static int fill(OffHeapAllocator limited, int size) {
        final var buffers = new ArrayList<ByteBuffer>();
        try {
            while (true) {
                buffers.add(limited.allocateDirect(size));
            }
        } catch (OutOfMemoryError _) {
            buffers.forEach(limited::free);
            return buffers.size();
        }
    }

    /// Memory whose purge takes a thread that asks for it up to two seconds.
    private static final class SlowPurge extends DelegatingMemory {
        private final ThreadLocal<Boolean> slowed = ThreadLocal.withInitial(() -> false);
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch over = new CountDownLatch(1);

        SlowPurge() {
            super(Platform.memory());
        }

        @Override
        public void advise(long address, long size, Advice advice) {
            if (slowed.get()) {
                reached.countDown();
                try {
                    over.await(2, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            super.advise(address, size, advice);
        }
    }

    /// Far more than fit, of every size that is kept for the next of its class, so that each is used again, and given up for another.
    @Test
    void memoryOfDroppedBuffersIsUsedAgainAndZero() {
        final long limit = 8 * MIB;
        try (var limited = OffHeapAllocator.builder().directLimit(limit).explicitGc(true).pressure().build()) {
            for (int round = 0; round < 3; round++) {
                for (final int capacity : new int[] {4096, 64, 1000, 20_000}) {
                    final var model = ByteBuffer.allocate(capacity);
                    for (long total = 0; total < 3 * limit / 2; total += Math.max(capacity, 1024)) {
                        final var buffer = limited.allocateDirect(capacity);
                        assertEquals(-1, buffer.mismatch(model));
                        MemorySegment.ofBuffer(buffer).fill((byte) 0x77);
                    }
                    assertTrue(limited.stats().allocatedBytes() <= limit + MIB, limited.stats()::page);
                }
            }
        }
    }

    @Test
    void sparesGoWithThePurgeAndWithTheDaemonsTurns() {
        for (int i = 0; i < 1000; i++) {
            allocator.allocateDirect(64);
        }
        final long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (allocator.stats().directBuffers() > 0 && System.nanoTime() < deadline) {
            System.gc();
            allocator.maintenance().maintain(MemoryPressure.NONE, Long.MAX_VALUE);
        }
        assertEquals(0, allocator.stats().directBuffers());
        allocator.maintenance().maintain(MemoryPressure.CRITICAL, 0);
        assertNothingIsLeft();
    }

    @Test
    void buffersInUseAreRefusedAtTheLimit() {
        try (var limited = OffHeapAllocator.builder().directLimit(2 * MIB).pressure().build()) {
            assertThrows(OutOfMemoryError.class, () -> limited.allocateDirect(2 * MIB + 1));
            final var one = limited.allocateDirect(MIB);
            final var two = limited.allocateDirect(MIB);
            final var refusal = assertThrows(OutOfMemoryError.class, () -> limited.allocateDirect(1));
            assertEquals("1 bytes requested that the collector frees, %d in use, limit %d".formatted(2 * MIB, 2 * MIB),
                    refusal.getMessage());
            limited.free(one);
            assertEquals(MIB, limited.stats().directBufferBytes());
            limited.free(limited.allocateDirect(MIB));
            limited.free(two);
            assertEquals(0, limited.stats().allocatedBytes());
        }
    }

    /// Buffers of sizes that take turns, so that what one size has left where it was counted is in the way of the next.
    @Test
    void whatWasFreedMayBeTakenByAnySize() {
        try (var limited = OffHeapAllocator.builder().directLimit(MIB).pressure().build()) {
            for (final int capacity : new int[] {16, 4096, 100, 32 << 10, 33 << 10, 1000, MIB}) {
                final var live = new ArrayList<ByteBuffer>();
                for (int i = 0; i < MIB / Math.max(2 * capacity, 1024); i++) {
                    live.add(limited.allocateDirect(capacity));
                }
                live.forEach(limited::free);
            }
            limited.free(limited.allocateDirect(MIB));
            assertEquals(0, limited.stats().allocatedBytes());
        }
    }

    /// As the JDK counts its own: slots of 16 bytes would leave none.
    @Test
    void lowLimitCountsWhatWasAskedFor() {
        try (var limited = OffHeapAllocator.builder().directLimit(10).pressure().build()) {
            final var live = new ArrayList<ByteBuffer>();
            for (int i = 0; i < 10; i++) {
                live.add(limited.allocateDirect(1));
            }
            assertThrows(OutOfMemoryError.class, () -> limited.allocateDirect(1));
            limited.free(live.removeLast());
            assertThrows(OutOfMemoryError.class, () -> limited.allocateDirect(2));
            live.add(limited.allocateDirect(1));
            live.forEach(limited::free);
            limited.free(limited.allocateDirect(10));
            assertEquals(0, limited.stats().allocatedBytes());
        }
    }

    @Test
    void droppedBuffersComeBackBelowALowLimitToo() {
        try (var limited = OffHeapAllocator.builder().directLimit(1000).explicitGc(true).pressure().build()) {
            for (int i = 0; i < 200; i++) {
                assertEquals(0, limited.allocateDirect(100).get(99));
            }
            assertTrue(limited.stats().directBufferBytes() <= 1000, limited.stats()::page);
        }
    }

    /// So few bytes that an eighth of them is none.
    @Test
    void oldBufferOfFewBytesIsFoundToo() {
        try (var limited = OffHeapAllocator.builder().directLimit(4).explicitGc(true).pressure().build()) {
            final var old = new ArrayList<ByteBuffer>();
            old.add(limited.allocateDirect(4));
            for (int i = 0; i < 3; i++) {
                System.gc();                                            // promotes
            }
            old.clear();
            assertEquals(4, limited.allocateDirect(4).capacity());
        }
    }

    @Test
    void smallBuffersAreRefusedAtTheLimitToo() {
        try (var limited = OffHeapAllocator.builder().directLimit(64 << 10).pressure().build()) {
            final var live = new ArrayList<ByteBuffer>();
            for (int i = 0; i < 16; i++) {
                live.add(limited.allocateDirect(4096));
            }
            assertThrows(OutOfMemoryError.class, () -> limited.allocateDirect(16));
            assertEquals(64 << 10, limited.stats().allocatedBytes());
            limited.free(live.removeLast());
            live.add(limited.allocateDirect(4096));
            assertThrows(OutOfMemoryError.class, () -> limited.allocateDirect(4096));
            live.forEach(limited::free);
            assertEquals(0, limited.stats().allocatedBytes());
        }
    }

    @Test
    void interruptedThreadWaitsAndStaysInterrupted() {
        try (var limited = OffHeapAllocator.builder().directLimit(MIB).pressure().build()) {
            final var kept = limited.allocateDirect(MIB);
            Thread.currentThread().interrupt();
            assertThrows(OutOfMemoryError.class, () -> limited.allocateDirect(1));
            assertTrue(Thread.interrupted());
            limited.free(kept);
        }
    }

    @Test
    void explicitCollectionFindsWhatIsOld() {
        try (var limited = OffHeapAllocator.builder().directLimit(4 * MIB).explicitGc(true).pressure().build()) {
            final var old = new ArrayList<ByteBuffer>();
            for (int i = 0; i < 4; i++) {
                old.add(limited.allocateDirect(MIB));
            }
            for (int i = 0; i < 3; i++) {
                System.gc();                                            // promotes
            }
            old.clear();
            assertEquals(MIB, limited.allocateDirect(MIB).capacity());
        }
    }

    @Test
    void closedAllocatorFreesNothing() {
        final var other = OffHeapAllocator.builder().pressure().build();
        final var buffer = other.allocateDirect(8);
        other.close();
        assertThrows(IllegalStateException.class, () -> other.free(buffer));
    }
}
