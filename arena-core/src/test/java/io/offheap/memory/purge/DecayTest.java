package io.offheap.memory.purge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecayTest {

    private static final long PERIOD = 10_000_000_000L;
    private static final long EPOCH = PERIOD / Decay.STEPS;
    private static final long BYTES = 1L << 30;

    @Test
    void periodOfZeroAllowsNothing() {
        final var decay = new Decay(0, 5);
        assertEquals(0, decay.allowedBytes(5, BYTES));
        assertEquals(0, decay.allowedBytes(Long.MAX_VALUE, BYTES));
        assertEquals(Long.MAX_VALUE, decay.epochNanos());
    }

    @Test
    void periodOfMinusOneAllowsEverythingForEver() {
        final var decay = new Decay(-1, 5);
        assertEquals(Long.MAX_VALUE, decay.allowedBytes(5, BYTES));
        assertEquals(Long.MAX_VALUE, decay.allowedBytes(Long.MAX_VALUE, BYTES));
        assertEquals(Long.MAX_VALUE, decay.epochNanos());
    }

    @Test
    void idleLookIsDueAfterATenthOfThePeriod() {
        assertEquals(PERIOD / 10, new Decay(PERIOD, 0).idleNanos());
        assertEquals(1, new Decay(1, 0).idleNanos());
        assertEquals(Long.MAX_VALUE, new Decay(0, 0).idleNanos());
        assertEquals(Long.MAX_VALUE, new Decay(-1, 0).idleNanos());
    }

    @Test
    void otherNegativePeriodFailsItsAssertion() {
        assertThrows(AssertionError.class, () -> new Decay(-2, 0));
    }

    @Test
    void answerChangesOnceAnEpoch() {
        assertEquals(EPOCH, new Decay(PERIOD, 0).epochNanos());
        assertEquals(1, new Decay(1, 0).epochNanos());
        final var decay = new Decay(PERIOD, 0);
        decay.allowedBytes(50 * EPOCH, BYTES);
        final long atStart = decay.allowedBytes(100 * EPOCH, BYTES);
        assertEquals(atStart, decay.allowedBytes(101 * EPOCH - 1, BYTES));
        assertTrue(decay.allowedBytes(101 * EPOCH, BYTES) < atStart);
    }

    /// Also across the overflow of the clock.
    @ParameterizedTest
    @ValueSource(longs = {0, -PERIOD / 2, Long.MAX_VALUE - PERIOD / 2})
    void idleMemoryFadesAlongSmootherstepToNothingInOnePeriod(long start) {
        final var decay = new Decay(PERIOD, start);
        assertEquals(BYTES, decay.allowedBytes(start, BYTES));
        assertEquals(BYTES, decay.allowedBytes(start + EPOCH, BYTES));
        long last = BYTES;
        for (int epoch = 1; epoch <= Decay.STEPS; epoch++) {
            final long allowed = decay.allowedBytes(start + (epoch + 1) * EPOCH, BYTES);
            final double x = 1 - (double) epoch / Decay.STEPS;
            final double smootherstep = 6 * Math.pow(x, 5) - 15 * Math.pow(x, 4) + 10 * Math.pow(x, 3);
            assertEquals(BYTES * smootherstep, allowed, 2, "epoch " + epoch);
            assertTrue(allowed <= last, "epoch " + epoch + ": " + allowed + " after " + last);
            last = allowed;
        }
        assertEquals(0, last);
    }

    @Test
    void purgingDownToWhatIsAllowedDoesNotChangeTheCurve() {
        final var idle = new Decay(PERIOD, 0);
        final var purged = new Decay(PERIOD, 0);
        long bytes = BYTES;
        for (int epoch = 0; epoch <= Decay.STEPS + 1; epoch++) {
            final long allowed = purged.allowedBytes(epoch * EPOCH, bytes);
            assertEquals(idle.allowedBytes(epoch * EPOCH, BYTES), allowed, "epoch " + epoch);
            bytes = Math.min(bytes, allowed);
            purged.purgedTo(bytes);
        }
        assertEquals(0, bytes);
    }

    @Test
    void whatComesLaterFadesLater() {
        final var decay = new Decay(PERIOD, 0);
        decay.allowedBytes(0, BYTES);
        decay.allowedBytes(EPOCH, BYTES);
        final long half = Decay.STEPS / 2;
        final long before = decay.allowedBytes(half * EPOCH, BYTES);
        assertEquals(before + BYTES, decay.allowedBytes(half * EPOCH, 2 * BYTES));
        decay.allowedBytes((half + 1) * EPOCH, 2 * BYTES);
        assertTrue(decay.allowedBytes((Decay.STEPS + 1) * EPOCH, 2 * BYTES) > BYTES / 4, "the second half is half old");
        assertEquals(0, decay.allowedBytes((Decay.STEPS + half + 1) * EPOCH, 2 * BYTES));
    }

    @Test
    void whatIsFreedAfterAPurgeIsNewInFull() {
        final var decay = new Decay(PERIOD, 0);
        decay.allowedBytes(EPOCH, BYTES);
        final long old = decay.allowedBytes(100 * EPOCH, BYTES);
        decay.purgedTo(0);
        assertEquals(old + BYTES, decay.allowedBytes(100 * EPOCH, BYTES));
    }

    @Test
    void noteOfAPurgeNeverMakesOldMemoryNew() {
        final var decay = new Decay(PERIOD, 0);
        decay.allowedBytes(EPOCH, BYTES);
        decay.purgedTo(2 * BYTES);
        assertEquals(2 * BYTES, decay.allowedBytes(EPOCH, 2 * BYTES), "the second half came in this epoch");
    }

    @Test
    void clockThatGoesBackwardsStartsItsEpochAnewAndKeepsTheCount() {
        final var decay = new Decay(PERIOD, 0);
        decay.allowedBytes(EPOCH, BYTES);
        final long before = decay.allowedBytes(100 * EPOCH, BYTES);
        assertEquals(before, decay.allowedBytes(10 * EPOCH, BYTES));
        assertEquals(before, decay.allowedBytes(11 * EPOCH - 1, BYTES));
        assertTrue(decay.allowedBytes(11 * EPOCH, BYTES) < before);
    }

    @Test
    void jumpOverAPeriodMakesOldMemoryOlderThanThePeriod() {
        final var decay = new Decay(PERIOD, 0);
        decay.allowedBytes(EPOCH, BYTES);
        assertEquals(0, decay.allowedBytes(1L << 60, BYTES));
        assertEquals(7, decay.allowedBytes(1L << 60, BYTES + 7));
    }

    @Test
    void jumpOverSomeEpochsIsLikeSingleSteps() {
        final var stepwise = new Decay(PERIOD, 0);
        final var jumping = new Decay(PERIOD, 0);
        stepwise.allowedBytes(EPOCH, BYTES);
        jumping.allowedBytes(EPOCH, BYTES);
        for (int epoch = 2; epoch <= 150; epoch++) {
            stepwise.allowedBytes(epoch * EPOCH, BYTES);
        }
        assertEquals(stepwise.allowedBytes(150 * EPOCH, BYTES), jumping.allowedBytes(150 * EPOCH, BYTES));
    }
}
