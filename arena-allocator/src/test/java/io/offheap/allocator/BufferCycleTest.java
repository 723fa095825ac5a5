package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// For how many bytes a collection is had.
class BufferCycleTest {

    private static final long PAGE = 4096;

    /// As on a machine where a page takes so long.
    private static BufferCycle withPagesOf(long nanos) {
        return new BufferCycle(left -> left * PAGE / nanos);
    }

    /// All that is found, in the time that was expected.
    private static long haveOne(BufferCycle cycle, int factor) {
        final long asked = cycle.next(factor);
        assertTrue(cycle.had(asked, factor, asked, BufferCycle.FIRST_COST));
        return asked;
    }

    @Test
    void firstOneComesWhenNewMemoryHasCostAsMuch() {
        assertEquals(BufferCycle.FIRST_COST / 16_000 * PAGE, withPagesOf(16_000).next(1));
    }

    /// The sum of all growth costs what all collections have cost.
    @Test
    void growsByWhatEachCollectionHasCost() {
        final var cycle = withPagesOf(16_000);
        long asked = 0;
        for (int i = 1; i <= 40; i++) {
            asked = haveOne(cycle, 1);
            assertEquals(i * BufferCycle.FIRST_COST, asked / PAGE * 16_000, i);
        }
        assertTrue(asked > BufferCycle.LEAST_BOUND);
    }

    @Test
    void growsAtOnceWherePagesAreCheapButNoFurtherThanThatPays() {
        final var cycle = withPagesOf(50);
        final long most = BufferCycle.FIRST_COST * 20;
        assertEquals(most, haveOne(cycle, 1));
        assertEquals(most, haveOne(cycle, 1));
        assertEquals(2 * most, haveOne(cycle, 2));
        assertEquals(2 * most, cycle.next(1));          // it is resident already
    }

    @Test
    void shortCollectionsMakeItSmallButNotTooSmall() {
        final var cycle = withPagesOf(50);
        assertTrue(cycle.had(cycle.next(1), 1, Long.MAX_VALUE, 1000));
        assertTrue(cycle.had(cycle.next(1), 1, Long.MAX_VALUE, 1000));
        assertEquals(BufferCycle.LEAST_BOUND, cycle.next(1));
    }

    /// One that is disturbed counts for little.
    @Test
    void whatACollectionTakesRisesByAndByAndFallsAtOnce() {
        final var cycle = withPagesOf(1_000_000);
        final long first = cycle.next(1);
        assertTrue(cycle.had(first, 1, first, 1_000_000_000));
        final long second = cycle.next(1) - first;
        assertTrue(second > first && second < first + first / 8, () -> first + ", then " + second);
        assertTrue(cycle.had(cycle.next(1), 1, Long.MAX_VALUE, 1_000_000));
        final long had = first + second;
        assertEquals(PAGE, cycle.next(1) - had);
    }

    @Test
    void fruitlessOnesComeMoreAndMoreSeldom() {
        final var cycle = withPagesOf(50);
        long asked = cycle.next(1);
        for (int i = 0; i < 10; i++) {
            assertFalse(cycle.had(asked, 1, asked / 2 - 1, BufferCycle.FIRST_COST));
            assertEquals(2 * asked, cycle.next(1));
            asked *= 2;
        }
        assertTrue(cycle.had(asked, 1, asked / 2, BufferCycle.FIRST_COST));
        assertEquals(BufferCycle.FIRST_COST * 20, cycle.next(1));
    }
}
