package io.offheap.memory.purge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.purge.VolatileRun.State;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class VolatileRunTest {

    /// A call that changes the state, as the drawing of [VolatileRun] has it.
    ///
    /// @param isAsked whether it answers false when it finds another state; if not, that is a mistake of ours
    private record Transition(String name, State from, State to, boolean isAsked, Predicate<VolatileRun> call) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final class Run extends VolatileRun {
        Run() {
            super(0x10000, 8192);
        }

        Run in(State state) {
            switch (state) {
                case HELD -> { }
                case ACTIVE -> activate();
                case VOLATILE -> {
                    setMarkedAt(1);
                    releaseVolatile();
                }
                case PURGING -> {
                    setMarkedAt(1);
                    releaseVolatile();
                    assertTrue(claim());
                }
                case PURGED -> releasePurged();
            }
            assertEquals(state, state());
            return this;
        }

        @Override
        protected void purgeFinished(boolean purged, long bytes) {
            throw new AssertionError("nobody purges here: " + this);
        }
    }

    @FunctionalInterface
    private interface Move {
        void make(VolatileRun run);
    }

    private static Transition asked(String name, State from, State to, Predicate<VolatileRun> call) {
        return new Transition(name, from, to, true, call);
    }

    private static Transition moved(String name, State from, State to, Move call) {
        return new Transition(name, from, to, false, run -> {
            call.make(run);
            return true;
        });
    }

    private static Transition[] transitions() {
        return new Transition[] {
            asked("mark", State.ACTIVE, State.VOLATILE, run -> run.mark(5)),
            asked("reuse", State.VOLATILE, State.ACTIVE, VolatileRun::reuse),
            asked("holdVolatile", State.VOLATILE, State.HELD, VolatileRun::holdVolatile),
            asked("holdPurged", State.PURGED, State.HELD, VolatileRun::holdPurged),
            asked("holdActive", State.ACTIVE, State.HELD, VolatileRun::holdActive),
            asked("claim", State.VOLATILE, State.PURGING, VolatileRun::claim),
            moved("activate", State.HELD, State.ACTIVE, VolatileRun::activate),
            moved("releaseVolatile", State.HELD, State.VOLATILE, VolatileRun::releaseVolatile),
            moved("releasePurged", State.HELD, State.PURGED, VolatileRun::releasePurged),
            moved("unclaim", State.PURGING, State.VOLATILE, VolatileRun::unclaim),
            moved("finish(true)", State.PURGING, State.PURGED, run -> run.finish(true)),
            moved("finish(false)", State.PURGING, State.VOLATILE, run -> run.finish(false)),
        };
    }

    @ParameterizedTest
    @MethodSource("transitions")
    void transitionStartsInItsOneStateAndChangesNothingElsewhere(Transition transition) {
        for (final var state : State.values()) {
            final var run = new Run().in(state);
            if (state == transition.from) {
                assertTrue(transition.call.test(run), transition + " from " + state);
                assertEquals(transition.to, run.state());
            } else if (transition.isAsked) {
                assertFalse(transition.call.test(run), transition + " from " + state);
                assertEquals(state, run.state());
            } else {
                final var mistake = assertThrows(AssertionError.class, () -> transition.call.test(run));
                assertTrue(mistake.getMessage().contains("expected " + transition.from), mistake.getMessage());
                assertEquals(state, run.state());
            }
        }
    }

    @Test
    void newRunIsHeldWithItsExtent() {
        final var run = new Run();
        assertEquals(State.HELD, run.state());
        assertEquals(0x10000, run.address());
        assertEquals(8192, run.size());
        assertEquals(0x12000, run.end());
        assertFalse(run.isKnownZero());
        assertEquals("run[0x10000, 8192 bytes, HELD]", run.toString());
    }

    @Test
    void extentChangesWhileHeldOnly() {
        final var run = new Run();
        run.resize(0x20000, 4096);
        assertEquals(0x21000, run.end());
        run.activate();
        assertThrows(AssertionError.class, () -> run.resize(0x30000, 4096));
        assertThrows(AssertionError.class, () -> run.setKnownZero(true));
        assertEquals(0x20000, run.address());
    }

    @Test
    void markingSetsTheAgeAndForgetsZeroes() {
        final var run = new Run();
        run.setKnownZero(true);
        run.activate();
        assertTrue(run.mark(77));
        assertEquals(77, run.markedAt());
        assertFalse(run.isKnownZero());
        assertTrue(run.holdVolatile());
        run.setKnownZero(true);
        run.setMarkedAt(78);
        run.releaseVolatile();
        assertEquals(78, run.markedAt());
        assertFalse(run.isKnownZero());
    }

    @Test
    void onlyACompletePurgeIsKnownZero() {
        final var purged = new Run().in(State.PURGING);
        purged.finish(true);
        assertTrue(purged.isKnownZero());
        final var failed = new Run().in(State.PURGING);
        failed.finish(false);
        assertFalse(failed.isKnownZero());
    }

    @Test
    @Timeout(60)
    void ofTwoConcurrentMarksExactlyOneSucceeds() throws Exception {
        race(State.ACTIVE, run -> run.mark(5), run -> run.mark(5), Set.of(State.VOLATILE));
    }

    @Test
    @Timeout(60)
    void claimAndReuseExcludeEachOther() throws Exception {
        race(State.VOLATILE, VolatileRun::claim, VolatileRun::reuse, Set.of(State.PURGING, State.ACTIVE));
    }

    @Test
    @Timeout(60)
    void claimAndHoldExcludeEachOther() throws Exception {
        race(State.VOLATILE, VolatileRun::claim, VolatileRun::holdVolatile, Set.of(State.PURGING, State.HELD));
    }

    @ParameterizedTest
    @EnumSource
    void everyStateCanBeLeft(State state) {
        for (final var transition : transitions()) {
            if (transition.from == state) {
                return;
            }
        }
        throw new AssertionError("nothing leads out of " + state);
    }

    /// Two threads call on the same runs in the same order and wait for each other before each run, so that
    /// they meet on most of them.
    private static void race(State from, Predicate<VolatileRun> one, Predicate<VolatileRun> other, Set<State> ends)
            throws Exception {
        final var runs = new Run[20_000];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = new Run().in(from);
        }
        final var myPlace = new AtomicInteger();
        final var theirPlace = new AtomicInteger();
        final var theirWins = new FutureTask<>(() -> wins(runs, other, theirPlace, myPlace));
        Thread.ofPlatform().daemon().start(theirWins);
        final boolean[] mine = wins(runs, one, myPlace, theirPlace);
        final boolean[] theirs = theirWins.get();
        for (int i = 0; i < runs.length; i++) {
            assertTrue(mine[i] ^ theirs[i], "run " + i + ": " + (mine[i] ? "both" : "none"));
            assertTrue(ends.contains(runs[i].state()), runs[i]::toString);
        }
    }

    private static boolean[] wins(Run[] runs, Predicate<VolatileRun> call, AtomicInteger here, AtomicInteger there) {
        final boolean[] won = new boolean[runs.length];
        for (int i = 0; i < runs.length; i++) {
            here.set(i + 1);
            for (int spins = 0; there.get() <= i; spins++) {
                if (spins < 1000) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();                         // the other one has lost its processor
                }
            }
            won[i] = call.test(runs[i]);
        }
        return won;
    }
}
