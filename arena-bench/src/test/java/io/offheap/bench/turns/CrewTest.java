package io.offheap.bench.turns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.FakeContestant;
import io.offheap.bench.measure.Gate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class CrewTest {

    private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    @Test
    void everyWorkerBeginsOnceWorksInEverySliceAndEndsOnce() throws Exception {
        final List<Counting> workers = List.of(new Counting(), new Counting(), new Counting());
        final Crew crew = new Crew(new FakeContestant(), workers);
        crew.slice(NANOS);
        final Slice slice = crew.slice(NANOS);
        crew.end();
        assertEquals(3, slice.operations());
        assertTrue(slice.threadNanos() > 0 && slice.cpuNanos() > 0, slice::toString);
        workers.forEach(worker -> assertEquals("begin work work end ", worker.log.toString()));
    }

    @Test
    void theTimeOfAHelperDoesNotCount() throws Exception {
        final Crew crew = new Crew(new FakeContestant(), List.of(new Counting(), new Helper()));
        final long start = System.nanoTime();
        final Slice slice = crew.slice(NANOS);
        final long elapsed = System.nanoTime() - start;
        crew.end();
        assertEquals(1, slice.operations());
        assertTrue(slice.threadNanos() <= elapsed, () -> slice + " within " + elapsed);
    }

    @Test
    void whatAWorkerSpendsAsideDoesNotCount() throws Exception {
        final Crew crew = new Crew(new FakeContestant(), List.of(new Preparing()));
        final Slice slice = crew.slice(NANOS);
        crew.end();
        assertEquals(1, slice.operations());
        assertTrue(slice.threadNanos() < 0 && slice.cpuNanos() < 0, slice::toString);
    }

    @Test
    void whatEndsAWorkerIsThrownByTheSliceAndTheOthersEnd() throws Exception {
        final Counting other = new Counting();
        final Crew crew = new Crew(new FakeContestant(), List.of(other, new Broken()));
        assertThrows(WrongBytesException.class, () -> crew.slice(NANOS));
        assertThrows(WrongBytesException.class, crew::end);
        assertEquals("begin work end ", other.log.toString());
    }

    private static final class Counting implements Worker {
        private final StringBuilder log = new StringBuilder();

        @Override
        public void begin() {
            log.append("begin ");
        }

        @Override
        public long work(Gate gate) {
            log.append("work ");
            while (gate.isOpen()) {
                Thread.onSpinWait();
            }
            return 1;
        }

        @Override
        public void end() {
            log.append("end ");
        }
    }

    private static final class Helper implements Worker {
        @Override
        public long work(Gate gate) {
            while (gate.isOpen()) {
                Thread.onSpinWait();
            }
            return 0;
        }
    }

    /// Says that it has spent an hour aside, which is more than it took.
    private static final class Preparing implements Worker {
        @Override
        public long work(Gate gate) {
            return 1;
        }

        @Override
        public Paused paused() {
            return new Paused(TimeUnit.HOURS.toNanos(1), TimeUnit.HOURS.toNanos(1));
        }
    }

    private static final class Broken implements Worker {
        @Override
        public long work(Gate gate) {
            throw new WrongBytesException("meant to fail");
        }
    }
}
