package io.offheap.allocator;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.VolatileMemory;
import io.offheap.memory.VolatileMemory.Pin;
import io.offheap.memory.os.Errno;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.OsException;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FakeTicker;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One volatile block at a time, and what becomes of it.
@Tag("portable")
@Timeout(60)
class VolatileMemoryTest {

    private static final long PAGE = Platform.memory().pageSize();
    private static final long MIB = 1L << 20;

    /// Refuses to give memory back when told to, after it has given a page back.
    private static final class Refusing extends DelegatingMemory {
        private boolean refuses;
        private final List<Advice> advices = new ArrayList<>();

        Refusing() {
            super(Platform.memory());
        }

        @Override
        public boolean advisesInBatches() {
            return false;
        }

        @Override
        public void advise(long address, long size, Advice advice) {
            advices.add(advice);
            if (refuses && advice == Advice.DONTNEED) {
                super.advise(address, PAGE, advice);
                throw Errno.EAGAIN.of("madvise", "refused by the test after a page");
            }
            super.advise(address, size, advice);
        }
    }

    private final Refusing os = new Refusing();
    private final FakeTicker clock = new FakeTicker(1);
    private OffHeapAllocator allocator = allocator(OffHeapAllocator.builder().decay(Duration.ofNanos(-1)));

    private OffHeapAllocator allocator(OffHeapAllocator.Builder builder) {
        return new OffHeapAllocator(builder.pressure().options(), os, clock, false);
    }

    private void use(OffHeapAllocator.Builder builder) {
        allocator.close();
        allocator = allocator(builder);
    }

    @AfterEach
    void check() {
        os.refuses = false;
        allocator.checkInvariants();
        allocator.close();
    }

    private static void write(MemorySegment segment, long value) {
        for (long i = 0; i < segment.byteSize() / 8; i++) {
            segment.setAtIndex(JAVA_LONG, i, value + i);
        }
    }

    private static void assertHolds(MemorySegment segment, long value) {
        for (long i = 0; i < segment.byteSize() / 8; i++) {
            assertEquals(value + i, segment.getAtIndex(JAVA_LONG, i));
        }
    }

    private static void assertZero(MemorySegment segment) {
        for (long i = 0; i < segment.byteSize(); i++) {
            assertEquals(0, segment.get(java.lang.foreign.ValueLayout.JAVA_BYTE, i));
        }
    }

    /// {@return a block that holds a value}
    private VolatileMemory written(long size, long value) {
        final var block = allocator.allocateVolatile(size);
        try (var pin = block.pinConfined()) {
            assertSame(Contents.INTACT, pin.contents());
            write(pin.segment(), value);
        }
        return block;
    }

    private static void assertIntact(VolatileMemory block, long value) {
        try (var pin = block.pinConfined()) {
            assertSame(Contents.INTACT, pin.contents());
            assertHolds(pin.segment(), value);
        }
    }

    private static void rebuild(VolatileMemory block, long value) {
        try (var pin = block.pinConfined()) {
            assertSame(Contents.PURGED, pin.contents());
            write(pin.segment(), value);
            pin.rebuilt();
            assertSame(Contents.PURGED, pin.contents());
        }
    }

    @Test
    void newBlockIsZeroWhoeverHadTheMemoryBefore() {
        final var dirty = allocator.allocate(64 * PAGE);
        dirty.fill((byte) 0x5a);
        allocator.free(dirty);
        final var block = allocator.allocateVolatile(64 * PAGE - 3);
        assertEquals(64 * PAGE - 3, block.byteSize());
        try (var pin = block.pin()) {
            assertSame(Contents.INTACT, pin.contents());
            assertEquals(64 * PAGE - 3, pin.segment().byteSize());
            assertEquals(0, pin.segment().address() % PAGE);
            assertZero(pin.segment());
        }
    }

    @Test
    void newBlockIsVolatileButZerosAreNoLoss() {
        final var block = allocator.allocateVolatile(4 * PAGE);
        assertEquals(4 * PAGE, allocator.stats().volatileBytes());
        assertEquals(4 * PAGE, allocator.purge());
        try (var pin = block.pin()) {
            assertSame(Contents.INTACT, pin.contents());
            assertZero(pin.segment());
            write(pin.segment(), 7);
        }
        assertIntact(block, 7);
        allocator.purge();
        rebuild(block, 8);
    }

    @Test
    void contentsStayUntilTheyArePurgedAndTheLossIsTold() {
        final var block = written(3 * PAGE, 42);
        assertIntact(block, 42);
        final long before = allocator.stats().committedBytes();
        assertEquals(3 * PAGE, allocator.purge());
        assertEquals(before - 3 * PAGE, allocator.stats().committedBytes());
        assertEquals(3 * PAGE, allocator.stats().purgedBytes());
        rebuild(block, 43);
        assertIntact(block, 43);
        assertEquals(before, allocator.stats().committedBytes());
    }

    @Test
    void aLossIsNotForgottenByAPinThatDoesNotMakeItGood() {
        final var block = written(PAGE, 1);
        allocator.purge();
        for (int i = 0; i < 3; i++) {
            try (var pin = block.pin()) {
                assertSame(Contents.PURGED, pin.contents());
                write(pin.segment(), 99);
            }
            allocator.checkInvariants();
        }
        allocator.purge();
        rebuild(block, 2);
        assertIntact(block, 2);
    }

    @Test
    void whatIsPinnedIsNotPurgedUntilTheLastPinIsClosed() {
        final var block = written(2 * PAGE, 5);
        final var outer = block.pin();
        final var inner = block.pinConfined();
        assertEquals(0, allocator.purge());
        outer.close();
        assertEquals(0, allocator.purge());
        assertEquals(2 * PAGE, allocator.stats().allocatedBytes());
        assertHolds(inner.segment(), 5);
        inner.close();
        assertEquals(0, allocator.stats().allocatedBytes());
        assertEquals(2 * PAGE, allocator.purge());
        rebuild(block, 6);
    }

    @Test
    void whoRebuildsMayPinAgainAndTheRebuildEndsWithTheLastOfThesePins() {
        final var block = written(PAGE, 5);
        allocator.purge();
        final var outer = block.pin();
        final var inner = block.pin();
        assertSame(Contents.PURGED, inner.contents());
        outer.close();
        write(inner.segment(), 6);
        inner.rebuilt();
        assertIntact(block, 6);
        inner.close();
        assertIntact(block, 6);

        allocator.purge();
        final var late = block.pin();
        late.close();
        allocator.purge();
        rebuild(block, 7);
    }

    @Test
    void rebuiltOfAnEarlierRebuildDoesNotEndALaterOne() {
        final var block = written(PAGE, 5);
        allocator.purge();
        try (var first = block.pin()) {
            write(first.segment(), 6);
            first.rebuilt();
            assertIntact(block, 6);
            first.rebuilt();
            assertIntact(block, 6);
        }
        final var stale = block.pin();
        stale.close();
        allocator.purge();
        try (var second = block.pin()) {
            assertSame(Contents.PURGED, second.contents());
            assertThrows(IllegalStateException.class, stale::rebuilt);
            rebuildableElsewhereOnlyAfter(block, second);
        }
    }

    /// Another thread waits for the rebuild.
    private static void rebuildableElsewhereOnlyAfter(VolatileMemory block, Pin rebuilding) {
        final var waiter = new Thread(() -> assertIntact(block, 9));
        final var thrown = new CompletableFuture<Throwable>();
        waiter.setUncaughtExceptionHandler((_, e) -> thrown.complete(e));
        waiter.start();
        while (waiter.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        write(rebuilding.segment(), 9);
        rebuilding.rebuilt();
        try {
            waiter.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertFalse(thrown.isDone(), () -> "the waiter failed: " + thrown.join());
    }

    @Test
    void allocatorRefusesToCloseWhileABlockIsPinnedAndClosesItOtherwise() {
        final var block = written(PAGE, 5);
        final var other = written(PAGE, 6);
        final var pin = block.pin();
        assertThrows(IllegalStateException.class, allocator::close);
        assertIntact(other, 6);
        assertHolds(pin.segment(), 5);
        pin.close();
        try (var arena = allocator.ofConfined()) {
            assertTrue(arena.scope().isAlive());
            assertThrows(IllegalStateException.class, allocator::close);
            assertIntact(block, 5);
        }
        allocator.close();
        assertThrows(IllegalStateException.class, block::pin);
        block.close();
        pin.close();
        allocator = allocator(OffHeapAllocator.builder());
        assertThrows(IllegalStateException.class, other::pin);
    }

    @Test
    void segmentDiesWithItsPinAlsoWhileOthersAreOpen() {
        final var block = written(PAGE, 5);
        try (var other = block.pin()) {
            for (final var pin : List.of(block.pin(), block.pinConfined())) {
                final var segment = pin.segment();
                assertHolds(segment, 5);
                pin.close();
                assertThrows(IllegalStateException.class, () -> segment.get(JAVA_LONG, 0));
                assertThrows(IllegalStateException.class, pin::rebuilt);
                pin.close();
            }
            assertHolds(other.segment(), 5);
        }
        allocator.purge();
        rebuild(block, 6);                              // the second closes counted nothing out
    }

    private static Throwable thrownElsewhere(Runnable action) {
        return assertThrows(CompletionException.class, CompletableFuture.runAsync(action)::join).getCause();
    }

    @Test
    void pinIsForEveryThreadAndConfinedPinForOne() {
        final var block = written(PAGE, 5);
        final var pin = block.pin();
        CompletableFuture.runAsync(() -> {
            assertHolds(pin.segment(), 5);
            pin.close();
        }).join();
        assertFalse(pin.segment().scope().isAlive());

        final var confined = block.pinConfined();
        assertSame(WrongThreadException.class, thrownElsewhere(() -> confined.segment().get(JAVA_LONG, 0)).getClass());
        assertSame(WrongThreadException.class, thrownElsewhere(confined::close).getClass());
        assertHolds(confined.segment(), 5);
        confined.close();
        assertEquals(PAGE, allocator.purge());
    }

    @Test
    void closeIsRefusedWhilePinnedAndGivesTheRunBackOtherwise() {
        final var block = written(16 * PAGE, 5);
        final var pin = block.pin();
        assertThrows(IllegalStateException.class, block::close);
        assertHolds(pin.segment(), 5);
        pin.close();
        block.close();
        block.close();
        assertThrows(IllegalStateException.class, block::pin);
        assertThrows(IllegalStateException.class, block::pinConfined);
        allocator.checkInvariants();
        final long mapped = allocator.stats().mappedBytes();
        final var again = allocator.allocateUninitialized(16 * PAGE, 1);
        assertEquals(mapped, allocator.stats().mappedBytes());
        allocator.free(again);

        final var purged = written(16 * PAGE, 6);
        allocator.purge();
        purged.close();
        allocator.checkInvariants();
        assertEquals(0, allocator.stats().volatileBytes());
    }

    @Test
    void blockIsNotFreedByItsAddress() {
        final var block = written(PAGE, 5);
        try (var pin = block.pin()) {
            final long address = pin.segment().address();
            final var raw = RawMemory.segment(address, PAGE);
            assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(address));
            assertThrows(IllegalArgumentException.class, () -> allocator.usableSize(address));
            assertThrows(IllegalArgumentException.class, () -> allocator.free(pin.segment()));
            assertThrows(IllegalArgumentException.class, () -> allocator.free(raw));
            assertThrows(IllegalArgumentException.class, () -> allocator.reallocate(raw, 1));
            assertHolds(pin.segment(), 5);
        }
        assertIntact(block, 5);
    }

    @Test
    void sizesAreCheckedAndZeroIsOne() {
        assertThrows(IllegalArgumentException.class, () -> allocator.allocateVolatile(-1));
        assertThrows(OutOfMemoryError.class, () -> allocator.allocateVolatile(Long.MAX_VALUE));
        try (var block = allocator.allocateVolatile(0)) {
            try (var pin = block.pin()) {
                assertEquals(0, pin.segment().byteSize());
            }
            assertEquals(PAGE, allocator.purge());
        }
        assertEquals(0, allocator.stats().allocatedBytes());
    }

    @Test
    void purgedBlockThatCannotBecomeResidentStaysPurgedAndUnpinned() {
        use(OffHeapAllocator.builder().hardLimit(8 * MIB).decay(Duration.ofNanos(-1)));
        final var block = written(4 * MIB, 5);
        allocator.purge();
        final var other = allocator.allocate(5 * MIB);
        final var before = allocator.stats();
        for (int i = 0; i < 3; i++) {
            assertThrows(OutOfMemoryError.class, block::pin);
            assertEquals(before.committedBytes(), allocator.stats().committedBytes());
            assertEquals(before.purgedBytes(), allocator.stats().purgedBytes());
            allocator.checkInvariants();
        }
        allocator.free(other);
        rebuild(block, 6);
        assertIntact(block, 6);
    }

    @Test
    void listenerMakesRoomForAPinButCannotPinTheSameBlock() {
        use(OffHeapAllocator.builder().hardLimit(8 * MIB).decay(Duration.ofNanos(-1)));
        final var block = written(4 * MIB, 5);
        allocator.purge();
        final var other = allocator.allocate(5 * MIB);
        final var told = new ArrayList<Throwable>();
        try (var _ = allocator.onPressure((_, _) -> {
            if (told.isEmpty()) {
                told.add(assertThrows(IllegalStateException.class, block::pin));
                allocator.free(other);
            }
        })) {
            rebuild(block, 6);
        }
        assertEquals(1, told.size());
    }

    @Test
    void growthTakesBlocksLeastRecentlyLetGoFirst() {
        use(OffHeapAllocator.builder().hardLimit(16 * MIB).decay(Duration.ofNanos(-1)).hugePages(HugePages.NEVER));
        final var maintenance = allocator.maintenance();
        final var blocks = new ArrayList<VolatileMemory>();
        for (int i = 0; i < 4; i++) {
            blocks.add(written(3 * MIB, i));
            clock.advance(1);
            maintenance.maintain(MemoryPressure.NONE, Long.MAX_VALUE);
        }
        assertIntact(blocks.get(0), 0);                 // the youngest now
        final var pin = blocks.get(1).pin();            // not to be had
        final var more = allocator.allocate(5 * MIB);
        rebuildable(blocks.get(2), Contents.PURGED);
        assertIntact(blocks.get(0), 0);
        assertHolds(pin.segment(), 1);
        pin.close();
        allocator.free(more);
    }

    private static void rebuildable(VolatileMemory block, Contents expected) {
        try (Pin pin = block.pin()) {
            assertSame(expected, pin.contents());
        }
    }

    @Test
    void decaySparesContentsAndPressureTakesThem() {
        use(OffHeapAllocator.builder().decay(Duration.ofSeconds(10)));
        final var maintenance = allocator.maintenance();
        final var block = written(4 * MIB, 5);
        allocator.free(allocator.allocate(2 * MIB));
        for (int i = 0; i < 100; i++) {
            clock.advance(Duration.ofSeconds(1).toNanos());
            maintenance.maintain(MemoryPressure.NONE, Long.MAX_VALUE);
        }
        assertEquals(4 * MIB, allocator.stats().volatileBytes());
        assertIntact(block, 5);
        maintenance.maintain(MemoryPressure.CRITICAL, 0);
        rebuild(block, 6);
        maintenance.maintain(MemoryPressure.SOME, 0);
        assertIntact(block, 6);
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofSeconds(1).toNanos());
            maintenance.maintain(MemoryPressure.SOME, 0);
        }
        rebuild(block, 7);
    }

    @Test
    void freesThatPurgeAtOnceSpareContents() {
        use(OffHeapAllocator.builder().decay(Duration.ZERO));
        final var block = written(4 * PAGE, 5);
        final long before = allocator.stats().bytesPurged();
        allocator.free(allocator.allocate(64 * PAGE));
        assertEquals(before + 64 * PAGE, allocator.stats().bytesPurged());
        assertIntact(block, 5);
        allocator.purge();
        rebuild(block, 6);
    }

    @Test
    void kernelIsNotTakenAtItsWordForContents() {
        use(OffHeapAllocator.builder().lazyFree(true).decay(Duration.ofNanos(-1)));
        os.advices.clear();
        final var block = written(4 * PAGE, 5);
        assertFalse(os.advices.contains(DelegatingMemory.Advice.FREE));
        assertEquals(4 * PAGE, allocator.stats().volatileBytes());
        assertEquals(0, allocator.stats().lazyFreeBytes());
        assertIntact(block, 5);
    }

    @Test
    void refusedPurgeIsALossThatIsToldAndTheBlockStaysInLine() {
        final var block = written(4 * PAGE, 5);
        final var fresh = allocator.allocateVolatile(2 * PAGE);
        final long committed = allocator.stats().committedBytes();
        os.refuses = true;
        assertThrows(OsException.class, allocator::purge);
        assertEquals(committed, allocator.stats().committedBytes());
        allocator.checkInvariants();
        rebuildable(block, Contents.PURGED);            // a page of it has gone
        rebuildable(block, Contents.PURGED);
        rebuildable(fresh, Contents.INTACT);
        rebuild(block, 6);
        assertIntact(block, 6);
        assertThrows(OsException.class, allocator::purge);
        os.refuses = false;
        assertEquals(6 * PAGE, allocator.purge());
        rebuild(block, 7);
    }

    @Test
    void statisticsCountPinsAsReuses() {
        final var block = written(4 * PAGE, 5);
        final long before = allocator.stats().bytesReused();
        assertIntact(block, 5);
        try (var outer = block.pin(); var inner = block.pin()) {
            assertEquals(before + 8 * PAGE, allocator.stats().bytesReused());
            assertSame(outer.contents(), inner.contents());
        }
        block.close();
        assertEquals(before + 8 * PAGE, allocator.stats().bytesReused());
    }
}
