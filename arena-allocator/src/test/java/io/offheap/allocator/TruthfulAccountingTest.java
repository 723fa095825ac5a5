package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the statistics say about memory, against what the kernel says about our own addresses (`/proc/self/smaps`,
/// proc_pid_smaps(5)), when nobody uses the allocator.
class TruthfulAccountingTest {

    private static final long MIB = 1L << 20;
    private static final long UNIT = 2 * MIB;
    private static final int PAGE = 4096;

    /// Of one allocator's address ranges.
    private record Kernel(long resident, long lazyFree) {

        /// Our addresses are those that were not mapped before the allocator was there, as far as they have memory: what
        /// the JVM maps meanwhile counts too, so the test allocates nothing else worth mentioning.
        static Kernel look(List<Long> addresses) throws IOException {
            final var ours = new TreeMap<Long, Long>();
            addresses.forEach(address -> ours.put(address, address));
            long resident = 0;
            long lazyFree = 0;
            boolean isOurs = false;
            for (final var line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
                if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                    final var range = line.substring(0, line.indexOf(' ')).split("-");
                    final var found = ours.ceilingKey(Long.parseUnsignedLong(range[0], 16));
                    isOurs = found != null && found < Long.parseUnsignedLong(range[1], 16);
                } else if (isOurs && line.startsWith("Rss:")) {
                    resident += kib(line);
                } else if (isOurs && line.startsWith("LazyFree:")) {
                    lazyFree += kib(line);
                }
            }
            return new Kernel(resident, lazyFree);
        }

        private static long kib(String line) {
            return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
    }

    private static void agree(String what, long said, long kernel) {
        assertTrue(Math.abs(said - kernel) <= Math.max(UNIT, kernel / 100), () -> what + ": " + said + " said, the kernel "
                + kernel);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void statisticsAgreeWithTheKernelInEveryState(boolean lazy) throws IOException {
        final var options = OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).lazyFree(lazy).pressure().options();
        try (var allocator = new OffHeapAllocator(options, Platform.memory(), Ticker.SYSTEM, false)) {
            final var random = new SplittableRandom(17);
            final var blocks = new ArrayList<Long>();
            for (long bytes = 0; bytes < 96 * MIB; ) {
                final long size = 16L << random.nextInt(17);
                blocks.add(touched(allocator, size));
                bytes += size;
            }
            final var all = List.copyOf(blocks);
            check(allocator, all, "in use");
            // Large ones go, small ones stay: their runs are volatile.
            blocks.removeIf(address -> {
                final boolean goes = allocator.usableSize(address) >= 32 << 10;
                if (goes) {
                    allocator.freeAddress(address);
                }
                return goes;
            });
            check(allocator, all, "freed");
            assertTrue(allocator.stats().volatileBytes() > 20 * MIB);
            final long purged = allocator.purge();
            check(allocator, all, "purged");
            assertEquals(0, allocator.stats().volatileBytes());
            agree("purged bytes", allocator.stats().purgedBytes(), purged);
            for (int i = 0; i < 10; i++) {
                blocks.add(touched(allocator, 3 * MIB));
            }
            check(allocator, all, "in use again");
            blocks.forEach(allocator::freeAddress);
            check(allocator, all, "all freed");
            allocator.purge();
            check(allocator, all, "all purged");
        }
    }

    private static long touched(OffHeapAllocator allocator, long size) {
        final long address = allocator.allocateAddress(size);
        final long usable = allocator.usableSize(address);
        for (long at = 0; at < usable; at += PAGE) {
            RawMemory.putByte(address + at, (byte) 1);
        }
        RawMemory.putByte(address + usable - 1, (byte) 1);
        return address;
    }

    /// What is active or volatile was touched, so it is resident; what is purged or retained is not.
    private static void check(OffHeapAllocator allocator, List<Long> addresses, String state) throws IOException {
        assertTrue(allocator.checkInvariants());
        final var stats = allocator.stats();
        final var kernel = Kernel.look(addresses);
        agree(state + ", resident", stats.residentBytes(), kernel.resident);
        agree(state + ", active and volatile", stats.activeBytes() + stats.volatileBytes(), kernel.resident);
        agree(state + ", purged and retained", stats.mappedBytes() - stats.purgedBytes() - stats.retainedBytes(),
                kernel.resident);
        agree(state + ", lazily freed", stats.lazyFreeBytes(), kernel.lazyFree);
    }
}
