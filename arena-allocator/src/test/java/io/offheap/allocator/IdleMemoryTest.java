package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Memory that nobody uses leaves the process.
class IdleMemoryTest {

    private static final long MIB = 1L << 20;
    private static final long BURST = 128 * MIB;

    /// The Java heap and its compiler grow and shrink too: what stays after each burst is ours.
    private static final int TRIES = 5;

    /// {@return resident bytes of this process without those of files: the heap and ours}
    private static long residentBytes() {
        try {
            final var fields = Files.readString(Path.of("/proc/self/statm")).split(" ");
            return (Long.parseLong(fields[1]) - Long.parseLong(fields[2])) * Platform.memory().pageSize();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void burst(OffHeapAllocator allocator, long blockSize) {
        final var blocks = new ArrayList<Long>();
        for (long bytes = 0; bytes < BURST; bytes += blockSize) {
            final long address = allocator.allocateAddress(blockSize);
            for (long at = 0; at < blockSize; at += 64) {
                RawMemory.putByte(address + at, (byte) 1);
            }
            blocks.add(address);
        }
        blocks.forEach(allocator::freeAddress);
    }

    private static boolean await(BooleanSupplier condition, Duration most) {
        final long deadline = System.nanoTime() + most.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
        return true;
    }

    /// {@return by how many bytes the process is larger after a burst and a purge}
    private static long grownByABurst(OffHeapAllocator allocator, long blockSize) {
        System.gc();
        final long before = residentBytes();
        burst(allocator, blockSize);
        final long peak = allocator.stats().residentBytes();            // of the process it is hidden by the heap's moves
        assertTrue(peak > BURST / 2, "the burst was not resident: " + peak);
        final long given = allocator.purge();
        System.gc();                                                    // the test's own list
        final long grown = residentBytes() - before;
        System.out.printf("blocks of %d: peak +%d MiB, after purge %+d KiB, given back %d MiB%n",
                blockSize, peak / MIB, grown / 1024, given / MIB);
        return grown;
    }

    @ParameterizedTest
    @ValueSource(longs = {256, 10_000, 100_000, 4 << 20})
    void purgeAfterABurstLeavesTheProcessAsSmallAsBefore(long blockSize) {
        try (var allocator = OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().build()) {
            burst(allocator, blockSize);                                // warm-up: code, tables
            allocator.purge();
            final long most = 16 * MIB;
            long grown = Long.MAX_VALUE;
            for (int i = 0; i < TRIES && grown > most; i++) {
                grown = Math.min(grown, grownByABurst(allocator, blockSize));
            }
            assertTrue(grown <= most, "grown by " + grown);
            final var stats = allocator.stats();
            assertEquals(0, stats.volatileBytes());
            assertTrue(stats.residentBytes() < 4 * MIB, stats::page);
            assertTrue(allocator.checkInvariants());
        }
    }

    @Test
    void idleMemoryDecaysByItself() {
        try (var allocator = OffHeapAllocator.builder().decay(Duration.ofMillis(100)).pressure().build()) {
            final long before = residentBytes();
            burst(allocator, 100_000);
            final long start = System.nanoTime();
            assertTrue(await(() -> allocator.stats().volatileBytes() == 0, Duration.ofSeconds(20)), () -> allocator.stats().page());
            System.out.printf("decay 100 ms: nothing volatile after %d ms%n", (System.nanoTime() - start) / 1_000_000);
            assertTrue(await(() -> allocator.stats().bytesPurged() >= BURST, Duration.ofSeconds(20)), () -> allocator.stats().page());
            assertTrue(await(() -> residentBytes() - before < BURST / 4, Duration.ofSeconds(20)), "still resident");
            assertTrue(allocator.checkInvariants());
        }
    }

    @Test
    void slotsOfAThreadThatEndedAreGivenBackByItself() throws Exception {
        try (var allocator = OffHeapAllocator.builder().decay(Duration.ofMillis(100)).pressure().build()) {
            final var thread = Thread.ofPlatform().start(() -> burst(allocator, 4000));
            thread.join();
            assertTrue(await(() -> allocator.stats().cachedBytes() == 0 && allocator.stats().activeBytes() == 0
                    && allocator.stats().volatileBytes() == 0, Duration.ofSeconds(20)), () -> allocator.stats().page());
        }
    }

    @Test
    void idleMemoryStaysForEverWhenDecayIsOff() {
        try (var allocator = OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().build();
                var decaying = OffHeapAllocator.builder().decay(Duration.ofMillis(50)).pressure().build()) {
            burst(allocator, MIB);
            burst(decaying, MIB);
            assertTrue(await(() -> decaying.stats().volatileBytes() == 0, Duration.ofSeconds(20)));
            assertEquals(0, allocator.stats().bytesPurged());
            assertTrue(allocator.stats().volatileBytes() >= BURST);
        }
    }
}
