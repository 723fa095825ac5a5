package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.debug.DebugListener;
import io.offheap.allocator.debug.DebugReport;
import io.offheap.allocator.debug.Debugging;
import io.offheap.allocator.debug.Guards;
import io.offheap.allocator.debug.MemoryError;
import io.offheap.allocator.debug.MemoryError.Kind;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.Race;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The safety kit, through the surfaces of an allocator.
class SafetyKitTest {

    private static final long SEED = 0xdeb;

    private final List<MemoryError> found = new CopyOnWriteArrayList<>();
    private final List<DebugReport> leaks = new CopyOnWriteArrayList<>();
    private final DebugListener listener = new DebugListener() {
        @Override
        public void found(MemoryError error) {
            found.add(error);
        }

        @Override
        public void leaked(DebugReport report) {
            leaks.add(report);
        }
    };

    private OffHeapAllocator allocator;

    private OffHeapAllocator open(Debugging options) {
        return open(OffHeapAllocator.builder(), options);
    }

    /// Without daemon, so that nothing happens between calls.
    private OffHeapAllocator open(OffHeapAllocator.Builder builder, Debugging options) {
        final var all = builder.pressure().managementBeans(false).debug(options.listener(listener)).options();
        allocator = new OffHeapAllocator(all, Platform.memory(), Ticker.SYSTEM, false);
        return allocator;
    }

    /// Every block sampled, and none on pages of its own.
    private static Debugging plain() {
        return Debugging.full().guards(Guards.NONE);
    }

    @AfterEach
    void close() {
        if (allocator != null) {
            allocator.close();
        }
    }

    private DebugReport report() {
        return allocator.debugReport().orElseThrow();
    }

    private static boolean names(Throwable recorded, String method) {
        return List.of(recorded.getStackTrace()).stream().anyMatch(frame -> frame.getMethodName().equals(method));
    }

    private long allocateHere(long size) {
        return allocator.allocateAddress(size);
    }

    private void freeHere(long address) {
        allocator.freeAddress(address);
    }

    // ---- double, foreign and interior frees

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 64, 1000, 20_000, 100_000, 3 << 20})
    void secondFreeSaysWhoFreedFirstAndWhoAllocated(long size) {
        open(plain());
        final long address = allocateHere(size);
        freeHere(address);
        assertSecondFreeTells(assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(address)));
        assertSecondFreeTells(assertThrows(IllegalArgumentException.class,
                () -> allocator.free(RawMemory.segment(address, size))));
        assertEquals(1, report().quarantinedBlocks());
    }

    private static void assertSecondFreeTells(IllegalArgumentException refused) {
        assertTrue(refused.getMessage().contains("freed already"), refused::getMessage);
        final var first = refused.getCause();
        assertTrue(first.getMessage().startsWith("freed first by thread"), first::getMessage);
        assertTrue(names(first, "freeHere"));
        assertTrue(first.getStackTrace()[0].getClassName().equals(SafetyKitTest.class.getName()));
        assertTrue(first.getCause().getMessage().startsWith("allocated by thread"), first.getCause()::getMessage);
        assertTrue(names(first.getCause(), "allocateHere"));
        assertNull(first.getCause().getCause());
    }

    @Test
    void secondFreeIsToldOfAfterTheMemoryCouldBeUsedAgain() {
        open(Debugging.sampled().sampling(1));
        final long address = allocateHere(100);
        freeHere(address);
        final var refused = assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(address));
        assertTrue(names(refused.getCause(), "freeHere"));
        assertTrue(names(refused.getCause().getCause(), "allocateHere"));
    }

    @Test
    void oneOfTwoFreesAtATimeIsRefused() {
        open(plain().quarantine(0));
        final var refused = new AtomicInteger();
        final int rounds = 500;
        try (var race = new Race()) {
            for (int round = 0; round < rounds; round++) {
                final long address = allocator.allocateAddress(64);
                final Race.Leg free = () -> {
                    try {
                        allocator.freeAddress(address);
                    } catch (IllegalArgumentException e) {
                        refused.incrementAndGet();
                    }
                };
                race.run(free, free);
            }
        }
        assertEquals(rounds, refused.get());
        assertEquals(0, report().knownBlocks());
    }

    @Test
    void addressInsideABlockIsToldFromAForeignOne() {
        open(plain());
        final long address = allocateHere(100);
        final var inside = assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(address + 16));
        assertTrue(inside.getMessage().contains("16 bytes from the start of the live block of 100 bytes"), inside::getMessage);
        assertTrue(names(inside.getCause(), "allocateHere"));
        final var foreign = assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(4096));
        assertTrue(foreign.getMessage().contains("foreign"), foreign::getMessage);
        freeHere(address);
    }

    @Test
    void segmentOfAnotherSizeIsRefusedToTheByte() {
        open(plain());
        final var segment = allocator.allocate(100, 1);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(segment.asSlice(0, 99)));
        assertThrows(IllegalArgumentException.class, () -> allocator.reallocate(segment.asSlice(0, 99), 10));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(MemorySegment.ofArray(new byte[100])));
        allocator.free(segment);
        assertThrows(IllegalArgumentException.class, () -> allocator.reallocate(segment, 10));
        assertThrows(IllegalArgumentException.class, () -> allocator.usableSize(segment.address()));
    }

    // ---- poison, redzones, quarantine

    @ParameterizedTest
    @ValueSource(longs = {1, 64, 1000, 20_000, 100_000})
    void writeAfterFreeIsFoundBeforeTheMemoryIsUsedAgain(long size) {
        open(plain().quarantine(2 * (size + 8192)));
        final long address = allocateHere(size);
        freeHere(address);
        RawMemory.putByte(address + size / 2, (byte) 1);
        while (report().quarantinedBlocks() > 0 && found.isEmpty()) {
            freeHere(allocateHere(size));
        }
        assertError(Kind.WRITE_AFTER_FREE, address, size, size / 2);
        assertTrue(found.getFirst().freed().orElseThrow().frames().getFirst().getMethodName().equals("freeHere"));
    }

    private void assertError(Kind kind, long address, long size, long offset) {
        assertEquals(1, found.size(), found::toString);
        final var error = found.getFirst();
        assertEquals(kind, error.kind());
        assertEquals(address, error.address());
        assertEquals(size, error.byteSize());
        assertEquals(offset, error.offset());
        assertEquals("allocateHere", error.allocated().orElseThrow().frames().getFirst().getMethodName());
        assertTrue(error.text().contains("allocateHere"), error::text);
    }

    @Test
    void reportLooksIntoTheQuarantineAndTellsOnce() {
        open(plain());
        final long address = allocateHere(64);
        freeHere(address);
        assertEquals(0, report().errorCount());
        RawMemory.putByte(address + 63, (byte) 1);
        assertEquals(1, report().errorCount());
        assertEquals(found, report().errors());
        assertError(Kind.WRITE_AFTER_FREE, address, 64, 63);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 48, 64, 1000, 4096, 20_000, 100_000, 1 << 20})
    void writeBehindABlockIsFoundWhenItIsFreed(long size) {
        open(plain());
        final long address = allocateHere(size);
        RawMemory.putByte(address + size, (byte) 1);
        assertEquals(List.of(), found);
        freeHere(address);
        assertError(Kind.OVERFLOW, address, size, size);
        assertEquals(0, report().knownBlocks());
    }

    @Test
    void reportFindsAnOverflowOfALiveBlock() {
        open(plain());
        final long address = allocateHere(64);
        RawMemory.putByte(address + 70, (byte) 1);
        assertEquals(1, report().errorCount());
        assertError(Kind.OVERFLOW, address, 64, 70);
        freeHere(address);
        assertEquals(1, report().errorCount());
    }

    @Test
    void freedMemoryIsPoisonedFreshMemoryIsJunkZeroedMemoryIsZero() {
        open(plain());
        final long address = allocateHere(100);
        for (int i = 0; i < 100; i++) {
            assertEquals(Debugging.FRESH, RawMemory.getByte(address + i));
        }
        freeHere(address);
        for (int i = 0; i < 100; i++) {
            assertEquals(Debugging.FREED, RawMemory.getByte(address + i));
        }
        for (final long size : new long[] {1, 100, 5000, 30_000, 100_000}) {
            for (int i = 0; i < 3; i++) {
                final var zeroed = allocator.allocate(size, 1);
                assertEquals(-1, zeroed.mismatch(MemorySegment.ofArray(new byte[(int) size])));
                zeroed.fill((byte) 7);
                allocator.free(zeroed);
            }
        }
        assertEquals(List.of(), found);
    }

    @Test
    void freedBlocksAreNotUsedAgainWhileThereIsRoomInQuarantine() {
        open(plain());
        final var seen = new HashSet<Long>();
        for (int i = 0; i < 1000; i++) {
            final long address = allocateHere(64);
            assertTrue(seen.add(address));
            freeHere(address);
        }
        assertEquals(1000, report().quarantinedBlocks());
        assertEquals(64_000, report().quarantinedBytes());
        assertTrue(allocator.checkInvariants());
    }

    @Test
    void quarantineGivesWayBeforeAnAllocationFails() {
        open(OffHeapAllocator.builder().hardLimit(16 << 20), plain().quarantine(1 << 30));
        for (int i = 0; i < 100; i++) {
            allocator.free(allocator.allocate(1 << 20, 1));
        }
        final var most = allocator.allocate(12 << 20, 1);
        assertEquals(0, report().quarantinedBlocks());
        allocator.free(most);
        assertTrue(allocator.checkInvariants());
        assertThrows(OutOfMemoryError.class, () -> allocator.allocate(17 << 20, 1));
        assertEquals(0, report().knownBlocks());
    }

    // ---- guard pages

    @Test
    void readBehindABlockIsFoundOnTheGuardPage() {
        open(Debugging.full());
        final long address = allocateHere(4096);
        assertEquals(0, RawMemory.getByte(address + 4096));
        freeHere(address);
        assertError(Kind.GUARD_TOUCHED, address, 4096, 4096);
    }

    @Test
    void readBeforeABlockIsFoundOnTheGuardPage() {
        open(Debugging.full());
        final long address = allocateHere(4096);
        assertEquals(0, RawMemory.getByte(address - 1));
        assertEquals(1, report().errorCount());
        assertError(Kind.GUARD_TOUCHED, address, 4096, -4096);
        freeHere(address);
    }

    @Test
    void writeBesideABlockOnItsPageIsFound() {
        open(Debugging.full());
        final long address = allocateHere(100);
        RawMemory.putByte(address - 3, (byte) 1);
        freeHere(address);
        assertError(Kind.OVERFLOW, address, 100, -3);
    }

    @Test
    void readAfterFreeIsFound() {
        open(Debugging.full());
        final long address = allocateHere(4000);
        RawMemory.putLong(address, 77);
        freeHere(address);
        assertEquals(0, report().errorCount());
        assertEquals(0, RawMemory.getLong(address));
        assertEquals(1, report().errorCount());
        assertError(Kind.TOUCHED_AFTER_FREE, address, 4000, -96);
        assertEquals("freeHere", found.getFirst().freed().orElseThrow().frames().getFirst().getMethodName());
    }

    @Test
    void writeAfterFreeIsFoundToTheByte() {
        open(Debugging.full());
        final long address = allocateHere(4000);
        freeHere(address);
        RawMemory.putByte(address + 123, (byte) 1);
        assertEquals(1, report().errorCount());
        assertError(Kind.WRITE_AFTER_FREE, address, 4000, 123);
    }

    @Test
    void blockOnPagesOfItsOwnIsAlignedAndAsLargeAsAskedFor() {
        open(Debugging.full());
        for (long alignment = 1; alignment <= 8192; alignment *= 2) {
            for (final long size : new long[] {0, 1, 100, 4096, 5000, Guards.LARGEST_BLOCK}) {
                final var segment = allocator.allocate(size, alignment);
                assertEquals(0, segment.address() % Math.max(alignment, 16));
                assertEquals(size, allocator.usableSize(segment.address()));
                segment.fill((byte) 1);
                allocator.free(segment);
            }
        }
        assertEquals(List.of(), found);
        assertTrue(allocator.checkInvariants());
    }

    @Test
    void noMoreBlocksHavePagesOfTheirOwnThanThereArePlaces() {
        open(Debugging.full().quarantine(0));
        final var blocks = new ArrayList<Long>();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < 2 * Guards.MOST; i++) {
                blocks.add(allocateHere(16));
            }
            // at the end of a page, and not where a slot of 16 bytes with a redzone would begin
            assertEquals(Guards.MOST, blocks.stream().filter(address -> (address & 4095) == 4080).count());
            blocks.forEach(allocator::freeAddress);
            blocks.clear();
        }
    }

    // ---- leaks

    @Test
    void whatIsLiveAtTheEndIsToldBySite() {
        open(plain());
        for (int i = 0; i < 3; i++) {
            allocateHere(100);
        }
        allocator.allocate(5000, 1);
        freeHere(allocateHere(7));
        allocator.close();
        assertEquals(1, leaks.size());
        final var report = leaks.getFirst();
        assertEquals(4, report.knownBlocks());
        assertEquals(5300, report.knownBytes());
        assertEquals(5300, report.estimatedBytes());
        assertEquals(List.of(5000L, 300L), report.sites().stream().map(site -> site.bytes()).toList());
        final var second = report.sites().getLast();
        assertEquals(3, second.blocks());
        assertEquals("allocateHere", second.frames().getFirst().getMethodName());
        assertTrue(report.page().contains("allocateHere"), report::page);
        assertTrue(report.page().contains("4 live blocks of 5300 bytes"), report::page);
    }

    @Test
    void nothingIsToldWhenEverythingWasFreed() {
        open(plain());
        freeHere(allocateHere(100));
        try (var arena = allocator.ofConfined()) {
            arena.allocate(10_000);
        }
        try (var arena = allocator.ofShared()) {
            arena.allocate(100);
        }
        allocator.free(allocator.allocateDirect(100));
        allocator.close();
        assertEquals(List.of(), leaks);
        assertEquals(List.of(), found);
    }

    @Test
    void whatTheCollectorFreesIsNoLeak() {
        open(plain());
        final ByteBuffer buffer = allocator.allocateDirect(1000);
        final var segment = allocator.ofAuto().allocate(2000);
        allocator.global().allocate(100);
        final var report = report();
        assertEquals(0, report.knownBlocks());
        assertEquals(List.of(), report.sites());
        assertEquals(3, report.collectedBlocks());
        buffer.putInt(0, 1);
        segment.set(ValueLayout.JAVA_BYTE, 1999, (byte) 1);
        allocator.close();
        assertEquals(List.of(), leaks);
    }

    @Test
    void openArenaShowsWhereItWasOpened() {
        open(plain());
        try (var arena = allocator.ofConfined()) {
            arena.allocate(10);
            final var site = report().sites().getFirst();
            assertEquals(ConfinedArena.FIRST_BLOCK, site.bytes());
            assertEquals("openArenaShowsWhereItWasOpened", site.frames().getFirst().getMethodName());
        }
    }

    /// A way to get a block, and how it ends.
    private record Surface(String name, Function<OffHeapAllocator, Long> address, Consumer<OffHeapAllocator> end) {}

    @Test
    void tracesBeginWithTheProgramWhateverItAsks() {
        final var arenas = new ArrayList<Arena>();
        final var buffers = new ArrayList<ByteBuffer>();
        final Consumer<OffHeapAllocator> closeArena = _ -> arenas.removeFirst().close();
        final List<Surface> surfaces = List.of(
                new Surface("block", all -> all.allocate(100_000).address(), OffHeapAllocator::close),
                new Surface("aligned block", all -> all.allocateUninitialized(100_000, 64).address(), OffHeapAllocator::close),
                new Surface("address", all -> all.allocateAddress(100_000), OffHeapAllocator::close),
                new Surface("reallocated", all -> all.reallocate(all.allocate(10), 100_000).address(), OffHeapAllocator::close),
                new Surface("buffer", all -> {
                    buffers.add(all.allocateDirect(100_000));
                    return MemorySegment.ofBuffer(buffers.getFirst()).address();
                }, all -> all.free(buffers.removeFirst())),
                new Surface("kept buffer", all -> {
                    buffers.add(all.allocateDirect(100_000));
                    return MemorySegment.ofBuffer(buffers.getFirst()).address();
                }, OffHeapAllocator::close),
                new Surface("confined", all -> allocated(arenas, all.ofConfined()), closeArena),
                new Surface("shared", all -> allocated(arenas, all.ofShared()), closeArena),
                new Surface("automatic", all -> allocated(arenas, all.ofAuto()), OffHeapAllocator::close),
                new Surface("global", all -> allocated(arenas, all.global()), OffHeapAllocator::close));
        final var wrong = new ArrayList<String>();
        for (final var surface : surfaces) {
            found.clear();
            open(plain());
            final long address = surface.address.apply(allocator);
            RawMemory.putByte(address + 100_000, (byte) 1);
            surface.end.accept(allocator);
            allocator.close();
            final var traces = found.stream().flatMap(error -> error.allocated().stream()).toList();
            wrong.addAll(traces.isEmpty() ? List.of(surface.name + ": nothing found") : List.of());
            traces.stream().map(trace -> trace.frames().getFirst()).filter(frame -> !frame.getClassName().equals(getClass().getName()))
                    .forEach(frame -> wrong.add(surface.name + ": " + frame));
        }
        assertEquals(List.of(), wrong);
    }

    private static long allocated(List<Arena> arenas, Arena arena) {
        arenas.add(arena);
        return arena.allocate(100_000).address();
    }

    @Test
    void estimatesFromFewBlocksAreRightOnAverage() {
        open(Debugging.sampled().sampling(4096));
        final var blocks = new ArrayList<Long>();
        for (int i = 0; i < 40_000; i++) {
            blocks.add(allocateHere(64));
        }
        final var report = report();
        assertTrue(report.knownBlocks() < 4000, () -> report.knownBlocks() + " sampled");
        assertEquals(64 * 40_000, report.estimatedBytes(), 64 * 20_000);            // ten standard deviations
        blocks.forEach(allocator::freeAddress);
        assertEquals(0, report().knownBlocks());
    }

    // ---- what it does to everything else

    @Test
    void withoutTheKitThereIsNoReport() {
        open(Debugging.off());
        assertTrue(allocator.debugReport().isEmpty());
        final long address = allocateHere(64);
        freeHere(address);
        assertNull(assertThrows(IllegalArgumentException.class, () -> freeHere(address)).getCause());
    }

    @Test
    void sampledBlocksAreAmongTheOthers() {
        open(Debugging.sampled().sampling(200));
        final var random = new SplittableRandom(SEED);
        final var blocks = new ArrayList<MemorySegment>();
        for (int i = 0; i < 2000; i++) {
            final var segment = allocator.allocate(random.nextInt(300), 1L << random.nextInt(7));
            assertTrue(allocator.usableSize(segment.address()) >= segment.byteSize());
            segment.fill((byte) i);
            blocks.add(allocator.reallocate(segment, random.nextInt(300)));
        }
        final long sampled = report().knownBlocks();
        assertTrue(sampled > 0 && sampled < 2000, () -> sampled + " sampled");
        blocks.forEach(allocator::free);
        blocks.forEach(segment -> assertThrows(IllegalArgumentException.class, () -> allocator.free(segment)));
        assertEquals(0, allocator.stats().allocatedBytes());
        assertTrue(allocator.checkInvariants());
    }

    @Test
    void reallocateMovesAndKeepsWhatFits() {
        open(plain());
        var segment = allocator.allocate(100, 1);
        for (int i = 0; i < 100; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) i);
        }
        for (final long size : new long[] {101, 5000, 100_000, 60}) {
            final var moved = allocator.reallocate(segment, size);
            assertNotEquals(segment.address(), moved.address());
            assertEquals(size, moved.byteSize());
            assertEquals(size, allocator.segmentOf(moved.address()).byteSize());
            for (int i = 0; i < 60; i++) {
                assertEquals((byte) i, moved.get(ValueLayout.JAVA_BYTE, i));
            }
            segment = moved;
        }
        allocator.free(segment);
        assertEquals(0, report().knownBlocks());
    }

    @Test
    void failedAllocationLeavesNothingBehind() {
        open(OffHeapAllocator.builder().hardLimit(4 << 20), Debugging.full());
        assertThrows(OutOfMemoryError.class, () -> allocator.allocate(8 << 20, 1));
        assertThrows(OutOfMemoryError.class, () -> {
            while (true) {
                allocateHere(4096);
            }
        });
        assertTrue(report().knownBlocks() > 0);
        assertTrue(allocator.checkInvariants());
    }

    @Test
    void listenerThatThrowsDoesNoHarm() {
        final var told = new AtomicLong();
        final var throwing = new DebugListener() {
            @Override
            public void found(MemoryError error) {
                told.incrementAndGet();
                throw new IllegalStateException("from the test");
            }

            @Override
            public void leaked(DebugReport report) {
                told.incrementAndGet();
                throw new IllegalStateException("from the test");
            }
        };
        final var options = OffHeapAllocator.builder().pressure().managementBeans(false)
                .debug(plain().listener(throwing)).options();
        allocator = new OffHeapAllocator(options, Platform.memory(), Ticker.SYSTEM, false);
        final long address = allocateHere(64);
        allocateHere(64);
        RawMemory.putByte(address + 64, (byte) 1);
        freeHere(address);
        assertEquals(1, told.get());
        allocator.close();
        assertEquals(2, told.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"on,sampling=1000", "full", "sampled,sampling=1000", "on,quarantine=64k,sampling=200"})
    void everySurfaceWorksFromManyThreads(String options) {
        open(OffHeapAllocator.builder().zeroOnFree(true), Debugging.parse(options));
        try (var race = new Race()) {
            race.run(() -> useEverything(1), () -> useEverything(2), () -> useEverything(3), () -> {
                for (int i = 0; i < 20; i++) {
                    assertEquals(0, report().errorCount(), found::toString);
                }
            });
        }
        assertEquals(List.of(), found);
        assertEquals(0, report().knownBlocks());
        assertTrue(allocator.checkInvariants());
    }

    private void useEverything(long thread) {
        final var random = new SplittableRandom(SEED + thread);
        for (int i = 0; i < 300; i++) {
            final int size = random.nextInt(10) == 0 ? random.nextInt(200_000) : random.nextInt(2000);
            useOnce(size);
        }
    }

    private void useOnce(int size) {
        final var segment = allocator.allocate(size, 64);
        segment.fill((byte) 1);
        allocator.free(allocator.reallocate(segment, size / 2));
        final long address = allocator.allocateAddress(size);
        RawMemory.segment(address, size).fill((byte) 2);
        allocator.freeAddress(address);
        try (var arena = allocator.ofConfined()) {
            arena.allocateUninitialized(size, 8).fill((byte) 3);
        }
        final var buffer = allocator.allocateDirect(size);
        while (buffer.hasRemaining()) {
            assertEquals(0, buffer.get());
        }
        allocator.free(buffer);
        try (var memory = allocator.allocateVolatile(size)) {
            assertEquals(size, memory.byteSize());
        }
    }
}
