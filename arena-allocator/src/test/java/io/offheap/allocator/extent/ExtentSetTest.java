package io.offheap.allocator.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.Extent.Tier;
import io.offheap.allocator.size.PageClasses;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ExtentSetTest {

    private static final int PAGE_SHIFT = 12;

    private final ExtentTable table = new ExtentTable();
    private final ExtentSet set = new ExtentSet(Tier.PURGED, PAGE_SHIFT);

    private Extent extent(long pages) {
        return table.create(null, 0x10000, pages << PAGE_SHIFT);
    }

    private Extent added(long pages) {
        final var extent = extent(pages);
        set.add(extent);
        return extent;
    }

    @Test
    void emptySetHasNothingThatFits() {
        assertNull(set.smallestFitting(1 << PAGE_SHIFT));
        assertNull(set.smallestFitting(17 << PAGE_SHIFT));
    }

    @Test
    void memberKnowsItsTierUntilItLeaves() {
        final var extent = added(3);
        assertEquals(Tier.PURGED, extent.tier);
        set.remove(extent);
        assertEquals(Tier.NONE, extent.tier);
        assertEquals(0, set.count());
        assertThrows(AssertionError.class, () -> set.remove(extent));
    }

    @Test
    void memberIsNotAddedTwice() {
        final var extent = added(3);
        assertThrows(AssertionError.class, () -> set.add(extent));
    }

    @Test
    void smallestRungThatHoldsTheRequestServesIt() {
        final var large = added(1000);
        final var fitting = added(12);
        added(11);
        assertSame(fitting, set.smallestFitting(12 << PAGE_SHIFT));
        set.remove(fitting);
        assertSame(large, set.smallestFitting(12 << PAGE_SHIFT));
    }

    @Test
    void amongEqualsTheLastAddedIsFoundFirst() {
        added(5);
        final var last = added(5);
        assertSame(last, set.smallestFitting(5 << PAGE_SHIFT));
    }

    @Test
    void requestBetweenTwoRungsTriesTheRungBelow() {
        added(18);
        final var exact = added(19);
        added(20);
        assertSame(exact, set.smallestFitting(19 << PAGE_SHIFT));
    }

    @Test
    void everyMemberThatCanServeComesUpInAscendingRungs() {
        final var expected = new HashSet<Extent>();
        for (final long pages : List.of(16, 18, 18, 19, 20, 24, 24, 64, 5000, 1 << 20)) {
            final var extent = added(pages);
            if (pages >= 19) {
                expected.add(extent);
            }
        }
        final long size = 19 << PAGE_SHIFT;
        final var found = new ArrayList<Extent>();
        for (var extent = set.smallestFitting(size); extent != null; extent = set.after(extent)) {
            assertTrue(found.isEmpty() || found.getLast().rung <= extent.rung);
            found.add(extent);
        }
        found.removeIf(extent -> extent.size() < size);
        assertEquals(expected, new HashSet<>(found));
        assertEquals(expected.size(), found.size());
    }

    /// E1 to E3 against a list.
    @Test
    void setAgreesWithAList() {
        final long seed = 0xe87e57;
        final var random = new SplittableRandom(seed);
        final var model = new ArrayList<Extent>();
        for (int step = 0; step < 20_000; step++) {
            final String where = "seed " + seed + ", step " + step;
            if (model.isEmpty() || random.nextInt(20) < (step / 2000 % 2 == 0 ? 11 : 9)) {
                model.add(added(1 + (random.nextLong() >>> random.nextInt(34, 63))));
            } else {
                set.remove(model.remove(random.nextInt(model.size())));
            }
            final long wanted = 1 + (random.nextLong() >>> random.nextInt(34, 64));
            checkFound(model, wanted, set.smallestFitting(wanted << PAGE_SHIFT), where);
            assertEquals(model.size(), set.count(), where);
            assertEquals(model.stream().mapToLong(Extent::size).sum(), set.bytes(), where);
            if (step % 16 == 0) {
                set.checkInvariants();
            }
        }
    }

    /// What is found fits, and no member of a lower rung would have fitted for certain.
    private static void checkFound(List<Extent> model, long pages, Extent found, String where) {
        final long least = PageClasses.pagesOf(PageClasses.ceilingIndex(pages));
        final long best = model.stream().mapToLong(extent -> extent.size() >> PAGE_SHIFT)
                .filter(size -> size >= least).min().orElse(Long.MAX_VALUE);
        if (found == null) {
            assertEquals(Long.MAX_VALUE, best, where);
            return;
        }
        final long its = found.size() >> PAGE_SHIFT;
        assertTrue(model.contains(found) && its >= pages, where);
        assertNotNull(found.tier, where);
        assertTrue(best == Long.MAX_VALUE || PageClasses.floorIndex(its) <= PageClasses.floorIndex(best), where);
    }

    @Test
    void checkNamesWhatIsBroken() {
        final var extent = added(3);
        extent.rung++;
        assertTrue(assertThrows(AssertionError.class, set::checkInvariants).getMessage().startsWith("E1"));
        extent.rung--;
        extent.setExtent(0x10000, 2 << PAGE_SHIFT);
        assertTrue(assertThrows(AssertionError.class, set::checkInvariants).getMessage().startsWith("E1"));
        extent.setExtent(0x10000, 3 << PAGE_SHIFT);
        assertTrue(set.checkInvariants());
    }
}
