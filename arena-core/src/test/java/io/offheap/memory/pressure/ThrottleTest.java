package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class ThrottleTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private long now = Long.MAX_VALUE - 2 * SECOND;                     // runs over during the tests
    private final Throttle throttle = new Throttle(now);

    @Test
    void aBurstIsAnsweredAtOnceAndThenOneAPeriod() {
        for (int i = 0; i < Throttle.BURST; i++) {
            assertEquals(0, throttle.delayNanos(now), "turn " + i);
            throttle.took(now, false);
        }
        assertEquals(Throttle.QUIET_PERIOD_NANOS, throttle.delayNanos(now));
        now += Throttle.QUIET_PERIOD_NANOS - 1;
        assertEquals(1, throttle.delayNanos(now));
        now += 1;
        assertEquals(0, throttle.delayNanos(now));
        throttle.took(now, false);
        assertEquals(Throttle.QUIET_PERIOD_NANOS, throttle.delayNanos(now));
    }

    @Test
    void aFloodOfEventsCausesFourTurnsASecond() {
        assertEquals(4 * 10 + Throttle.BURST - 1, turnsOfAFlood(10 * SECOND, false));
        assertEquals(100, turnsOfAFlood(SECOND, true), 2);
    }

    private int turnsOfAFlood(long nanos, boolean isShort) {
        final long end = now + nanos;
        int turns = 0;
        while (end - now > 0) {
            throttle.took(now, isShort);
            turns++;
            now += throttle.delayNanos(now);
        }
        return turns;
    }

    /// Turns by the clock use up the tokens of events, and never go into debt for more than one.
    @Test
    void manyTurnsByTheClockDelayAnEventByOnePeriodAtMost() {
        for (int i = 0; i < 100; i++) {
            throttle.took(now, false);
            now += SECOND / 8;
        }
        final long delay = throttle.delayNanos(now);
        assertTrue(delay <= Throttle.QUIET_PERIOD_NANOS, "delay " + delay);
        throttle.took(now, true);
        assertTrue(throttle.delayNanos(now) <= Throttle.SHORT_PERIOD_NANOS);
    }
}
