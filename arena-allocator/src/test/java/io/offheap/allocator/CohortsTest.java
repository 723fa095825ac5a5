package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Where buffers share their end.
class CohortsTest {

    private static final long FOUND = 100_000;
    private static final long FEW = FOUND / 256;

    private final Cohorts cohorts = new Cohorts();

    private void beCalm(int sweeps, long inUse) {
        for (int i = 0; i < sweeps; i++) {
            cohorts.swept(FOUND, inUse);
        }
    }

    @Test
    void notBeforeTwoSweepsHaveFoundAllButAFew() {
        assertFalse(cohorts.areWorthIt());
        cohorts.swept(FOUND, 1);
        assertFalse(cohorts.areWorthIt());
        cohorts.swept(FOUND, FEW);
        assertTrue(cohorts.areWorthIt());
    }

    @Test
    void sweepThatHasFoundLittleSaysNothing() {
        beCalm(2, 1);
        cohorts.swept(Cohorts.LEAST_FOUND - 1, FOUND);
        assertTrue(cohorts.areWorthIt());
    }

    @Test
    void notWhereOneInAHundredIsKept() {
        for (long sweep = 1; sweep <= 100; sweep++) {
            cohorts.swept(FOUND, sweep * FOUND / 100);
            assertFalse(cohorts.areWorthIt(), "sweep " + sweep);
        }
    }

    /// What is kept of one sweep may hide among what is new; of several it does not.
    @Test
    void slowGrowthIsNoticed() {
        int inVain = 0;
        for (long sweep = 1; sweep <= 1000; sweep++) {
            cohorts.swept(FOUND, sweep * FEW / 2);
            inVain += cohorts.areWorthIt() ? 1 : 0;
        }
        assertEquals(1, inVain);
    }

    @Test
    void buffersThatAreInUseForLongDoNotMatter() {
        cohorts.swept(FOUND, 10 * FOUND);
        assertFalse(cohorts.areWorthIt());
        beCalm(2, 10 * FOUND + FEW);
        assertTrue(cohorts.areWorthIt());
    }

    @Test
    void whatWasUsualOnceIsForgottenStepByStep() {
        cohorts.swept(FOUND, 10 * FOUND);
        beCalm(100, 0);
        assertTrue(cohorts.areWorthIt());
        cohorts.swept(FOUND, FOUND);
        assertFalse(cohorts.areWorthIt());
    }

    @Test
    void whoIsCaughtHasToBeCalmForTwiceAsLong() {
        beCalm(2, 1);
        for (int caught = 1, needed = 2 * Cohorts.LEAST_CALM; caught <= 10; caught++, needed *= 2) {
            cohorts.swept(FOUND, caught * FOUND);
            assertFalse(cohorts.areWorthIt());
            beCalm(needed - 1, caught * FOUND);
            assertFalse(cohorts.areWorthIt(), "after " + caught);
            beCalm(1, caught * FOUND);
            assertTrue(cohorts.areWorthIt(), "after " + caught);
        }
    }

    @Test
    void cohortHasSoManyBytesAtMost() {
        for (int capacity = 0; capacity <= Cohorts.LARGEST; capacity++) {
            final int size = Cohorts.size(capacity);
            assertTrue(1 < size && size <= Cohort.MOST, () -> "size " + size);
            assertTrue((long) size * capacity <= Cohorts.MOST_BYTES, () -> "size " + size);
            final int largest = Math.min(2 * Integer.highestOneBit(capacity) - 1, Cohorts.LARGEST);     // that has its place beside
            assertTrue((long) size * largest <= 2 * Cohorts.MOST_BYTES, () -> "size " + size);
        }
    }
}
