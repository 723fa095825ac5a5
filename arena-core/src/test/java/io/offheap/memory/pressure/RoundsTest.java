package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RoundsTest {

    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final RecordingLogger logger = new RecordingLogger();
    private final Rounds rounds = new Rounds(new DistinctErrors(logger));
    private final ManualSource source = new ManualSource("limit");
    private final FakeClient client = new FakeClient("a", source);
    private long now = Long.MAX_VALUE - 5 * SECOND;                     // runs over during the tests

    @Test
    void newClientIsServedAtTheFirstTurnWithLevelAndHeadroom() throws InterruptedException {
        source.set(1000, 800);
        rounds.add(client);
        rounds.turn(now);
        assertEquals(MemoryPressure.SOME, client.next());
        assertEquals(200, client.headroomBytes);
    }

    @Test
    void periodGetsShorterAsMemoryGetsShort() {
        rounds.add(client);
        assertEquals(SECOND, periodAt(100));
        assertEquals(125 * MILLI, periodAt(680));
        assertEquals(100 * MILLI, periodAt(800));
        assertEquals(50 * MILLI, periodAt(950));
    }

    /// The second turn's pause, since a pause is decided by the level before the turn.
    private long periodAt(long used) {
        source.set(1000, used);
        rounds.wantAll();
        rounds.turn(now);
        rounds.wantAll();
        return rounds.turn(now);
    }

    @Test
    void clientIsCalledWhenItAskedForIt() {
        rounds.add(client);
        client.answerNanos = 300 * MILLI;
        assertEquals(300 * MILLI, rounds.turn(now));
        rounds.turn(now + 300 * MILLI - Rounds.QUIET_PAUSE_NANOS);
        assertEquals(1, client.count);
        rounds.turn(now + 300 * MILLI);
        assertEquals(2, client.count);
    }

    @Test
    void impatientClientsCostFewerThanTenWakeUpsASecondWhileNothingIsShort() {
        for (int i = 0; i < 5; i++) {
            final var impatient = new FakeClient("i" + i);
            impatient.answerNanos = (i - 1) * 30 * MILLI;
            rounds.add(impatient);
            now += 7 * MILLI;
        }
        final int turns = turnsIn(10 * SECOND);
        assertTrue(turns < 100, "turns " + turns);
    }

    @Test
    void patientClientIsLookedAfterOnceASecond() {
        rounds.add(client);
        assertEquals(10, turnsIn(10 * SECOND));
        assertEquals(10, client.count);
    }

    @Test
    void clientDueBeforeTheNextTurnIsServedInThisOne() {
        final var other = new FakeClient("b");
        rounds.add(client);
        rounds.turn(now);
        now += 50 * MILLI;
        rounds.add(other);
        rounds.turn(now);
        now += SECOND - 50 * MILLI;
        assertEquals(SECOND, rounds.turn(now));
        assertEquals(2, other.count);
    }

    private int turnsIn(long nanos) {
        final long end = now + nanos;
        int turns = 0;
        while (end - now > 0) {
            now += rounds.turn(now);
            turns++;
        }
        return turns;
    }

    @Test
    void wantedClientIsServedAtTheNextTurnAlone() {
        final var other = new FakeClient("b");
        final var place = rounds.add(client);
        rounds.add(other);
        rounds.turn(now);
        rounds.want(place);
        rounds.turn(now + MILLI);
        assertEquals(2, client.count);
        assertEquals(1, other.count);
    }

    @Test
    void wishDuringTheWorkIsGrantedAfterIt() {
        final var place = rounds.add(client);
        client.work = () -> rounds.want(place);
        rounds.turn(now);
        rounds.turn(now + MILLI);
        assertEquals(2, client.count);
    }

    @Test
    void failureIsReportedOnceAndTheOthersAreServed() {
        final var other = new FakeClient("b");
        rounds.add(client);
        rounds.add(other);
        client.work = () -> {
            throw new StackOverflowError("deep");
        };
        for (int i = 0; i < 3; i++) {
            rounds.turn(now += SECOND);
        }
        client.work = () -> {
            throw new IllegalStateException("other");
        };
        rounds.turn(now += SECOND);
        assertEquals(4, client.count);
        assertEquals(4, other.count);
        assertEquals(List.of("WARNING maintenance of a failed: deep", "WARNING maintenance of a failed: other"),
                logger.lines);
    }

    @Test
    void sourceThatThrowsCountsAsUnreadable() {
        final var bad = new FakeClient("bad", new PressureSource() {
            @Override
            public String name() {
                return "bad";
            }

            @Override
            public Optional<MemoryReading> read() {
                throw new IllegalStateException("broken");
            }

            @Override
            public void close() {
                throw new AssertionError("not ours");
            }
        }, source);
        source.set(1000, 400);
        rounds.add(bad);
        rounds.turn(now);
        assertEquals(600, bad.headroomBytes);
        assertEquals(1, logger.lines.size());
    }

    @Test
    void removedClientIsNotServed() {
        final var place = rounds.add(client);
        assertTrue(rounds.remove(place));
        assertFalse(rounds.remove(place));
        rounds.turn(now);
        assertEquals(0, client.count);
    }

    @Test
    void clientRemovedByAnotherInTheSameTurnIsNotServed() {
        final var other = new FakeClient("b");
        rounds.add(client);
        final var place = rounds.add(other);
        client.work = () -> rounds.remove(place);
        rounds.turn(now);
        assertEquals(0, other.count);
    }

    @Test
    void reportsAreBounded() {
        final var errors = new DistinctErrors(logger);
        for (int i = 0; i < 2 * DistinctErrors.MOST; i++) {
            errors.report("x", new IllegalStateException("at " + i));
        }
        assertEquals(DistinctErrors.MOST, logger.lines.size());
        assertTrue(logger.lines.getLast().contains("nothing further"));
    }
}
