package io.offheap.memory.pressure;

import static io.offheap.memory.types.MemoryPressure.CRITICAL;
import static io.offheap.memory.types.MemoryPressure.NONE;
import static io.offheap.memory.types.MemoryPressure.SOME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.pressure.PressureGauge.Look;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureThresholds;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PressureGaugeTest {

    /// Shares in tests are parts of this.
    private static final long LIMIT = 1000;
    private static final long LATER = PressureGauge.HOLD_OFF_NANOS;

    private final PressureGauge gauge = new PressureGauge();
    private long now = -3 * LATER;                                      // a clock may begin anywhere

    @Test
    void levelRisesAtOnce() {
        assertEquals(NONE, at(749));
        assertEquals(SOME, at(750));
        assertEquals(SOME, at(919));
        assertEquals(CRITICAL, at(920));
        assertEquals(CRITICAL, new PressureGauge().update(List.of(container(1500)), 0));
    }

    @Test
    void levelFallsOnlyWellBelowTheThreshold() {
        at(750);
        now += LATER;
        assertEquals(SOME, at(721));
        assertEquals(NONE, at(719));
        at(920);
        now += LATER;
        assertEquals(CRITICAL, at(891));
        assertEquals(SOME, at(889));
        assertEquals(SOME, at(721));
        assertEquals(NONE, at(719));
    }

    @Test
    void levelFallsOnlyAfterTheHoldOff() {
        at(950);
        now += LATER - 1;
        assertEquals(CRITICAL, at(10));
        now += 1;
        assertEquals(NONE, at(10));
    }

    @Test
    void holdOffCountsFromTheLastRise() {
        at(750);
        now += LATER - 1;
        at(930);
        now += LATER - 1;
        assertEquals(CRITICAL, at(10));
        now += 1;
        assertEquals(NONE, at(10));
    }

    @Test
    void fallFromCriticalStopsAtSomeWhereSomeIsStillHeld() {
        at(950);
        now += LATER;
        assertEquals(SOME, at(730));
    }

    @Test
    void theHostIsShortLaterThanAContainer() {
        assertEquals(NONE, gauge.update(List.of(host(899)), now));
        assertEquals(SOME, gauge.update(List.of(host(901)), now));
        assertEquals(CRITICAL, gauge.update(List.of(host(971)), now));
    }

    @Test
    void theWorstLimitGivesTheLevelAndTheTightestTheHeadroom() {
        final var large = new Look(new MemoryReading(100_000, 80_000), PressureThresholds.LIMIT);
        final var small = new Look(new MemoryReading(1000, 100), PressureThresholds.LIMIT);
        assertEquals(SOME, gauge.update(List.of(large, small), now));
        assertEquals(900, gauge.headroomBytes());
        assertEquals(SOME, new PressureGauge().update(List.of(small, large), now));
    }

    @Test
    void exceededLimitHasNegativeHeadroom() {
        at(1100);
        assertEquals(-100, gauge.headroomBytes());
    }

    @Test
    void nothingReadOrLimitedIsNoPressureAndNoBound() {
        assertEquals(NONE, gauge.update(List.of(), now));
        assertEquals(Long.MAX_VALUE, gauge.headroomBytes());
        final var unlimited = new MemoryReading(MemoryReading.UNLIMITED, 5000);
        gauge.update(List.of(new Look(unlimited, PressureThresholds.LIMIT)), now);
        assertEquals(Long.MAX_VALUE, gauge.headroomBytes());
        assertFalse(gauge.isNearShort());
    }

    @Test
    void sourceThatCannotBeReadLetsTheLevelFallAfterTheHoldOff() {
        at(950);
        assertEquals(CRITICAL, gauge.update(List.of(), now));
        assertEquals(NONE, gauge.update(List.of(), now + LATER));
    }

    @Test
    void nearIsTenPointsBelowSome() {
        at(649);
        assertFalse(gauge.isNearShort());
        at(651);
        assertTrue(gauge.isNearShort());
        gauge.update(List.of(host(700)), now);
        assertFalse(gauge.isNearShort());
    }

    @Test
    void lookAgainComesHalfwayToTheThresholdAsUsageGrows() {
        at(300);
        assertEquals(1000, gauge.nextLookNanos(10, 1000));
        now += 100;
        at(400);                                                        // 1 a nanosecond: 350 left
        assertEquals(175, gauge.nextLookNanos(10, 1000), 1);
        assertEquals(200, gauge.nextLookNanos(200, 1000));
        assertEquals(100, gauge.nextLookNanos(10, 100));
        now += 100;
        at(390);
        assertEquals(1000, gauge.nextLookNanos(10, 1000));
        now += 1;
        at(660);
        assertEquals(10, gauge.nextLookNanos(10, 1000));
    }

    @Test
    void reportKeepsTheLevelUpWhateverTheSharesAre() {
        at(100);
        gauge.told(SOME, now);
        assertEquals(SOME, at(100));
        now += PressureGauge.TOLD_NANOS - 1;
        assertEquals(SOME, at(100));
        assertEquals(CRITICAL, at(930));
        gauge.told(NONE, now);
        now += LATER;
        assertEquals(NONE, at(100));
        gauge.told(SOME, now);
        now += PressureGauge.TOLD_NANOS - 1;
        gauge.told(SOME, now);
        now += PressureGauge.TOLD_NANOS - 1;
        assertEquals(SOME, at(100));
    }

    @Test
    void thresholdsOutOfOrderAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new PressureThresholds(0.9, 0.8));
        assertThrows(IllegalArgumentException.class, () -> new PressureThresholds(0, 0.8));
        assertThrows(IllegalArgumentException.class, () -> new PressureThresholds(Double.NaN, 0.8));
    }

    /// Against the sentences of the class comment, for one limit.
    @Test
    void randomSharesAgreeWithTheModel() {
        final var random = new Random(42);
        var level = NONE;
        long roseAt = 0;
        for (int step = 0; step < 100_000; step++) {
            final int used = 600 + random.nextInt(400);
            now += random.nextInt((int) LATER);
            final var reached = used >= 920 ? CRITICAL : used >= 750 ? SOME : NONE;
            final var held = used >= 890 ? CRITICAL : used >= 720 ? SOME : NONE;
            if (used == 890 || used == 720) {
                continue;                                               // on the edge the sum of shares is rounded
            }
            if (reached.ordinal() > level.ordinal()) {
                level = reached;
                roseAt = now;
            } else if (held.ordinal() < level.ordinal() && now - roseAt >= LATER) {
                level = held;
            }
            assertEquals(level, at(used), "step " + step);
            assertTrue(used < 750 || level != NONE);
        }
    }

    private MemoryPressure at(long used) {
        return gauge.update(List.of(container(used)), now);
    }

    private static Look container(long used) {
        return new Look(new MemoryReading(LIMIT, used), PressureThresholds.LIMIT);
    }

    private static Look host(long used) {
        return new Look(new MemoryReading(LIMIT, used), PressureThresholds.HOST);
    }
}
