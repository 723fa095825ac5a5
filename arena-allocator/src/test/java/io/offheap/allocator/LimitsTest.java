package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.MemoryBudget;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.pressure.ManualSource;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FakeMemory;
import io.offheap.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitsTest {

    private static final long MIB = 1L << 20;
    private static final long SEED = 1000;

    private static OffHeapAllocator allocator(OffHeapAllocator.Builder builder, PressureSource... sources) {
        return new OffHeapAllocator(builder.decay(Duration.ofNanos(-1)).pressure(sources).options(),
                Platform.memory(), Ticker.SYSTEM, false);
    }

    private static OffHeapAllocator limitedTo(long bytes) {
        return allocator(OffHeapAllocator.builder().hardLimit(bytes));
    }

    /// Allocates until the limit says no.
    private static List<Long> fill(OffHeapAllocator allocator, long size) {
        final var blocks = new ArrayList<Long>();
        while (true) {
            try {
                blocks.add(allocator.allocateAddress(size));
            } catch (OutOfMemoryError e) {
                return blocks;
            }
            if (Integer.bitCount(blocks.size()) == 1 || blocks.size() % 4096 == 0) {
                assertTrue(allocator.stats().committedBytes() <= allocator.stats().hardLimit());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {48, 1000, 14_336, 20_000, 300_000, 3_000_000})
    void hardLimitIsFilledButNotExceeded(long size) {
        try (var allocator = limitedTo(16 * MIB)) {
            final var blocks = fill(allocator, size);
            final var full = allocator.stats();
            assertTrue(full.committedBytes() <= 16 * MIB, full::page);
            assertTrue(blocks.size() * size > 16 * MIB * 7 / 8 - size, () -> blocks.size() + " blocks\n" + full.page());
            assertTrue(allocator.checkInvariants());
        }
    }

    @Test
    void requestAboveTheWholeLimitOfASourceIsRefusedAndChangesNothing() {
        final var container = new ManualSource("container");
        container.set(512 * MIB, 0);
        try (var allocator = allocator(OffHeapAllocator.builder(), container)) {
            final var block = allocator.allocate(100_000);
            final var before = allocator.stats();
            for (final long size : new long[] {512 * MIB + 1, 1L << 40, 1L << 46}) {
                final var error = assertThrows(OutOfMemoryError.class, () -> allocator.allocate(size));
                assertTrue(error.getMessage().startsWith(size + " bytes requested, " + before.allocatedBytes() + " allocated, "),
                        error::getMessage);
                assertTrue(error.getMessage().endsWith(", limit " + 512 * MIB), error::getMessage);
                assertThrows(OutOfMemoryError.class, () -> allocator.reallocate(block, size));
                assertThrows(OutOfMemoryError.class, () -> allocator.allocateVolatile(size));
                assertEquals(before, allocator.stats());
            }
            allocator.free(block);
        }
    }

    @Test
    void otherSizesCanBeAllocatedAfterEverythingWasFreed() {
        try (var allocator = limitedTo(16 * MIB)) {
            for (final long size : new long[] {48, 1000, 20_000, 14_336, 3_000_000, 64, 300_000}) {
                final var blocks = fill(allocator, size);
                assertTrue(blocks.size() * size > 12 * MIB, () -> size + ": " + blocks.size() + " blocks");
                blocks.forEach(allocator::freeAddress);
                assertEquals(0, allocator.stats().allocatedBytes());
                assertTrue(allocator.checkInvariants());
            }
        }
    }

    @Test
    void volatileMemoryIsPurgedBeforeAnAllocationFails() {
        try (var allocator = limitedTo(16 * MIB)) {
            for (int i = 0; i < 7; i++) {
                allocator.freeAddress(allocator.allocateAddress(2 * MIB + i * 300_000));
            }
            assertTrue(allocator.stats().volatileBytes() > 0);
            final long before = allocator.stats().directReclaims();
            allocator.allocateAddress(14 * MIB);
            final var after = allocator.stats();
            assertTrue(after.directReclaims() > before);
            assertTrue(after.bytesPurged() > 0);
            assertTrue(after.committedBytes() <= 16 * MIB, after::page);
            assertTrue(allocator.checkInvariants());
        }
    }

    @Test
    void cachedSlotsAreFlushedBeforeAnAllocationFails() {
        try (var allocator = limitedTo(4 * MIB)) {
            final var blocks = fill(allocator, 1000);
            blocks.forEach(allocator::freeAddress);
            assertTrue(allocator.stats().cachedBytes() > 0);
            allocator.allocateAddress(4 * MIB - 64 * 1024);
            assertEquals(0, allocator.stats().cachedBytes());
        }
    }

    @Test
    void errorSaysWhatWasWantedAndWhatThereIs() {
        try (var allocator = limitedTo(16 * MIB)) {
            allocator.allocateAddress(12 * MIB);
            final long allocated = allocator.stats().allocatedBytes();
            final long committed = allocator.stats().committedBytes();
            final var error = assertThrows(OutOfMemoryError.class, () -> allocator.allocate(5 * MIB, 1));
            assertEquals("%d bytes requested, %d allocated, 0 volatile, %d committed, limit %d"
                    .formatted(5 * MIB, allocated, committed, 16 * MIB), error.getMessage());
        }
    }

    @Test
    void failureLeavesEverythingAsItWas() {
        try (var allocator = limitedTo(16 * MIB)) {
            final var blocks = fill(allocator, 100_000);
            allocator.purge();
            final var before = allocator.stats();
            for (final long size : new long[] {200_000, 2 * MIB, 100 * MIB}) {
                assertThrows(OutOfMemoryError.class, () -> allocator.allocate(size));
            }
            final var after = allocator.stats();
            assertEquals(before.committedBytes(), after.committedBytes());
            assertEquals(before.allocatedBytes(), after.allocatedBytes());
            assertEquals(before.activeBytes(), after.activeBytes());
            blocks.forEach(allocator::freeAddress);
            assertTrue(allocator.checkInvariants());
        }
    }

    @Test
    void smallestLimitAllowsNothingAndSaysSo() {
        try (var allocator = limitedTo(Platform.memory().pageSize())) {
            assertThrows(OutOfMemoryError.class, () -> allocator.allocate(1));
            assertThrows(OutOfMemoryError.class, () -> allocator.allocate(100_000));
            assertEquals(0, allocator.stats().committedBytes());
            assertTrue(allocator.checkInvariants());
        }
    }

    @Test
    void softLimitPurgesButNeverFails() {
        try (var allocator = allocator(OffHeapAllocator.builder().softLimit(8 * MIB))) {
            allocator.freeAddress(allocator.allocateAddress(6 * MIB));
            assertEquals(0, allocator.stats().bytesPurged());
            final long one = allocator.allocateAddress(7 * MIB);        // the volatile 6 MiB do not serve it
            assertTrue(allocator.stats().bytesPurged() > 0);
            assertTrue(allocator.stats().committedBytes() <= 8 * MIB, () -> allocator.stats().page());
            final long other = allocator.allocateAddress(20 * MIB);
            assertTrue(allocator.stats().committedBytes() >= 27 * MIB);
            allocator.freeAddress(one);
            allocator.freeAddress(other);
            assertTrue(allocator.checkInvariants());
        }
    }

    /// A limit on what others use, as a test says.
    private static final class Others implements PressureSource {
        private volatile MemoryReading reading;

        void use(long limit, long usage) {
            reading = new MemoryReading(limit, usage);
        }

        @Override
        public String name() {
            return "others";
        }

        @Override
        public Optional<MemoryReading> read() {
            return Optional.ofNullable(reading);
        }

        @Override
        public void close() {
            reading = null;
        }
    }

    @Test
    void growthPurgesWhenOthersUseTheRoom() {
        final var others = new Others();
        others.use(1024 * MIB, 0);
        try (var allocator = allocator(OffHeapAllocator.builder(), others)) {
            allocator.allocate(MIB);
            final var touched = allocator.allocate(40 * MIB);
            touched.fill((byte) 1);
            allocator.free(touched);
            others.use(1024 * MIB, 1024 * MIB);
            final var blocks = new ArrayList<Long>();
            for (int i = 0; i < 40; i++) {
                blocks.add(allocator.allocateAddress((45 + i) * MIB));   // none fits what is volatile
                if (allocator.stats().volatileBytes() == 0) {
                    break;
                }
            }
            assertEquals(0, allocator.stats().volatileBytes());
            assertTrue(allocator.stats().directReclaims() > 0);
            blocks.forEach(allocator::freeAddress);
        }
    }

    @Test
    void sharedBudgetIsReadThroughItsFacade() {
        try (var budget = MemoryBudget.of(512 * MIB);
                var allocator = allocator(OffHeapAllocator.builder(), budget)) {
            final var block = allocator.allocate(MIB);
            assertEquals(MIB, block.byteSize());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(600)                                       // 8 s of one processor each, and a busy machine may give it a tenth of that
    void hardLimitIsNeverExceededUnderThreads(boolean virtual) throws Exception {
        final long limit = 32 * MIB;
        try (var allocator = limitedTo(limit)) {
            final var stop = new AtomicBoolean();
            final var watcher = new FutureTask<>(() -> {
                long most = 0;
                while (!stop.get()) {
                    final long now = allocator.stats().committedBytes();
                    assertTrue(now <= limit, () -> "committed " + now);
                    most = Math.max(most, now);
                }
                return most;
            });
            Thread.ofPlatform().daemon().start(watcher);
            final long refused = churn(allocator, virtual, SEED, 4, 10_000, 16 * MIB);
            stop.set(true);
            final long most = watcher.get();
            assertTrue(most > limit / 2, "most " + most);
            assertTrue(refused > 0, "the limit was never met");
            assertEquals(0, allocator.stats().allocatedBytes());
            assertTrue(allocator.checkInvariants());
        }
    }

    /// What others are purging at the moment is not lost: nobody fails while half of the limit is free. With one processor, and so one shard, what
    /// is volatile may serve them all for long.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(180)
    void nobodyFailsWhileEnoughIsVolatile(boolean virtual) throws Exception {
        try (var allocator = limitedTo(32 * MIB)) {
            final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            long seed = SEED;
            do {
                assertEquals(0, churn(allocator, virtual, seed, 4, 10_000, 3 * MIB), "seed " + seed);
                seed += 100;
            } while (allocator.stats().bytesPurged() == 0 && System.nanoTime() < deadline);
            assertTrue(allocator.stats().bytesPurged() > 0, "nothing had to be purged");
            assertTrue(allocator.checkInvariants());
        }
    }

    @Test
    @Timeout(60)
    void whatAnotherThreadIsGivingBackIsWaitedFor() throws Exception {
        final var purging = new CountDownLatch(1);
        final var goOn = new CountDownLatch(1);
        try (var fake = new FakeMemory(128 * MIB)) {
            final var slow = new DelegatingMemory(fake) {
                @Override
                public boolean advisesInBatches() {
                    return false;
                }

                @Override
                public void advise(long address, long size, Advice advice) {
                    if (advice == Advice.DONTNEED && purging.getCount() > 0) {
                        purging.countDown();
                        await(goOn);
                    }
                    super.advise(address, size, advice);
                }
            };
            final var options = OffHeapAllocator.builder().hardLimit(8 * MIB).decay(Duration.ofNanos(-1)).pressure().options();
            try (var allocator = new OffHeapAllocator(options, slow, new FakeTicker(), false)) {
                allocator.freeAddress(allocator.allocateAddress(6 * MIB));
                final var purge = new FutureTask<>(allocator::purge);
                Thread.ofPlatform().daemon().start(purge);
                await(purging);
                final var allocate = new FutureTask<>(() -> allocator.allocateAddress(5 * MIB));
                final var thread = Thread.ofPlatform().daemon().start(allocate);
                while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                }
                goOn.countDown();
                allocator.freeAddress(allocate.get());
                assertTrue(purge.get() >= 6 * MIB);
                assertTrue(allocator.checkInvariants());
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// {@return how often an allocation was refused}
    private static long churn(OffHeapAllocator allocator, boolean virtual, long firstSeed, int threads, int steps, long liveBytes)
            throws Exception {
        final var workers = new ArrayList<FutureTask<Long>>();
        for (int i = 0; i < threads; i++) {
            final long seed = firstSeed + i;
            final var worker = new FutureTask<>(() -> churn(allocator, new SplittableRandom(seed), steps, liveBytes));
            workers.add(worker);
            (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(worker);
        }
        long refused = 0;
        for (final var worker : workers) {
            refused += worker.get();
        }
        return refused;
    }

    private static long churn(OffHeapAllocator allocator, SplittableRandom random, int steps, long liveBytes) {
        final var live = new ArrayDeque<Long>();
        long bytes = 0;
        long refused = 0;
        for (int i = 0; i < steps; i++) {
            if (i % 16 == 0) {
                Thread.yield();                                         // virtual threads hold blocks at one time, on one processor too
            }
            final long size = 16 << 10 << random.nextInt(7) | random.nextLong(8192);
            while (!live.isEmpty() && bytes + size > liveBytes) {
                bytes -= free(allocator, live.removeFirst());
            }
            try {
                final long address = allocator.allocateAddress(size);
                live.add(address);
                bytes += allocator.usableSize(address);
                for (long at = 0; at < size; at += 4096) {
                    RawMemory.putByte(address + at, (byte) i);          // so that giving it back takes time
                }
            } catch (OutOfMemoryError e) {
                refused++;
                for (int k = 0; k < 5 && !live.isEmpty(); k++) {
                    bytes -= free(allocator, live.removeFirst());
                }
            }
        }
        live.forEach(allocator::freeAddress);
        return refused;
    }

    private static long free(OffHeapAllocator allocator, long address) {
        final long size = allocator.usableSize(address);
        allocator.freeAddress(address);
        return size;
    }
}
