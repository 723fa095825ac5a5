package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.RawMemory;
import io.offheap.testkit.FakeMemory;
import io.offheap.testkit.FakeTicker;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every mistake of a caller throws with the offending values and changes nothing.
@Tag("portable")
class BadInputTest {

    private static final long PAGE = FakeMemory.PAGE_SIZE;
    private static final long MIB = 1L << 20;
    private static final long LARGE = 100_000;

    private final FakeMemory os = new FakeMemory(128L << 20);
    private final OffHeapAllocator allocator = new OffHeapAllocator(
            OffHeapAllocator.builder().name("bad").hardLimit(16 * MIB).pressure().options(), os, new FakeTicker(), false);

    @AfterEach
    void close() {
        allocator.close();
        os.close();
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }

    private <T extends Throwable> void refused(Class<T> expected, Executable call, String... inMessage) {
        final var before = allocator.stats();
        final var thrown = assertThrows(expected, call);
        assertEquals(expected, thrown.getClass());
        for (final var part : inMessage) {
            assertTrue(thrown.getMessage().contains(part), () -> "'" + thrown.getMessage() + "' without '" + part + "'");
        }
        assertEquals(before, allocator.stats());
        assertTrue(allocator.checkInvariants());
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, -16, Long.MIN_VALUE, Integer.MIN_VALUE})
    void negativeSizeIsRefused(long size) {
        final var block = allocator.allocate(10);
        final var text = "byteSize=" + size;
        refused(IllegalArgumentException.class, () -> allocator.allocate(size), text);
        refused(IllegalArgumentException.class, () -> allocator.allocate(size, 8), text);
        refused(IllegalArgumentException.class, () -> allocator.allocateUninitialized(size, 8), text);
        refused(IllegalArgumentException.class, () -> allocator.allocateAddress(size), text);
        refused(IllegalArgumentException.class, () -> allocator.reallocate(block, size), text);
        try (var arena = allocator.ofConfined()) {
            refused(IllegalArgumentException.class, () -> arena.allocate(size), text);
            refused(IllegalArgumentException.class, () -> arena.allocateUninitialized(size, 1), text);
        }
    }

    @Test
    void negativeCapacityIsRefused() {
        refused(IllegalArgumentException.class, () -> allocator.allocateDirect(-1), "capacity=-1");
        refused(IllegalArgumentException.class, () -> allocator.allocateDirect(Integer.MIN_VALUE), "capacity=-2147483648");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 3, 24, -8, 4095, Long.MIN_VALUE, Long.MAX_VALUE})
    void alignmentThatIsNoPowerOfTwoIsRefused(long alignment) {
        final var text = "byteAlignment=" + alignment;
        for (final long size : new long[] {0, 1, LARGE}) {
            refused(IllegalArgumentException.class, () -> allocator.allocate(size, alignment), text);
            refused(IllegalArgumentException.class, () -> allocator.allocateUninitialized(size, alignment), text);
            try (var arena = allocator.ofConfined()) {
                refused(IllegalArgumentException.class, () -> arena.allocate(size, alignment), text);
                refused(IllegalArgumentException.class, () -> arena.allocateUninitialized(size, alignment), text);
            }
        }
    }

    private record Request(long size, long alignment) {}

    private static Request[] tooLarge() {
        return new Request[] {
            new Request(Long.MAX_VALUE, 1), new Request(Long.MAX_VALUE, 1L << 62), new Request(1, 1L << 62),
            new Request(Long.MAX_VALUE - 4095, 4096), new Request((1L << 46) + 1, 1), new Request(1L << 46, 1L << 46),
            new Request(1L << 46, 1), new Request(0, 1L << 46), new Request(1L << 40, 1 << 20), new Request(17 * MIB, 1)};
    }

    @Test
    void sizeAndAlignmentThatExceedWhatCanBeAreOutOfMemory() {
        final var block = allocator.allocate(10);
        for (final var request : tooLarge()) {
            refused(OutOfMemoryError.class, () -> allocator.allocate(request.size, request.alignment));
            refused(OutOfMemoryError.class, () -> allocator.allocateUninitialized(request.size, request.alignment));
            if (request.size > LARGE) {
                refused(OutOfMemoryError.class, () -> allocator.allocateAddress(request.size));
                refused(OutOfMemoryError.class, () -> allocator.reallocate(block, request.size));
            }
            try (var arena = allocator.ofConfined()) {
                refused(OutOfMemoryError.class, () -> arena.allocate(request.size, request.alignment));
            }
        }
        refused(OutOfMemoryError.class, () -> allocator.allocateDirect(Integer.MAX_VALUE));
    }

    @Test
    void sizeAndAlignmentThatOverflowAreNamed() {
        refused(OutOfMemoryError.class, () -> allocator.allocate(Long.MAX_VALUE, 1L << 62),
                "byteSize=" + Long.MAX_VALUE, "byteAlignment=" + (1L << 62));
    }

    /// Every way to hand in an address that is none.
    private void refusedAsBlock(long address) {
        refused(IllegalArgumentException.class, () -> allocator.freeAddress(address), hex(address));
        refused(IllegalArgumentException.class, () -> allocator.usableSize(address), hex(address));
        refused(IllegalArgumentException.class, () -> allocator.segmentOf(address), hex(address));
        for (final long size : new long[] {0, 16, LARGE}) {
            final var segment = RawMemory.segment(address, size);
            refused(IllegalArgumentException.class, () -> allocator.free(segment), hex(address));
            refused(IllegalArgumentException.class, () -> allocator.reallocate(segment, 10), hex(address));
        }
    }

    @Test
    void foreignAddressIsRefused() {
        allocator.allocate(64);
        try (var arena = Arena.ofConfined();
                var other = new OffHeapAllocator(
                        OffHeapAllocator.builder().hardLimit(MIB).pressure().options(), os, new FakeTicker(), false)) {
            refusedAsBlock(arena.allocate(64).address());
            refusedAsBlock(other.allocate(64).address());
            refusedAsBlock(other.allocate(LARGE).address());
        }
        for (final long address : new long[] {0, 1, PAGE, 1L << 47, Long.MAX_VALUE - LARGE}) {
            refusedAsBlock(address);
        }
        refused(IllegalArgumentException.class, () -> allocator.freeAddress(-1), hex(-1));
        refused(IllegalArgumentException.class, () -> allocator.freeAddress(Long.MIN_VALUE), hex(Long.MIN_VALUE));
    }

    @Test
    void addressInsideASmallBlockIsRefused() {
        final long address = allocator.allocate(1000).address();
        for (final long offset : new long[] {1, 8, 16, 512, 1008, 1023}) {
            refusedAsBlock(address + offset);
        }
        allocator.freeAddress(address);
    }

    @Test
    void addressInsideALargeBlockIsRefused() {
        final long address = allocator.allocate(LARGE).address();
        for (final long offset : new long[] {1, 16, PAGE, 5 * PAGE, 24 * PAGE, 24 * PAGE + 16, LARGE - 1}) {
            refusedAsBlock(address + offset);
        }
        allocator.freeAddress(address);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 48, 1024, 2048, 14336})
    void slotThatWasNeverHandedOutIsRefused(int size) {
        final long address = allocator.allocateAddress(size);
        int refusals = 0;
        for (long slot = address + size; slot < address + 256L * size; slot += size) {
            final long neighbour = slot;
            refused(IllegalArgumentException.class, () -> allocator.freeAddress(neighbour), hex(neighbour));
            refusals++;
        }
        assertEquals(255, refusals);
        allocator.freeAddress(address);
    }

    @Test
    void whatLiesBehindTheLastSlotOfASlabIsRefused() {
        final long address = allocator.allocateAddress(48);
        for (long inside = address; inside < address + 64 * PAGE; inside += 16) {
            if ((inside - address) % 48 != 0) {
                final long foreign = inside;
                assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(foreign));
            }
        }
        assertTrue(allocator.checkInvariants());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 16, 1000, 14336, 14337, 100_000, 3_000_000})
    void doubleFreeIsRefused(long size) {
        allocator.allocate(size);
        final long address = allocator.allocateAddress(size);
        allocator.freeAddress(address);
        refusedAsBlock(address);
        allocator.purge();
        refusedAsBlock(address);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 16, 1000, 14336, 14337, 100_000, 3_000_000})
    void doubleFreeOfASegmentIsRefused(long size) {
        final var segment = allocator.allocate(size);
        allocator.free(segment);
        refused(IllegalArgumentException.class, () -> allocator.free(segment), hex(segment.address()));
        refused(IllegalArgumentException.class, () -> allocator.reallocate(segment, 10), hex(segment.address()));
    }

    @Test
    void doubleFreeIsRefusedWhenTheSlabWasGivenBackAndBuiltAgain() {
        final var addresses = new long[1000];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = allocator.allocateAddress(64);
        }
        for (final long address : addresses) {
            allocator.freeAddress(address);
        }
        allocator.purge();
        final long reused = allocator.allocateAddress(64);
        for (final long address : addresses) {
            if (address != reused) {
                assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(address), () -> hex(address));
            }
        }
        assertTrue(allocator.checkInvariants());
        assertEquals(64, allocator.stats().allocatedBytes());
    }

    @Test
    void segmentOfAnotherSizeIsRefused() {
        final var small = allocator.allocate(75);
        final var large = allocator.allocate(LARGE);
        for (final var wrong : new MemorySegment[] {
            RawMemory.segment(small.address(), 81), RawMemory.segment(small.address(), 64), small.asSlice(0, 0),
            RawMemory.segment(large.address(), LARGE - 1), RawMemory.segment(large.address(), LARGE + 1), large.asSlice(0, 8)}) {
            refused(IllegalArgumentException.class, () -> allocator.free(wrong),
                    hex(wrong.address()), wrong.byteSize() + " bytes");
            refused(IllegalArgumentException.class, () -> allocator.reallocate(wrong, 10),
                    hex(wrong.address()), wrong.byteSize() + " bytes");
        }
        allocator.free(small);
        allocator.free(large);
    }

    @Test
    void heapSegmentIsRefused() {
        final var heap = MemorySegment.ofArray(new byte[10]);
        refused(IllegalArgumentException.class, () -> allocator.free(heap), "off-heap");
        refused(IllegalArgumentException.class, () -> allocator.reallocate(heap, 20), "off-heap");
    }

    @ParameterizedTest
    @ValueSource(longs = {700, 20_000})
    void segmentOfAnArenaIsRefused(long size) {
        try (var arena = allocator.ofConfined()) {
            final var segment = arena.allocate(size);
            refused(IllegalArgumentException.class, () -> allocator.free(segment), hex(segment.address()));
            refused(IllegalArgumentException.class, () -> allocator.reallocate(segment, 10), hex(segment.address()));
            segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        }
    }

    @Test
    void firstBlockOfAnArenaIsRefusedByItsAddress() {
        try (var arena = allocator.ofConfined()) {
            final long address = arena.allocate(16).address();
            refused(IllegalArgumentException.class, () -> allocator.freeAddress(address), hex(address));
            refused(IllegalArgumentException.class, () -> allocator.usableSize(address), hex(address));
        }
    }

    private Map<String, Executable> everyCall(MemorySegment small, MemorySegment large) {
        final var calls = new LinkedHashMap<String, Executable>();
        calls.put("allocate", () -> allocator.allocate(10));
        calls.put("allocate nothing", () -> allocator.allocate(0));
        calls.put("allocate large", () -> allocator.allocate(LARGE, 64));
        calls.put("allocateUninitialized", () -> allocator.allocateUninitialized(10, 8));
        calls.put("allocateUninitialized large", () -> allocator.allocateUninitialized(LARGE, 8));
        calls.put("allocateAddress", () -> allocator.allocateAddress(10));
        calls.put("allocateAddress nothing", () -> allocator.allocateAddress(0));
        calls.put("allocateAddress large", () -> allocator.allocateAddress(LARGE));
        calls.put("freeAddress", () -> allocator.freeAddress(small.address()));
        calls.put("freeAddress large", () -> allocator.freeAddress(large.address()));
        calls.put("freeAddress foreign", () -> allocator.freeAddress(16));
        calls.put("free", () -> allocator.free(small));
        calls.put("free large", () -> allocator.free(large));
        calls.put("usableSize", () -> allocator.usableSize(small.address()));
        calls.put("segmentOf", () -> allocator.segmentOf(large.address()));
        calls.put("reallocate", () -> allocator.reallocate(small, 10));
        calls.put("reallocate large", () -> allocator.reallocate(large, 2 * LARGE));
        calls.put("ofConfined", allocator::ofConfined);
        calls.put("allocateDirect", () -> allocator.allocateDirect(10));
        calls.put("purge", allocator::purge);
        calls.put("stats", allocator::stats);
        return calls;
    }

    @Test
    void everyCallIsRefusedAfterClose() throws Exception {
        final var small = allocator.allocate(10);
        final var large = allocator.allocate(LARGE);
        allocator.close();
        final long calls = os.calls();
        final var byMe = everyCall(small, large);
        byMe.forEach((name, call) -> {
            final var refused = assertThrows(IllegalStateException.class, call, name);
            assertEquals("allocator bad is closed", refused.getMessage());
        });
        final int[] refusals = new int[1];
        final var other = Thread.ofPlatform().start(() -> byMe.values().forEach(call -> {
            assertThrows(IllegalStateException.class, call);
            refusals[0]++;
        }));
        other.join();
        assertEquals(byMe.size(), refusals[0]);
        assertEquals(calls, os.calls());
        allocator.close();
        assertEquals("OffHeapAllocator[bad, closed]", allocator.toString());
        assertEquals(0, small.get(ValueLayout.JAVA_BYTE, 9));
        assertEquals(0, large.get(ValueLayout.JAVA_BYTE, LARGE - 1));
    }

    @Test
    void closeIsRefusedWhileAnArenaIsOpen() {
        final var arena = allocator.ofConfined();
        final var other = allocator.ofConfined();
        refused(IllegalStateException.class, allocator::close, "2 arenas");
        arena.close();
        refused(IllegalStateException.class, allocator::close, "1 arenas");
        other.close();
    }

    private static void refusedOption(Executable build, String... inMessage) {
        final var thrown = assertThrows(IllegalArgumentException.class, build);
        for (final var part : inMessage) {
            assertTrue(thrown.getMessage().contains(part), () -> "'" + thrown.getMessage() + "' without '" + part + "'");
        }
    }

    @Test
    void limitBelowOnePageIsRefused() {
        refusedOption(() -> OffHeapAllocator.builder().hardLimit(0), "hardLimit=0");
        refusedOption(() -> OffHeapAllocator.builder().hardLimit(-5), "hardLimit=-5");
        refusedOption(() -> OffHeapAllocator.builder().softLimit(0), "softLimit=0");
        refusedOption(() -> OffHeapAllocator.builder().softLimit(Long.MIN_VALUE), "softLimit=" + Long.MIN_VALUE);
        refusedOption(OffHeapAllocator.builder().hardLimit(4095)::build, "hardLimit=4095", "one page");
        refusedOption(OffHeapAllocator.builder().softLimit(4095)::build, "softLimit=4095", "one page");
    }

    @Test
    void softLimitAboveTheHardOneIsRefused() {
        refusedOption(OffHeapAllocator.builder().hardLimit(8192).softLimit(8193)::build, "softLimit=8193", "hardLimit=8192");
    }

    @Test
    void negativeDecayOtherThanMinusOneIsRefused() {
        for (final var decay : new Duration[] {
            Duration.ofNanos(-2), Duration.ofMillis(-2), Duration.ofSeconds(-10), Duration.ofSeconds(Long.MIN_VALUE)}) {
            refusedOption(() -> OffHeapAllocator.builder().decay(decay), "decay=" + decay);
        }
        for (final var never : new Duration[] {Duration.ofNanos(-1), Duration.ofMillis(-1), Duration.ofSeconds(-1)}) {
            assertEquals(-1, OffHeapAllocator.builder().decay(never).options().decayNanos());
        }
        refusedOption(() -> OffHeapAllocator.builder().decay(Duration.ofDays(366)), "decay=" + Duration.ofDays(366));
    }

    @Test
    void otherOptionsOutOfRangeAreRefused() {
        refusedOption(() -> OffHeapAllocator.builder().shards(0), "shards=0");
        refusedOption(() -> OffHeapAllocator.builder().shards(1025), "shards=1025");
        refusedOption(() -> OffHeapAllocator.builder().name(""), "empty");
    }

    @Test
    void refusedLimitsReserveNothing() {
        final long before = os.reservedBytes();
        final var options = OffHeapAllocator.builder().hardLimit(PAGE - 1).pressure().options();
        assertThrows(IllegalArgumentException.class,
                () -> new OffHeapAllocator(options, os, new FakeTicker(), false));
        assertEquals(before, os.reservedBytes());
    }
}
