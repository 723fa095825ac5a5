package io.offheap.allocator.size;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PageClassesTest {

    private static final long MOST_PAGES = 1L << 40;

    private final List<Long> ladder = ladder();

    /// The rungs as the drawing of [PageClasses] has them, built without its arithmetic.
    private static List<Long> ladder() {
        final var rungs = new ArrayList<Long>();
        for (long pages = 1; pages <= 16; pages++) {
            rungs.add(pages);
        }
        for (long base = 16; base < MOST_PAGES; base *= 2) {
            for (int step = 1; step <= 8; step++) {
                rungs.add(base + step * base / 8);
            }
        }
        return rungs;
    }

    /// Every count that is small, and every count near a power of two or near a rung.
    private TreeSet<Long> interestingCounts() {
        final var counts = new TreeSet<Long>();
        for (long pages = 1; pages <= 100_000; pages++) {
            counts.add(pages);
        }
        for (long power = 1; power <= MOST_PAGES; power *= 2) {
            for (long near = -20; near <= 20; near++) {
                counts.add(power + near);
            }
        }
        for (final long rung : ladder) {
            counts.addAll(List.of(rung - 1, rung, rung + 1));
        }
        counts.removeIf(pages -> pages < 1 || pages > MOST_PAGES);
        return counts;
    }

    @Test
    void rungsAreThoseOfTheLadder() {
        assertEquals(ladder.size(), PageClasses.COUNT);
        for (int index = 0; index < ladder.size(); index++) {
            assertEquals(ladder.get(index), PageClasses.pagesOf(index), "rung " + index);
        }
    }

    @Test
    void ceilingIsTheLowestRungThatHoldsACount() {
        int expected = 0;
        for (final long pages : interestingCounts()) {
            while (ladder.get(expected) < pages) {
                expected++;
            }
            assertEquals(expected, PageClasses.ceilingIndex(pages), "pages " + pages);
        }
    }

    @Test
    void floorIsTheHighestRungThatACountReaches() {
        int expected = 0;
        for (final long pages : interestingCounts()) {
            while (expected + 1 < ladder.size() && ladder.get(expected + 1) <= pages) {
                expected++;
            }
            assertEquals(expected, PageClasses.floorIndex(pages), "pages " + pages);
        }
    }

    @Test
    void roundingUpAddsLessThanAnEighthAndNothingUpTo16() {
        double worst = 0;
        for (final long pages : interestingCounts()) {
            final long added = PageClasses.pagesOf(PageClasses.ceilingIndex(pages)) - pages;
            if (pages <= 16) {
                assertEquals(0, added, "pages " + pages);
            }
            worst = Math.max(worst, (double) added / pages);
        }
        assertTrue(worst < 0.125, "worst " + worst);
        assertTrue(worst > 0.12, "the bound is not the worst case: " + worst);
    }

    @Test
    void whatIsNoCountFailsItsAssertion() {
        assertThrows(AssertionError.class, () -> PageClasses.ceilingIndex(0));
        assertThrows(AssertionError.class, () -> PageClasses.ceilingIndex(MOST_PAGES + 1));
        assertThrows(AssertionError.class, () -> PageClasses.floorIndex(0));
        assertThrows(AssertionError.class, () -> PageClasses.pagesOf(-1));
    }
}
