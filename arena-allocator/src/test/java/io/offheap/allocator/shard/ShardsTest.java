package io.offheap.allocator.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.SlotBatch;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.purge.VolatileRun.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShardsTest {

    private static final long PAGE = 4096;
    private static final int CLASS_OF_14K = SizeClasses.COUNT - 1;

    private final Rig rig = Rig.fake();
    private final Shards shards = shards(FreedRuns.VOLATILE);
    private final Shard one = shards.all().get(0);
    private final Shard other = shards.all().get(1);

    private Shards shards(FreedRuns freedRuns) {
        return rig.shards(freedRuns, 2);
    }

    @AfterEach
    void invariantsHold() {
        shards.checkInvariants();
        rig.close();
    }

    private static Extent allocate(Shard shard, long pages) {
        final var extent = shard.allocateRun(pages * PAGE, PAGE);
        extent.activate();
        return extent;
    }

    private void free(Shards all, Extent extent) {
        assertTrue(extent.mark(rig.tick()));
        all.release(extent);
    }

    @Test
    void newCachesGetTheShardsInTurn() {
        assertEquals(List.of(one, other, one, other), List.of(shards.next(), shards.next(), shards.next(), shards.next()));
    }

    @Test
    void runIsNoLargeBlockWhileItBecomesASlab() {
        final var extent = one.allocate(CLASS_OF_14K);
        assertEquals(State.HELD, extent.state());
        assertFalse(extent.mark(rig.tick()), "a stale free of a large block that began here");
        extent.activate();
        free(shards, extent);
        final var slot = new long[1];
        assertEquals(1, one.bin(CLASS_OF_14K).take(slot, 1));
        assertTrue(shards.extentOf(shards.entryOf(slot[0])).isActive());
        assertTrue(shards.give(new SlotBatch(slot).of(CLASS_OF_14K, 1)));
    }

    @Test
    void volatileRunOfAnotherShardIsTakenBeforeGrowing() {
        final var run = allocate(one, 8);
        free(shards, run);
        final long carved = rig.regions.carvedBytes();
        final long committed = rig.governor.committedBytes();
        final var again = allocate(other, 8);
        assertEquals(run.address(), again.address());
        assertEquals(carved, rig.regions.carvedBytes());
        assertEquals(committed, rig.governor.committedBytes());
        free(shards, again);
        assertEquals(8 * PAGE, one.extents().getFirst().stats().volatileBytes(), "it goes back to its shard");
        assertEquals(0, other.extents().getFirst().stats().volatileBytes());
    }

    @Test
    void ownVolatileRunIsTakenBeforeThatOfAnother() {
        final var theirs = allocate(one, 8);
        final var mine = allocate(other, 8);
        free(shards, theirs);
        free(shards, mine);
        assertEquals(mine.address(), allocate(other, 8).address());
    }

    @Test
    void purgedRunOfAnotherShardStaysThere() {
        final var run = allocate(one, 8);
        free(shards, run);
        rig.purger.purge(Long.MAX_VALUE);
        assertNotEquals(run.address(), allocate(other, 8).address());
        assertEquals(8 * PAGE, one.extents().getFirst().stats().purgedBytes());
    }

    @Test
    void slotsOfSeveralShardsGoBackToTheirBins() {
        final long seed = 0x51075;
        final var mixed = new ArrayList<Long>();
        for (final var shard : shards.all()) {
            for (int i = 0; i < 5; i++) {
                final long[] slots = new long[64];
                final int taken = shard.bin(4).take(slots, slots.length);
                for (int slot = 0; slot < taken; slot++) {
                    mixed.add(slots[slot]);
                }
            }
        }
        assertTrue(one.bin(4).usedSlots() > 0 && other.bin(4).usedSlots() > 0);
        Collections.shuffle(mixed, new Random(seed));
        assertTrue(shards.give(new SlotBatch(mixed.stream().mapToLong(Long::longValue).toArray()).of(4, mixed.size())));
        assertEquals(0, one.bin(4).usedSlots(), "seed " + seed);
        assertEquals(0, other.bin(4).usedSlots(), "seed " + seed);
        assertEquals(0, one.bin(4).slabBytes() + other.bin(4).slabBytes());
    }

    @Test
    void nothingIsGivenOfAnEmptyBatch() {
        assertTrue(shards.give(new SlotBatch(1).of(4, 0)));
        assertEquals(0, one.bin(4).usedSlots());
    }

    @Test
    void everyPageOfASlabNamesItsSlabClassAndCell() {
        final long[] slots = new long[1];
        one.bin(CLASS_OF_14K).take(slots, 1);
        final var slab = shards.slabOf(slots[0]);
        final long pages = shards.layout().slabBytes(CLASS_OF_14K) / PAGE;
        assertTrue(pages > 2);
        for (int page = 0; page < pages; page++) {
            final long entry = shards.entryOf(slots[0] + page * PAGE);
            assertEquals(CLASS_OF_14K + 1, PageEntry.kind(entry));
            assertEquals(SlotClasses.cellShift(CLASS_OF_14K), PageEntry.cellShift(entry) & 63);
            assertSame(slab, shards.extentOf(entry).attachment());
        }
        assertSame(one.bin(CLASS_OF_14K), slab.bin());
    }

    @Test
    void pagesOfAnEmptySlabNameItNoMore() {
        final long[] slots = new long[1];
        one.bin(CLASS_OF_14K).take(slots, 1);
        final long base = slots[0];
        final var extent = shards.extentOf(shards.entryOf(base));
        final long pages = extent.size() / PAGE;
        assertTrue(shards.give(new SlotBatch(slots).of(CLASS_OF_14K, 1)));
        assertEquals(State.VOLATILE, extent.state());
        assertNull(extent.attachment());
        assertEquals(PageEntry.BOUNDARY, PageEntry.kind(shards.entryOf(base)));
        assertEquals(PageEntry.BOUNDARY, PageEntry.kind(shards.entryOf(base + (pages - 1) * PAGE)));
        for (long page = 1; page < pages - 1; page++) {
            assertEquals(PageEntry.NONE, shards.entryOf(base + page * PAGE), "page " + page);
        }
    }

    @Test
    void slabInAForeignRunBelongsToTheBinThatMadeItAndItsRunGoesHome() {
        final var run = allocate(one, shards.layout().slabBytes(0) / PAGE);
        free(shards, run);
        final long[] slots = new long[1];
        other.bin(0).take(slots, 1);
        assertEquals(run.address(), slots[0]);
        assertSame(other.bin(0), shards.slabOf(slots[0]).bin());
        assertTrue(shards.give(new SlotBatch(slots).of(0, 1)));
        assertEquals(shards.layout().slabBytes(0), one.extents().getFirst().stats().volatileBytes());
    }

    @Test
    void foreignAddressLeadsNowhere() {
        assertEquals(PageEntry.NONE, shards.entryOf(0));
        assertEquals(PageEntry.NONE, shards.entryOf(-1));
        assertNull(shards.extentOf(PageEntry.NONE));
    }

    @Test
    void freedRunsStayVolatileAndInCachesByDefault() {
        final var run = allocate(one, 8);
        assertTrue(run.mark(rig.tick()));
        assertTrue(shards.mayCache(run));
        shards.release(run);
        assertEquals(List.of(), rig.purged);
        assertEquals(List.of(), rig.softened);
    }

    @Test
    void freedRunsArePurgedAtOnceIfWanted() {
        final var purging = shards(FreedRuns.PURGED);
        final var run = allocate(purging.all().get(0), 8);
        assertTrue(run.mark(rig.tick()));
        assertFalse(purging.mayCache(run));
        purging.release(run);
        assertEquals(List.of(new Rig.Range(run.address(), 8 * PAGE)), rig.purged);
        purging.checkInvariants();
    }

    @Test
    void kernelIsToldOfFreedRunsIfWanted() {
        final var lazy = shards(FreedRuns.LAZY);
        final var run = allocate(lazy.all().get(0), 8);
        assertTrue(run.mark(rig.tick()));
        assertTrue(lazy.mayCache(run));
        assertEquals(List.of(new Rig.Range(run.address(), 8 * PAGE)), rig.softened);
        rig.refusing = true;
        lazy.release(run);
        assertEquals(8 * PAGE, lazy.all().get(0).extents().getFirst().stats().volatileBytes(), "it stays volatile if the kernel refuses");
        lazy.checkInvariants();
    }

    @Test
    void slabThatCannotBeHadLeavesTheBinAsItWas() {
        try (var small = Rig.fake(PAGE)) {
            final var poor = small.shards(FreedRuns.VOLATILE, 1);
            final var bin = poor.all().getFirst().bin(0);
            assertThrows(OutOfMemoryError.class, () -> bin.take(new long[1], 1));
            assertEquals(0, bin.usedSlots());
            assertEquals(0, small.governor.committedBytes());
            poor.checkInvariants();
        }
    }
}
