package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pauses of a step where collections help, and of twice the last one where they do not.
class CollectionPauseTest {

    private static final long STEP = 10;
    private static final long USED = 800;

    /// {@return how long the pause is that begins at a position}
    private static long length(CollectionPause pause, long position) {
        long length = 0;
        while (!pause.isOver(position + length)) {
            length++;
        }
        return length;
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE - 5})
    void theFirstIsDueAtOnceAndTheNextAfterAStep(long position) {
        final var pause = new CollectionPause();
        assertTrue(pause.isOver(position));
        pause.begin(position, STEP, USED, USED);
        assertFalse(pause.isOver(position));
        assertEquals(STEP, length(pause, position));        // also past the largest number
    }

    @Test
    void oneThatHasNotHelpedDoublesThePauseAndOneThatHasEndsThat() {
        final var pause = new CollectionPause();
        for (final long expected : new long[] {10, 20, 40, 80}) {
            pause.begin(0, STEP, USED, USED / 8 - 1);
            assertEquals(expected, length(pause, 0));
        }
        pause.begin(0, STEP, USED, USED / 8);
        assertEquals(STEP, length(pause, 0));
        pause.begin(0, STEP, 0, 0);
        assertEquals(2 * STEP, length(pause, 0));           // there was nothing to be found
    }

    @Test
    void pausesAreAtLeastAStepAndNeverOverflow() {
        final var pause = new CollectionPause();
        pause.begin(0, STEP, USED, 0);
        pause.begin(0, 1000, USED, 0);
        assertEquals(1000, length(pause, 0));
        for (int i = 0; i < 200; i++) {
            pause.begin(0, STEP, USED, -1);                 // others have taken more meanwhile
        }
        assertFalse(pause.isOver(Long.MAX_VALUE / 8));
        assertTrue(pause.isOver(Long.MAX_VALUE));
    }
}
