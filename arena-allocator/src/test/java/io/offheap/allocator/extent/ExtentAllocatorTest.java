package io.offheap.allocator.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.Extent.Tier;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.purge.VolatileSource;
import io.offheap.memory.source.PageKind;
import io.offheap.memory.types.OsException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExtentAllocatorTest {

    private static final long PAGE = 4096;
    private static final long GROWTH = ExtentAllocator.GROWTH;
    private static final long METADATA = GROWTH / PAGE * Long.BYTES;

    private final Rig rig = Rig.fake();
    private final ExtentTable table = new ExtentTable();
    private final ExtentAllocator extents = allocator(rig);

    private ExtentAllocator allocator(Rig below) {
        final var allocator = new ExtentAllocator(below.regions, table, below.governor, Rig.EVENTS, PAGE, PageKind.BASE);
        below.purger.addSource(allocator.volatileRuns());
        return allocator;
    }

    @AfterEach
    void invariantsHold() {
        extents.checkInvariants();
        rig.close();
    }

    private Extent allocate(long pages) {
        return allocate(extents, pages, 1);
    }

    private static Extent allocate(ExtentAllocator from, long pages, long alignmentPages) {
        var extent = from.tryAllocateVolatile(pages * PAGE, alignmentPages * PAGE);
        if (extent == null) {
            extent = from.allocateNonResident(pages * PAGE, alignmentPages * PAGE);
        }
        assertEquals(State.HELD, extent.state());
        assertEquals(pages * PAGE, extent.size());
        extent.activate();
        from.checkInvariants();
        return extent;
    }

    private void free(Extent extent) {
        assertTrue(extent.mark(rig.tick()));
        extent.owner().adopt(extent);
        extent.owner().checkInvariants();
    }

    /// Allocates runs with a page in use behind each, so that they do not join when they are free.
    private Extent[] apart(long... pages) {
        final var runs = new Extent[pages.length];
        for (int i = 0; i < pages.length; i++) {
            runs[i] = allocate(pages[i]);
            allocate(1);
        }
        return runs;
    }

    private void checkTiers(long volatilePages, long purgedPages, long retainedPages) {
        final var stats = extents.stats();
        assertEquals(List.of(volatilePages * PAGE, purgedPages * PAGE, retainedPages * PAGE),
                List.of(stats.volatileBytes(), stats.purgedBytes(), stats.retainedBytes()));
    }

    // Where a request is served from.

    @Test
    void growthIsCarvedInUnitsAndTheRestIsRetained() {
        allocate(3);
        assertEquals(GROWTH, rig.regions.carvedBytes());
        checkTiers(0, 0, 512 - 3);
        assertEquals(METADATA, extents.stats().metadataBytes());
        assertEquals(3 * PAGE + METADATA, rig.governor.committedBytes());
    }

    @Test
    void volatileIsTakenBeforePurgedBeforeRetainedBeforeGrowth() {
        final var runs = apart(4, 4, 4);
        final var afterLast = runs[2].end() + PAGE;
        free(runs[0]);
        rig.purger.purge(Long.MAX_VALUE);
        free(runs[1]);
        checkTiers(4, 4, 512 - 15);
        assertEquals(runs[1].address(), allocate(4).address());
        checkTiers(0, 4, 512 - 15);
        assertEquals(runs[0].address(), allocate(4).address());
        checkTiers(0, 0, 512 - 15);
        assertEquals(afterLast, allocate(4).address());
        assertEquals(GROWTH, rig.regions.carvedBytes());
        allocate(500);
        assertEquals(2 * GROWTH, rig.regions.carvedBytes());
    }

    @Test
    void volatileRunIsReusedWithItsBytesAndWithoutAsking() {
        final var run = allocate(4);
        RawMemory.putLong(run.address() + PAGE, 0x1234);
        free(run);
        final long committed = rig.governor.committedBytes();
        final var again = extents.tryAllocateVolatile(4 * PAGE, PAGE);
        assertEquals(0x1234, RawMemory.getLong(again.address() + PAGE));
        assertFalse(again.isKnownZero());
        assertEquals(committed, rig.governor.committedBytes());
        assertEquals(1, extents.stats().volatileReuses());
        assertEquals(List.of(), rig.purged);
    }

    @Test
    void withoutAVolatileRunThatFitsNoneIsTaken() {
        assertNull(extents.tryAllocateVolatile(PAGE, PAGE));
        free(apart(3)[0]);
        assertNull(extents.tryAllocateVolatile(4 * PAGE, PAGE));
        assertEquals(0, extents.stats().volatileReuses());
    }

    @Test
    void freshAndPurgedRunsAreKnownToBeZero() {
        final var run = allocate(4);
        assertTrue(run.isKnownZero());
        RawMemory.putLong(run.address(), 1);
        free(run);
        rig.purger.purge(Long.MAX_VALUE);
        final var purged = extents.allocateNonResident(4 * PAGE, PAGE);
        assertEquals(run.address(), purged.address());
        assertTrue(purged.isKnownZero());
        assertEquals(0, RawMemory.getLong(purged.address()));
    }

    @Test
    void runBeyondTheHardLimitIsRefusedAndNothingHasChanged() {
        try (var small = Rig.fake(1L << 20)) {
            final var limited = allocator(small);
            allocate(limited, 100, 1);
            final var before = limited.stats();
            final long committed = small.governor.committedBytes();
            assertThrows(OutOfMemoryError.class, () -> limited.allocateNonResident(200 * PAGE, PAGE));
            assertEquals(before, limited.stats());
            assertEquals(committed, small.governor.committedBytes());
            limited.checkInvariants();
        }
    }

    @Test
    void growthMakesRoomUnderTheHardLimitFromVolatileRuns() {
        try (var small = Rig.fake(1L << 20)) {
            final var limited = allocator(small);
            final var run = allocate(limited, 200, 1);
            allocate(limited, 1, 1);
            free(run);
            allocate(limited, 201, 1);
            assertEquals(200 * PAGE, limited.stats().purgedBytes());
            assertEquals(202 * PAGE + METADATA, small.governor.committedBytes());
        }
    }

    @Test
    void runForWhichThereIsNoAddressSpaceIsRefusedAndNothingHasChanged() {
        allocate(1);
        final var before = extents.stats();
        final long committed = rig.governor.committedBytes();
        assertThrows(OutOfMemoryError.class, () -> extents.allocateNonResident(1L << 40, PAGE));
        assertEquals(before, extents.stats());
        assertEquals(committed, rig.governor.committedBytes());
    }

    @Test
    void alignedRunIsCutOutOfEveryTierAndBothEndsStayThere() {
        allocate(1);
        assertAligned(allocate(extents, 3, 16));
        checkTiers(0, 0, 512 - 4);
        final var whole = allocate(100);
        allocate(1);
        free(whole);
        final var fromVolatile = extents.tryAllocateVolatile(3 * PAGE, 16 * PAGE);
        assertAligned(fromVolatile);
        assertEquals(97 * PAGE, extents.stats().volatileBytes());
        fromVolatile.activate();
        free(fromVolatile);
        rig.purger.purge(Long.MAX_VALUE);
        assertEquals(100 * PAGE, extents.stats().purgedBytes());
        assertAligned(extents.allocateNonResident(3 * PAGE, 16 * PAGE));
        assertEquals(97 * PAGE, extents.stats().purgedBytes());
    }

    private static void assertAligned(Extent extent) {
        assertEquals(0, extent.address() % (16 * PAGE));
        assertEquals(3 * PAGE, extent.size());
    }

    @Test
    void alignedRunIsServedAgainFromWhereItWas() {
        final var run = allocate(extents, 512, 512);
        final long carved = rig.regions.carvedBytes();
        free(run);
        final var warm = allocate(extents, 512, 512);
        assertEquals(run.address(), warm.address());
        assertEquals(1, extents.stats().volatileReuses());
        free(warm);
        rig.purger.purge(Long.MAX_VALUE);
        assertEquals(run.address(), allocate(extents, 512, 512).address());
        assertEquals(carved, rig.regions.carvedBytes());
    }

    @Test
    void searchForAnAlignedRunEndsAmongManyThatAreNot() {
        allocate(1);
        final var unaligned = new Extent[200];
        for (int i = 0; i < unaligned.length; i++) {
            unaligned[i] = allocate(2);
            allocate(2);
        }
        for (final var run : unaligned) {
            free(run);
        }
        assertNull(extents.tryAllocateVolatile(2 * PAGE, 2 * PAGE));
        final var large = allocate(4);
        allocate(1);
        free(large);
        assertNotNull(extents.tryAllocateVolatile(2 * PAGE, 2 * PAGE));
    }

    @Test
    void alignmentAboveTheGrowthUnitIsKept() {
        allocate(1);
        assertEquals(0, allocate(extents, 5, 1024).address() % (1024 * PAGE));
    }

    // Neighbours.

    @Test
    void whatIsTooMuchStaysInItsTier() {
        free(apart(10)[0]);
        allocate(4);
        checkTiers(6, 0, 512 - 11);
        rig.purger.purge(Long.MAX_VALUE);
        checkTiers(0, 6, 512 - 11);
        allocate(2);
        checkTiers(0, 4, 512 - 11);
    }

    @Test
    void volatileNeighboursJoinOnBothSides() {
        final var runs = new Extent[] {allocate(2), allocate(3), allocate(4)};
        allocate(1);
        free(runs[0]);
        free(runs[2]);
        assertNull(extents.tryAllocateVolatile(5 * PAGE, PAGE));
        free(runs[1]);
        assertEquals(runs[0].address(), allocate(9).address());
        checkTiers(0, 0, 512 - 10);
    }

    @Test
    void purgedNeighboursJoin() {
        final var runs = new Extent[] {allocate(2), allocate(3), allocate(4)};
        allocate(1);
        for (final var run : List.of(runs[0], runs[2], runs[1])) {
            free(run);
            rig.purger.purge(Long.MAX_VALUE);
        }
        checkTiers(0, 9, 512 - 10);
        assertEquals(runs[0].address(), allocate(9).address());
    }

    @Test
    void growthJoinsWhatWasRetained() {
        final var first = allocate(500);
        assertEquals(first.end(), allocate(520).address());
        assertEquals(3 * GROWTH, rig.regions.carvedBytes());
        checkTiers(0, 0, 3 * 512 - 1020);
    }

    @Test
    void neighboursOfDifferentTiersDoNotJoin() {
        final var purged = allocate(4);
        final var kept = allocate(4);
        allocate(1);
        free(purged);
        rig.purger.purge(Long.MAX_VALUE);
        free(kept);
        assertNull(extents.tryAllocateVolatile(8 * PAGE, PAGE));
        checkTiers(4, 4, 512 - 9);
        assertEquals(kept.end() + PAGE, extents.allocateNonResident(8 * PAGE, PAGE).address());
    }

    @Test
    void neighboursOfAnotherShardAreNeverJoined() {
        final var other = allocator(rig);
        final var mine = allocate(512);
        final var theirs = allocate(other, 512, 1);
        final var mineToo = allocate(512);
        assertEquals(mine.end(), theirs.address());
        assertEquals(theirs.end(), mineToo.address());
        free(mine);
        free(theirs);
        free(mineToo);
        for (final var shard : List.of(extents, other)) {
            assertNull(shard.tryAllocateVolatile(513 * PAGE, PAGE));
        }
        rig.purger.purge(Long.MAX_VALUE);
        checkTiers(0, 1024, 0);
        assertEquals(512 * PAGE, other.stats().purgedBytes());
        assertEquals(3 * GROWTH, rig.regions.carvedBytes());
        allocate(513);
        assertTrue(rig.regions.carvedBytes() > 3 * GROWTH);
        other.checkInvariants();
    }

    @Test
    void insideOfAUnionIsPartOfNothing() {
        final var runs = new Extent[] {allocate(2), allocate(1), allocate(3)};
        allocate(1);
        for (final var run : runs) {
            free(run);
        }
        for (int page = 1; page < 5; page++) {
            assertEquals(PageEntry.NONE, rig.regions.entryOf(runs[0].address() + page * PAGE), "page " + page);
        }
    }

    // Ages.

    @Test
    void unionKeepsTheMarkOfItsLargerPart() {
        for (final boolean largerIsBelow : List.of(true, false)) {
            for (final boolean largerIsOlder : List.of(true, false)) {
                final var below = allocate(largerIsBelow ? 8 : 2);
                final var above = allocate(largerIsBelow ? 2 : 8);
                allocate(1);
                final var larger = largerIsBelow ? below : above;
                final var smaller = largerIsBelow ? above : below;
                free(largerIsOlder ? larger : smaller);
                final long first = rig.clock.nanos();
                assertEquals(first, extents.volatileRuns().oldestMark());
                free(largerIsOlder ? smaller : larger);
                assertEquals(largerIsOlder ? first : rig.clock.nanos(), extents.volatileRuns().oldestMark(),
                        "below " + largerIsBelow + ", older " + largerIsOlder);
                allocate(10);
            }
        }
    }

    @Test
    void unionWithBothNeighboursKeepsTheMarkOfTheLargest() {
        final var runs = new Extent[] {allocate(2), allocate(3), allocate(8)};
        allocate(1);
        free(runs[0]);
        free(runs[2]);
        final long markOfLargest = rig.clock.nanos();
        free(runs[1]);
        assertEquals(markOfLargest, extents.volatileRuns().oldestMark());
    }

    @Test
    void restOfACutRunKeepsItsPlaceInTheLine() {
        final var runs = apart(8, 9);
        free(runs[0]);
        final long mark = rig.clock.nanos();
        free(runs[1]);
        allocate(2);
        assertEquals(mark, extents.volatileRuns().oldestMark());
        rig.purger.purge(1);
        assertEquals(List.of(new Rig.Range(runs[0].address() + 2 * PAGE, 6 * PAGE)), rig.purged);
    }

    /// The clock of the marks stands still most of the time.
    @Test
    void restOfACutRunKeepsItsPlaceAmongRunsOfTheSameAge() {
        final var runs = apart(8, 9);
        for (final var run : runs) {
            assertTrue(run.mark(7));
            extents.adopt(run);
        }
        allocate(2);
        rig.purger.purge(1);
        assertEquals(List.of(new Rig.Range(runs[0].address() + 2 * PAGE, 6 * PAGE)), rig.purged);
    }

    @Test
    void takenRunLeavesTheLine() {
        final var runs = apart(8, 8);
        free(runs[0]);
        free(runs[1]);
        allocate(8);
        allocate(8);
        assertEquals(VolatileSource.NOTHING, extents.volatileRuns().oldestMark());
    }

    // Purging.

    @Test
    void oldestIsPurgedFirst() {
        final var runs = apart(1, 2, 3);
        for (final int next : List.of(2, 0, 1)) {
            free(runs[next]);
        }
        for (final int next : List.of(2, 0, 1)) {
            assertEquals(runs[next].size(), rig.purger.purge(1));
            assertEquals(new Rig.Range(runs[next].address(), runs[next].size()), rig.purged.getLast());
        }
        checkTiers(0, 6, 512 - 9);
        assertEquals(0, rig.purger.purge(1));
    }

    @Test
    void purgedBytesAreReleasedAtTheGovernor() {
        final var runs = apart(5, 5);
        final long committed = rig.governor.committedBytes();
        free(runs[0]);
        assertEquals(committed, rig.governor.committedBytes());
        rig.purger.purge(1);
        assertEquals(committed - 5 * PAGE, rig.governor.committedBytes());
    }

    @Test
    void hugeRunIsCutToWhatIsWanted() {
        final var run = allocate(2560);                 // 10 MiB
        free(run);
        final long mark = rig.clock.nanos();
        assertEquals(GROWTH, rig.purger.purge(1));
        checkTiers(2048, 512, 0);
        assertEquals(mark, extents.volatileRuns().oldestMark(), "the rest is as old as the whole was");
        assertEquals(2 * GROWTH, rig.purger.purge(GROWTH + 1));
        checkTiers(1024, 1536, 0);
        assertEquals(2 * GROWTH, rig.purger.purge(2 * GROWTH));
        checkTiers(0, 2560, 0);
        assertEquals(run.address(), allocate(2560).address());
    }

    @Test
    void runThatIsLittleLargerThanWantedIsNotCut() {
        free(apart(513)[0]);
        assertEquals(513 * PAGE, rig.purger.purge(PAGE));
    }

    @Test
    void purgeWithinABoundCutsAHugeRunBelowIt() {
        free(allocate(2560));
        final long mark = rig.clock.nanos();
        assertEquals(2 * GROWTH, rig.purger.purgeWithin(3 * GROWTH - 1));
        checkTiers(1536, 1024, 0);
        assertEquals(mark, extents.volatileRuns().oldestMark());
        assertEquals(3 * GROWTH, rig.purger.purgeWithin(3 * GROWTH));
    }

    @Test
    void purgeWithinABoundStopsBeforeARunThatIsTooLarge() {
        final var runs = apart(2, 600, 1);
        for (final var run : runs) {
            free(run);
        }
        assertEquals(2 * PAGE, rig.purger.purgeWithin(511 * PAGE));
        assertEquals(0, rig.purger.purgeWithin(511 * PAGE));
        checkTiers(601, 2, 3 * 512 - 606);
    }

    @Test
    void refusedRunStaysVolatileAndInLine() {
        final var run = apart(4)[0];
        RawMemory.putLong(run.address(), 0x1234);
        free(run);
        final long mark = rig.clock.nanos();
        final long committed = rig.governor.committedBytes();
        rig.refusing = true;
        assertThrows(OsException.class, () -> rig.purger.purge(1));
        extents.checkInvariants();
        checkTiers(4, 0, 512 - 5);
        assertEquals(mark, extents.volatileRuns().oldestMark());
        assertEquals(committed, rig.governor.committedBytes());
        rig.refusing = false;
        assertEquals(4 * PAGE, rig.purger.purge(1));
        checkTiers(0, 4, 512 - 5);
    }

    @Test
    void runThatIsBeingPurgedIsPassedOver() {
        final var runs = apart(4, 4);
        free(runs[0]);
        free(runs[1]);
        final var taken = new Extent[2];
        rig.beforePurge = () -> {
            extents.checkInvariants();
            taken[0] = extents.tryAllocateVolatile(4 * PAGE, PAGE);
            taken[1] = extents.tryAllocateVolatile(4 * PAGE, PAGE);
        };
        assertEquals(4 * PAGE, rig.purger.purge(1));
        assertEquals(runs[1].address(), taken[0].address());
        assertNull(taken[1]);
        checkTiers(0, 4, 512 - 10);
    }

    @Test
    void neighbourOfARunThatIsBeingPurgedIsNotJoinedToIt() {
        final var below = allocate(4);
        final var above = allocate(4);
        allocate(1);
        free(below);
        rig.beforePurge = () -> {
            rig.beforePurge = () -> { };
            free(above);
        };
        assertEquals(4 * PAGE, rig.purger.purge(1));
        checkTiers(4, 4, 512 - 9);
        assertEquals(State.PURGED, below.state());
        assertEquals(State.VOLATILE, above.state());
    }

    @Test
    void runAdoptedWhileItIsPurgedIsSettledAfterwards() {
        for (final boolean purged : List.of(true, false)) {
            final var run = allocate(4);
            assertTrue(run.mark(rig.tick()) && run.claim());
            extents.adopt(run);
            extents.checkInvariants();
            assertEquals(4 * PAGE, extents.stats().volatileBytes());
            assertNull(extents.tryAllocateVolatile(4 * PAGE, PAGE));
            assertEquals(VolatileSource.NOTHING, extents.volatileRuns().oldestMark());
            run.finish(purged);
            run.purgeFinished(purged, run.size());
            assertEquals(purged ? 4 * PAGE : 0, extents.stats().purgedBytes());
            assertEquals(purged ? VolatileSource.NOTHING : rig.clock.nanos(), extents.volatileRuns().oldestMark());
            extents.checkInvariants();
        }
    }

    @Test
    void runInACacheStaysThereWhenItIsPurged() {
        final var run = allocate(4);
        final long committed = rig.governor.committedBytes();
        assertTrue(run.mark(rig.tick()) && run.claim());
        run.finish(true);
        run.purgeFinished(true, run.size());
        assertSame(Tier.NONE, run.tier);
        assertEquals(committed - 4 * PAGE, rig.governor.committedBytes());
        checkTiers(0, 0, 512 - 4);
        extents.adopt(run);
        checkTiers(0, 4, 512 - 4);
    }

    /// A purger that looked into a cache may claim a run that has come here since.
    @Test
    void runClaimedWhileItStandsInLineLeavesTheLineWhenItIsPurged() {
        final var run = apart(4)[0];
        free(run);
        assertTrue(run.claim());
        extents.checkInvariants();
        run.finish(true);
        run.purgeFinished(true, run.size());
        extents.checkInvariants();
        checkTiers(0, 4, 512 - 5);
        assertEquals(VolatileSource.NOTHING, extents.volatileRuns().oldestMark());
    }

    @Test
    void runClaimedWhileItStandsInLineStaysThereWhenItIsRefused() {
        final var run = apart(4)[0];
        free(run);
        final long mark = rig.clock.nanos();
        assertTrue(run.claim());
        run.finish(false);
        run.purgeFinished(false, run.size());
        extents.checkInvariants();
        assertEquals(mark, extents.volatileRuns().oldestMark());
        assertEquals(4 * PAGE, rig.purger.purge(1));
    }

    // Shrinking.

    @Test
    void endOfAnActiveRunBecomesVolatileInPlace() {
        final var run = allocate(10);
        final var behind = allocate(3);
        allocate(1);
        free(behind);
        RawMemory.putLong(run.address(), 0x1234);
        assertTrue(run.holdActive());
        run.setMarkedAt(rig.tick());
        extents.shrink(run, 4 * PAGE);
        run.activate();
        extents.checkInvariants();
        assertEquals(4 * PAGE, run.size());
        assertEquals(0x1234, RawMemory.getLong(run.address()));
        checkTiers(9, 0, 512 - 14);
        assertEquals(rig.clock.nanos(), extents.volatileRuns().oldestMark(), "6 pages from now, 3 from before");
        final var rest = extents.tryAllocateVolatile(9 * PAGE, PAGE);
        assertNotNull(rest);
        assertEquals(run.end(), rest.address());
        assertFalse(rest.isKnownZero());
    }

    // The checks.

    // What is not cut.

    @Test
    void lastRunThatFitsWhatWasWantedIsNotCutForASmallRequest() {
        final var runs = apart(200);
        free(runs[0]);
        final var small = allocate(2);
        assertTrue(small.address() != runs[0].address(), "200 pages may be wanted again");
        checkTiers(200, 0, (GROWTH / PAGE) - 203);
        extents.ageDemand();
        extents.ageDemand();
        assertEquals(runs[0].address(), allocate(2).address(), "nobody has wanted them for two moments");
        checkTiers(198, 0, (GROWTH / PAGE) - 203);
    }

    @Test
    void runThatFitsWhatWasWantedEvenAfterTheCutIsCut() {
        final var runs = apart(300);
        free(runs[0]);
        extents.ageDemand();
        extents.ageDemand();
        allocate(100);
        checkTiers(200, 0, (GROWTH / PAGE) - 301);
        allocate(1);
        checkTiers(199, 0, (GROWTH / PAGE) - 301);
    }

    @Test
    void requestForAGoodPartOfARunCutsIt() {
        final var runs = apart(128);
        free(runs[0]);
        assertEquals(runs[0].address(), allocate(2).address(), "a 64th part");
    }

    // Extension in place.

    private void assertExtends(Extent extent, long pages, boolean expected) {
        final long before = extent.size();
        final long committed = rig.governor.committedBytes();
        assertTrue(extent.holdActive());
        assertEquals(expected, extents.extend(extent, pages * PAGE));
        extent.activate();
        assertEquals(expected ? pages * PAGE : before, extent.size());
        if (!expected) {
            assertEquals(committed, rig.governor.committedBytes());
        }
        extents.checkInvariants();
    }

    @Test
    void blockIsExtendedIntoTheVolatileRunBehindItWithoutAsking() {
        final var low = allocate(4);
        final var high = allocate(10);
        allocate(1);
        free(high);
        final long committed = rig.governor.committedBytes();
        final long retained = GROWTH / PAGE - 15;
        assertExtends(low, 9, true);
        checkTiers(5, 0, retained);
        assertExtends(low, 14, true);
        checkTiers(0, 0, retained);
        assertEquals(committed, rig.governor.committedBytes());
        assertEquals(2, extents.stats().volatileReuses());
        assertExtends(low, 15, false);
    }

    @Test
    void blockIsExtendedIntoPurgedAndRetainedRunsOnceTheGovernorAgrees() {
        final var low = allocate(4);
        final var high = allocate(10);
        allocate(1);
        free(high);
        rig.purger.purge(Long.MAX_VALUE);
        final long committed = rig.governor.committedBytes();
        assertExtends(low, 10, true);
        checkTiers(0, 4, GROWTH / PAGE - 15);
        assertEquals(committed + 6 * PAGE, rig.governor.committedBytes());
        final var last = allocate(5);
        assertExtends(last, 15, true);
        assertEquals(committed + 6 * PAGE + 15 * PAGE, rig.governor.committedBytes());
    }

    @Test
    void blockIsNotExtendedIntoWhatIsInUseTooSmallOrBeingPurged() {
        final var low = allocate(4);
        final var high = allocate(10);
        allocate(1);
        assertExtends(low, 5, false);
        free(high);
        assertExtends(low, 15, false);
        assertTrue(high.claim());
        assertExtends(low, 5, false);
        high.finish(true);
        extents.settle(high, true, high.size());
        assertExtends(low, 14, true);
    }

    @Test
    void blockIsNotExtendedBeyondTheHardLimit() {
        try (var small = Rig.fake(20 * PAGE + METADATA)) {
            final var poor = allocator(small);
            final var block = allocate(poor, 15, 1);
            assertTrue(block.holdActive());
            assertFalse(poor.extend(block, 21 * PAGE));
            assertTrue(poor.extend(block, 20 * PAGE));
            block.activate();
            assertEquals(20 * PAGE + METADATA, small.governor.committedBytes());
            poor.checkInvariants();
        }
    }

    // Huge pages.

    @Test
    void runsOfHugePagesAreWholeUnitsWhateverBecomesOfThem() {
        try (var large = Rig.largeFake()) {
            final var huge = new ExtentAllocator(large.regions, table, large.governor, Rig.EVENTS, PAGE, PageKind.HUGE);
            large.purger.addSource(huge.volatileRuns());
            assertEquals(2L << 20, huge.unit());
            final var runs = new Extent[3];
            for (int i = 0; i < runs.length; i++) {
                runs[i] = huge.allocateNonResident((i + 1) * huge.unit(), PAGE);
                assertEquals(0, runs[i].address() % huge.unit());
                runs[i].activate();
            }
            assertTrue(runs[2].mark(large.tick()));
            huge.adopt(runs[2]);
            final var part = huge.tryAllocateVolatile(huge.unit(), PAGE);
            assertEquals(runs[2].address(), part.address());
            part.activate();
            huge.checkInvariants();
            assertEquals(huge.unit(), large.purger.purge(1));
            large.purged.forEach(range -> assertEquals(0, range.address() % huge.unit() + range.size() % huge.unit()));
        }
    }

    @Test
    void checkNamesAMemberInAWrongState() {
        final var run = apart(4)[0];
        free(run);
        rig.purger.purge(1);
        assertTrue(run.holdPurged());
        assertBroken("X1");
        run.releasePurged();
    }

    @Test
    void checkNamesNeighboursThatTouch() {
        final var below = allocate(4);
        final var above = allocate(4);
        allocate(1);
        free(below);
        rig.purger.purge(1);
        assertTrue(above.holdActive());
        above.releasePurged();
        above.tier = Tier.PURGED;
        assertBroken("X2");
        above.tier = Tier.NONE;
    }

    @Test
    void checkNamesARunThatThePageMapDoesNotKnow() {
        final var run = apart(4)[0];
        free(run);
        for (final long page : List.of(run.address(), run.end() - PAGE)) {
            rig.regions.setEntry(page, PageEntry.NONE);
            assertBroken("X3");
            rig.regions.setEntry(page, PageEntry.boundary(run.id()));
        }
    }

    private void assertBroken(String invariant) {
        final var found = assertThrows(AssertionError.class, extents::checkInvariants);
        assertTrue(found.getMessage().startsWith(invariant), found.getMessage());
    }
}
