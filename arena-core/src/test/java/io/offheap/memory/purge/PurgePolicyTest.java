package io.offheap.memory.purge;

import static io.offheap.memory.types.MemoryPressure.CRITICAL;
import static io.offheap.memory.types.MemoryPressure.NONE;
import static io.offheap.memory.types.MemoryPressure.SOME;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.memory.purge.PurgePolicy.Order;
import io.offheap.memory.purge.PurgePolicy.Situation;
import io.offheap.memory.types.MemoryPressure;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PurgePolicyTest {

    private static final long MIB = 1L << 20;
    private static final long ALL = Long.MAX_VALUE;
    private static final long PERIOD = 10_000;
    private static final long DEFAULT_PERIOD = 700;
    private static final long TENTH = PERIOD / 10;

    // What decay leaves of 100 MiB that are volatile, beside 50 MiB that are in use.
    private long period = PERIOD;
    private long levelNanos;
    private long headroom = ALL;
    private long allowed = 60 * MIB;
    private long allowedShort = 20 * MIB;
    private long peak = 50 * MIB;

    private List<Order> at(MemoryPressure level) {
        return PurgePolicy.decide(new Situation(level, levelNanos, headroom, period, 100 * MIB, allowed, allowedShort,
                50 * MIB, peak), DEFAULT_PERIOD);
    }

    private static List<Order> decay(long bytes) {
        return List.of(new Order(bytes, false, 0, false));
    }

    @Test
    void withoutPressureWhatDecayLetsGoGoes() {
        assertEquals(decay(40 * MIB), at(NONE));
        allowed = 100 * MIB;
        assertEquals(List.of(), at(NONE));
        allowed = 200 * MIB;
        assertEquals(List.of(), at(NONE));
    }

    @Test
    void decayLeavesWhatDemandLikeThatOfTheLastPeriodWouldTake() {
        peak = 130 * MIB;                                               // 80 more than now
        assertEquals(decay(20 * MIB), at(NONE));
        peak = 150 * MIB;
        assertEquals(List.of(), at(NONE));
        peak = 900 * MIB;
        assertEquals(List.of(), at(NONE));
    }

    @Test
    void nothingStaysWhereNothingMay() {
        peak = 900 * MIB;
        period = 0;
        allowed = 0;
        assertEquals(decay(100 * MIB), at(NONE));
    }

    @Test
    void someAtOnceLetsGoWhatHalfThePeriodWouldWhateverTheDemandWas() {
        peak = 900 * MIB;
        assertEquals(decay(80 * MIB), at(SOME));
    }

    @Test
    void someThatLastsTakesIdleUnitsThenAllThatIsIdle() {
        final var units = new Order(ALL, true, TENTH, true);
        final var rest = new Order(ALL, true, TENTH, false);
        final var decay = decay(80 * MIB).getFirst();
        levelNanos = PurgePolicy.UNITS_AFTER_NANOS - 1;
        assertEquals(List.of(decay), at(SOME));
        levelNanos++;
        assertEquals(List.of(units, decay), at(SOME));
        levelNanos = PurgePolicy.ALL_AFTER_NANOS - 1;
        assertEquals(List.of(units, decay), at(SOME));
        levelNanos++;
        assertEquals(List.of(units, rest, decay), at(SOME));
    }

    @Test
    void memoryThatMayStayForEverIsIdleAfterTheDefaultUnderPressure() {
        period = -1;
        allowedShort = ALL;
        levelNanos = PurgePolicy.UNITS_AFTER_NANOS;
        assertEquals(List.of(new Order(ALL, true, DEFAULT_PERIOD / 10, true)), at(SOME));
    }

    @Test
    void limitThatIsExceededHasTheExcessPurgedAtOnce() {
        headroom = -30 * MIB;
        allowedShort = ALL;
        assertEquals(List.of(new Order(30 * MIB, true, 0, false)), at(SOME));
    }

    @Test
    void criticalTakesEverythingWholeUnitsFirst() {
        peak = 900 * MIB;
        assertEquals(List.of(new Order(ALL, true, 0, true), new Order(ALL, true, 0, false)), at(CRITICAL));
    }

    @Test
    void decayGoesInBatches() {
        final var situation = new Situation(NONE, 0, ALL, PERIOD, 10 * PurgePolicy.DECAY_BATCH, 0, 0, 0, 0);
        assertEquals(decay(PurgePolicy.DECAY_BATCH), PurgePolicy.decide(situation, DEFAULT_PERIOD));
    }
}
