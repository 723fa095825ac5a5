package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HugePagesTest {

    private static final long MIB = 1L << 20;
    private static final long UNIT = 2 * MIB;
    private static final long PROBE = 16 * MIB;
    private static final long SEED = 20261121;

    private static final SystemMemory OS = Platform.memory();

    private static OffHeapAllocator allocator(HugePages hugePages) {
        return OffHeapAllocator.builder().hugePages(hugePages).decay(Duration.ofNanos(-1)).pressure().build();
    }

    private static void touch(long address, long size) {
        for (long at = address; at < address + size; at += 4096) {
            RawMemory.putByte(at, (byte) 1);
        }
    }

    /// {@return bytes of huge pages in the mapping that holds an address, as the kernel says}
    private static long hugeBytesAt(long address) throws IOException {
        boolean inside = false;
        for (final var line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            final var words = line.split("[- ]+");
            if (words[0].matches("[0-9a-f]{6,}")) {
                inside = Long.parseUnsignedLong(words[0], 16) <= address && address < Long.parseUnsignedLong(words[1], 16);
            } else if (inside && line.startsWith("AnonHugePages:")) {
                return Long.parseLong(words[1]) * 1024;
            }
        }
        throw new AssertionError("no mapping at 0x%x".formatted(address));
    }

    /// Skips the test where the kernel gives none to memory that asks for them by hand: it may be told to give none, to this process or to all,
    /// and where memory is in pieces or short it has none to give.
    private static void assumeHugePages() throws IOException {
        final long probe = OS.reserve(PROBE + UNIT);
        final long given;
        try {
            OS.advise(probe, PROBE + UNIT, SystemMemory.Advice.HUGEPAGE);
            final long start = (probe + UNIT - 1) / UNIT * UNIT;
            touch(start, PROBE);
            given = hugeBytesAt(start);
        } finally {
            OS.release(probe, PROBE + UNIT);
        }
        final var reason = "the kernel gives huge pages for %d of %d bytes".formatted(given, PROBE);
        if (given < PROBE) {
            System.out.println("HugePagesTest skipped: " + reason);
        }
        assumeTrue(given >= PROBE, reason);
    }

    @Test
    void largeBlockGetsHugePagesAndASmallerOneDoesNot() throws IOException {
        assumeHugePages();
        try (var allocator = allocator(HugePages.MADVISE)) {
            final long large = allocator.allocateAddress(16 * MIB);
            final long small = allocator.allocateAddress(MIB);
            touch(large, 16 * MIB);
            touch(small, MIB);
            assertEquals(0, large % UNIT);
            final long given = hugeBytesAt(large);
            if (given < 8 * MIB) {
                assumeHugePages();                                      // it may have had some a moment ago
            }
            assertTrue(given >= 8 * MIB, given + " bytes");
            assertEquals(0, hugeBytesAt(small));
            allocator.freeAddress(large);
            assertTrue(allocator.checkInvariants());
            allocator.purge();
            assertEquals(0, hugeBytesAt(large), "purged whole");
            assertTrue(allocator.stats().residentBytes() < 2 * MIB);
        }
    }

    @Test
    void withoutThemNothingIsOfHugePages() throws IOException {
        try (var allocator = allocator(HugePages.NEVER)) {
            final long large = allocator.allocateAddress(16 * MIB);
            touch(large, 16 * MIB);
            assertEquals(0, hugeBytesAt(large));
        }
    }

    @Test
    void blockThatWouldWasteMuchOfItsLastUnitIsOfBasePages() {
        try (var allocator = allocator(HugePages.MADVISE)) {
            allocator.allocateAddress(3 * MIB);
            assertEquals(3 * MIB, allocator.stats().activeBytes());
            allocator.allocateAddress(4 * MIB - 100);
            assertEquals(7 * MIB, allocator.stats().activeBytes());
            allocator.allocateAddress(19 * MIB);
            assertEquals(27 * MIB, allocator.stats().activeBytes());
        }
    }

    @Test
    void limitThatTheUnitExceedsIsServedWithBasePages() {
        try (var allocator = OffHeapAllocator.builder().hardLimit(20 * MIB).pressure().build()) {
            final long address = allocator.allocateAddress(19 * MIB + 500_000);
            touch(address, 19 * MIB);
            allocator.freeAddress(address);
            assertTrue(allocator.checkInvariants());
        }
    }

    /// Blocks of both kinds come, change their size and go.
    @Test
    void blocksOfBothKindsKeepTheirBytes() {
        System.out.println("HugePagesTest seed " + SEED);
        final var random = new SplittableRandom(SEED);
        try (var allocator = allocator(HugePages.MADVISE)) {
            final var live = new ArrayList<MemorySegment>();
            for (int step = 0; step < 2000; step++) {
                if (live.size() < 12 && random.nextInt(2) == 0) {
                    final var segment = allocator.allocateUninitialized(random.nextLong(64 << 10, 12 * MIB), 1);
                    RawMemory.putLong(segment.address(), segment.address());
                    RawMemory.putLong(segment.address() + (segment.byteSize() - 8 & -8), ~segment.address());
                    live.add(segment);
                } else if (!live.isEmpty()) {
                    final var segment = live.remove(random.nextInt(live.size()));
                    assertEquals(segment.address(), RawMemory.getLong(segment.address()));
                    assertEquals(~segment.address(), RawMemory.getLong(segment.address() + (segment.byteSize() - 8 & -8)));
                    if (random.nextInt(3) > 0) {
                        allocator.free(segment);
                    } else {
                        final long first = RawMemory.getLong(segment.address());
                        final var moved = allocator.reallocate(segment, random.nextLong(64 << 10, 12 * MIB));
                        assertEquals(first, RawMemory.getLong(moved.address()));
                        allocator.free(moved);
                    }
                }
                if (step % 50 == 0) {
                    assertTrue(allocator.checkInvariants());
                }
                if (step % 300 == 0) {
                    allocator.purge();
                }
            }
            live.forEach(allocator::free);
            assertTrue(allocator.checkInvariants());
        }
    }
}
