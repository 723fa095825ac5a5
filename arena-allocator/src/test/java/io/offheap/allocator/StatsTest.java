package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.size.SizeClasses;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the statistics say, compared with what was done. The identities are recomputed by [HeapChecker].
class StatsTest {

    private static final long MIB = 1L << 20;
    private static final long SEED = 0x57a75;

    private final long pageSize = Platform.memory().pageSize();
    private final OffHeapAllocator allocator = new OffHeapAllocator(
            OffHeapAllocator.builder().name("counted").hardLimit(256 * MIB).decay(Duration.ofNanos(-1)).pressure().options(),
            Platform.memory(), Ticker.SYSTEM, false);

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private SizeClassStats ofClass(int slotBytes) {
        return allocator.stats().classes().get(SizeClasses.indexOf(slotBytes));
    }

    private static void touch(long address, long size) {
        for (long at = 0; at < size; at += 4096) {
            RawMemory.putByte(address + at, (byte) 1);
        }
    }

    @Test
    void newAllocatorHasNothing() {
        final var stats = allocator.stats();
        assertEquals("counted", stats.name());
        assertEquals(0, stats.mappedBytes());
        assertEquals(0, stats.committedBytes());
        assertEquals(0, stats.markedBytes());
        assertEquals(0.0, stats.volatileHitRate());
        assertEquals(SizeClasses.COUNT, stats.classes().size());
    }

    @Test
    void blocksAreCountedByTheirClassAndTheCachedOnesApart() {
        final var blocks = new ArrayList<Long>();
        for (int i = 0; i < 6700; i++) {
            blocks.add(allocator.allocateAddress(100));
        }
        final var full = ofClass(112);
        assertEquals(6700, full.usedSlots());
        assertEquals(full.slotsTaken(), full.usedSlots() + full.cachedSlots());
        assertEquals(0, full.slotsGiven());
        blocks.subList(0, 6000).forEach(allocator::freeAddress);
        final var freed = ofClass(112);
        assertEquals(700, freed.usedSlots());
        assertTrue(freed.cachedSlots() > 0 && freed.freeSlots() > full.freeSlots() && freed.slotsGiven() > 0, freed::toString);
        allocator.purge();
        final var flushed = ofClass(112);
        assertEquals(0, flushed.cachedSlots());
        assertEquals(700, flushed.usedSlots());
        assertEquals(700, flushed.slotsTaken() - flushed.slotsGiven());
        assertEquals(700 * 112, allocator.stats().allocatedBytes());
        assertEquals(0, ofClass(96).slabs() + ofClass(128).slabs());
    }

    @Test
    void largeBlocksAreCountedByTheirRuns() {
        final long address = allocator.allocateAddress(100_000);
        final var stats = allocator.stats();
        assertEquals(stats.allocatedBytes(), stats.largeBytes());
        assertTrue(stats.largeBytes() >= allocator.usableSize(address), stats::page);
        assertTrue(stats.largeBytes() < 100_000 + 100_000 / 8 + pageSize, stats::page);
        allocator.allocateAddress(48);
        assertEquals(stats.largeBytes() + 48, allocator.stats().allocatedBytes());
    }

    @Test
    void everyByteThatIsFreedIsUsedAgainOrPurgedOrVolatile() {
        final long first = allocator.allocateAddress(MIB);
        touch(first, MIB);
        final long run = allocator.stats().activeBytes();
        allocator.freeAddress(first);
        assertEquals(run, allocator.stats().markedBytes());
        assertEquals(0.0, allocator.stats().volatileHitRate());

        assertEquals(first, allocator.allocateAddress(MIB));
        final var reused = allocator.stats();
        assertEquals(1, reused.volatileReuses());
        assertEquals(run, reused.bytesReused());
        assertEquals(run / pageSize, reused.faultsAvoided());
        assertEquals(1.0, reused.volatileHitRate());

        allocator.freeAddress(first);
        allocator.purge();
        final var purged = allocator.stats();
        assertEquals(2 * run, purged.markedBytes());
        assertEquals(run, purged.bytesPurged());
        assertEquals(0.5, purged.volatileHitRate());
        assertEquals(run, purged.purgedBytes());
        allocator.allocateAddress(MIB);
        assertEquals(run, allocator.stats().bytesReused(), "its memory was gone");
    }

    /// What is freed leaves the active bytes and becomes marked ones, to the byte, whatever it is: a large block, a
    /// tail that is cut off, a slab that ran empty.
    @Test
    void markedBytesAreWhatLeftTheActiveOnes() {
        final var random = new SplittableRandom(SEED);
        final var live = new ArrayList<MemorySegment>();
        var before = allocator.stats();
        for (int step = 0; step < 20_000; step++) {
            final var where = "seed " + SEED + ", step " + step;
            final int what = random.nextInt(100);
            if (what < 52 && live.size() < 400 || live.isEmpty()) {
                live.add(allocator.allocateUninitialized(randomSize(random), 1));
                final var now = allocator.stats();
                assertEquals(before.markedBytes(), now.markedBytes(), where);
                assertTrue(now.bytesReused() - before.bytesReused() <= now.activeBytes() - before.activeBytes(), where);
                before = now;
            } else if (what < 60) {
                final int which = random.nextInt(live.size());
                live.set(which, allocator.reallocate(live.get(which), randomSize(random)));
                final var now = allocator.stats();
                assertTrue(before.markedBytes() <= now.markedBytes(), where);   // what grows in place is used again
                before = now;
            } else if (what < 99) {
                allocator.free(live.remove(random.nextInt(live.size())));
                final var now = allocator.stats();
                assertEquals(before.activeBytes() - now.activeBytes(), now.markedBytes() - before.markedBytes(), where);
                before = now;
            } else {
                final long given = allocator.purge();
                final var now = allocator.stats();
                assertEquals(given, now.bytesPurged() - before.bytesPurged(), where);
                assertEquals(before.activeBytes() - now.activeBytes(), now.markedBytes() - before.markedBytes(), where);
                assertEquals(0, now.volatileBytes(), where);
                before = now;
            }
            if (step % 500 == 0) {
                assertTrue(allocator.checkInvariants(), where);
            }
        }
        assertTrue(before.bytesReused() > 0 && before.bytesPurged() > 0 && before.volatileHitRate() < 1, before::page);
    }

    private static long randomSize(SplittableRandom random) {
        return random.nextLong(1L << random.nextInt(4, 19)) + 1;
    }

    @Test
    void shrinkingInPlaceMarksTheTail() {
        final var segment = allocator.allocateUninitialized(8 * MIB, 1);
        final var before = allocator.stats();
        final var small = allocator.reallocate(segment, MIB);
        assertEquals(segment.address(), small.address());
        final var after = allocator.stats();
        assertEquals(before.activeBytes() - after.activeBytes(), after.markedBytes());
        assertTrue(after.markedBytes() >= 6 * MIB, after::page);
    }

    @Test
    void limitHitsAreCountedWhetherOrNotListenersHelp() {
        final long held = allocator.allocateAddress(200 * MIB);
        assertEquals(0, allocator.stats().limitHits());
        assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(100 * MIB));
        assertEquals(1, allocator.stats().limitHits());
        allocator.onPressure((_, _) -> allocator.freeAddress(held));
        assertNotEquals(0, allocator.allocateAddress(100 * MIB));
        assertEquals(2, allocator.stats().limitHits());
    }

    @Test
    void directBuffersAreCountedByTheirCapacity() {
        final var buffers = List.of(allocator.allocateDirect(1000), allocator.allocateDirect(0), allocator.allocateDirect(5));
        assertEquals(3, allocator.stats().directBuffers());
        assertEquals(1005, allocator.stats().directBufferBytes());
        assertEquals(3, buffers.size());
    }

    @Test
    void pageShowsWhatIsInUseAndNothingElse() {
        allocator.allocateAddress(100);
        allocator.allocateAddress(100_000);
        final var page = allocator.stats().page();
        System.out.print(page);
        assertTrue(page.startsWith("allocator counted\n"), page);
        for (final String what : List.of("allocated", "cached", "slack", "active", "volatile", "metadata", "committed",
                "limit 256 MiB", "purged", "retained", "mapped", "resident", "re-used", "given back", "  112 B ")) {
            assertTrue(page.contains(what), () -> what + " in\n" + page);
        }
        assertTrue(!page.contains("  128 B "), page);
        assertTrue(page.lines().allMatch(line -> line.length() <= 120 && line.equals(line.stripTrailing())), page);
    }

    /// Numbers of different moments do not add up, but none of them is impossible.
    @Test
    @Timeout(60)
    void readingWhileOthersWorkGivesNoNegativeNumber() throws Exception {
        final var working = new AtomicBoolean(true);
        final var workers = new ArrayList<Thread>();
        for (int i = 0; i < 3; i++) {
            final var random = new SplittableRandom(SEED + i);
            final Runnable work = () -> churn(random, working);
            workers.add(i == 0 ? Thread.ofVirtual().start(work) : Thread.ofPlatform().daemon().start(work));
        }
        try {
            for (int i = 0; i < 2000; i++) {
                final var s = allocator.stats();
                for (final long each : new long[] {s.allocatedBytes(), s.largeBytes(), s.cachedBytes(), s.slackBytes(),
                        s.activeBytes(), s.volatileBytes(), s.purgedBytes(), s.retainedBytes(), s.residentBytes()}) {
                    assertTrue(each >= 0, s::page);
                }
                assertTrue(s.committedBytes() <= s.hardLimit(), s::page);
                assertTrue(s.classes().stream().allMatch(each -> each.usedSlots() >= 0 && each.freeSlots() >= 0
                        && each.cachedSlots() >= 0), s::page);
            }
        } finally {
            working.set(false);
            for (final var worker : workers) {
                worker.join();
            }
        }
        assertEquals(0, allocator.stats().allocatedBytes());
    }

    private void churn(SplittableRandom random, AtomicBoolean working) {
        final var live = new ArrayList<Long>();
        while (working.get()) {
            if (live.size() < 100) {
                live.add(allocator.allocateAddress(random.nextLong(1L << random.nextInt(4, 17)) + 1));
            } else {
                live.forEach(allocator::freeAddress);
                live.clear();
            }
        }
        live.forEach(allocator::freeAddress);
    }
}
