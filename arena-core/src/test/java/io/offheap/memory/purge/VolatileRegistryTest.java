package io.offheap.memory.purge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolatileRegistryTest {

    private static final long PAGE = 4096;

    private final VolatileRegistry registry = new VolatileRegistry();

    private static final class Run extends VolatileRun {
        Run(long pages, long mark) {
            super(PAGE, pages * PAGE);
            setMarkedAt(mark);
            releaseVolatile();
        }

        void resizeTo(long pages) {
            assertTrue(holdVolatile());
            resize(PAGE, pages * PAGE);
            releaseVolatile();
        }

        @Override
        protected void purgeFinished(boolean purged, long bytes) {
            throw new AssertionError("nobody purges here: " + this);
        }
    }

    private Run add(long pages, long mark) {
        final var run = new Run(pages, mark);
        registry.add(run);
        return run;
    }

    @Test
    void emptyHasNoOldest() {
        assertNull(registry.oldest());
        assertNull(registry.claimOldest());
        assertEquals(VolatileSource.NOTHING, registry.oldestMark());
        assertEquals(0, registry.bytes());
        assertTrue(registry.checkInvariants());
    }

    @Test
    void oldestIsTheOneWithTheLowestMarkWhateverTheOrderOfAdding() {
        add(1, 20);
        final var oldest = add(2, 10);
        add(3, 30);
        assertSame(oldest, registry.oldest());
        assertEquals(10, registry.oldestMark());
        assertEquals(6 * PAGE, registry.bytes());
    }

    @Test
    void marksAreComparedAcrossTheOverflowOfTheClock() {
        final var older = add(1, Long.MAX_VALUE - 1);
        add(1, Long.MIN_VALUE + 1);
        assertSame(older, registry.oldest());
        assertTrue(registry.checkInvariants());
    }

    @Test
    void ofEqualMarksTheFirstAddedIsTheOldest() {
        final var first = add(1, 5);
        final var second = add(1, 5);
        assertSame(first, registry.claimOldest());
        assertSame(second, registry.claimOldest());
    }

    @Test
    void memberThatIsAddedAgainKeepsItsPlace() {
        final var run = add(1, 5);
        registry.add(run);
        assertEquals(PAGE, registry.bytes());
    }

    @Test
    void oneThatLeftTwiceIsNotCountedTwice() {
        final var run = add(1, 5);
        add(2, 6);
        registry.remove(run);
        registry.remove(run);
        assertFalse(registry.contains(run));
        assertEquals(2 * PAGE, registry.bytes());
    }

    @Test
    void replacementTakesThePlaceInTheLine() {
        final var gone = add(4, 5);
        final var equallyOld = add(1, 5);
        final var part = new Run(2, 5);
        registry.replace(gone, part);
        assertFalse(registry.contains(gone));
        assertSame(part, registry.claimOldest());
        assertSame(equallyOld, registry.claimOldest());
    }

    @Test
    void replacementOfOneThatHasLeftIsEnteredByItsMark() {
        final var gone = new Run(4, 7);
        final var older = add(1, 5);
        final var younger = add(1, 9);
        final var part = new Run(2, 7);
        registry.replace(gone, part);
        assertSame(older, registry.claimOldest());
        assertSame(part, registry.claimOldest());
        assertSame(younger, registry.claimOldest());
    }

    @Test
    void replacementWithAnotherMarkIsAMistake() {
        final var gone = add(1, 5);
        assertThrows(AssertionError.class, () -> registry.replace(gone, new Run(1, 6)));
    }

    @Test
    void partIsAddedRightBehindItsMember() {
        final var member = add(1, 5);
        final var equallyOld = add(1, 5);
        final var part = new Run(1, 5);
        registry.addBehind(part, member);
        assertSame(member, registry.claimOldest());
        assertSame(part, registry.claimOldest());
        assertSame(equallyOld, registry.claimOldest());
    }

    @Test
    void partOfOneThatIsNoMemberIsAMistake() {
        assertThrows(AssertionError.class, () -> registry.addBehind(new Run(1, 5), new Run(1, 5)));
    }

    @Test
    void newSizeCountsOnceItIsTold() {
        final var run = add(4, 5);
        run.resizeTo(1);
        assertEquals(4 * PAGE, registry.bytes());
        assertTrue(registry.checkInvariants());
        registry.resized(run);
        assertEquals(PAGE, registry.bytes());
        registry.remove(run);
        run.resizeTo(3);
        registry.resized(run);
        assertEquals(0, registry.bytes());
    }

    @Test
    void claimPassesOverThoseThatTheirOwnerIsTaking() {
        final var taken = add(1, 5);
        final var next = add(2, 6);
        assertTrue(taken.holdVolatile());
        assertSame(next, registry.claimOldest());
        assertEquals(VolatileRun.State.PURGING, next.state());
        assertTrue(registry.contains(taken));
        assertNull(registry.claimOldest());
        assertEquals(PAGE, registry.bytes());
    }

    @Test
    void claimOfALargeOnePassesOverSmallAndTakenOnesAndStopsAtTheDeadlineOrAfterSoManyLooks() {
        add(1, 10);
        final var taken = add(5, 11);
        final var large = add(3, 12);
        final var young = add(4, 13);
        assertTrue(taken.holdVolatile());
        assertNull(registry.claimOldest(3 * PAGE, 12, 100));
        assertNull(registry.claimOldest(3 * PAGE, VolatileSource.NOTHING, 2));
        assertNull(registry.claimOldest(6 * PAGE, VolatileSource.NOTHING, 100));
        assertSame(large, registry.claimOldest(3 * PAGE, VolatileSource.NOTHING, 3));
        assertEquals(VolatileRun.State.PURGING, large.state());
        assertFalse(registry.contains(large));
        assertSame(young, registry.claimOldest(3 * PAGE, 14, 100));
        assertEquals(6 * PAGE, registry.bytes());
        assertTrue(registry.checkInvariants());
    }

    @Test
    void brokenLinkIsFoundAsR1() {
        final var first = add(1, 5);
        final var second = add(1, 6);
        second.older = second;
        assertBroken("R1");
        second.older = first;
        second.listed = false;
        assertBroken("R1");
    }

    @Test
    void wrongSumIsFoundAsR2() {
        add(1, 5).listedBytes++;
        assertBroken("R2");
    }

    @Test
    void wrongOrderIsFoundAsR3() {
        add(1, 5);
        final var second = add(1, 6);
        assertTrue(second.holdVolatile());
        second.setMarkedAt(4);
        assertBroken("R3");
    }

    private void assertBroken(String invariant) {
        final var found = assertThrows(AssertionError.class, registry::checkInvariants);
        assertTrue(found.getMessage().startsWith(invariant + ": "), found.getMessage());
    }

    /// A step of a random program; runs are named by their place in the model or among those outside.
    private sealed interface Step {
        record Add(long pages, long mark) implements Step {}

        record Replace(int which, long pages) implements Step {}

        record AddBehind(int which, long pages) implements Step {}

        record Resize(int which, long pages) implements Step {}

        record Remove(int which) implements Step {}

        record Hold(int which) implements Step {}

        record Release(int which) implements Step {}

        record Claim() implements Step {}
    }

    /// The obvious registry: a list, the oldest first.
    private static final class State {
        final VolatileRegistry registry = new VolatileRegistry();
        final List<Run> line = new ArrayList<>();
        final List<Run> outside = new ArrayList<>();
        long latestMark;

        Step random(SplittableRandom random) {
            final int which = random.nextInt(1 << 20);
            final long pages = random.nextLong(1, 100);
            final int kind = line.size() > 100 ? random.nextInt(9, 16) : random.nextInt(16);
            return switch (kind) {
                case 0, 1, 2, 3 -> new Step.Add(pages, latestMark += random.nextLong(2));
                case 4, 5 -> new Step.Add(pages, Math.max(0, latestMark - random.nextLong(50)));
                case 6, 7 -> new Step.Replace(which, pages);
                case 8 -> new Step.AddBehind(which, pages);
                case 9 -> new Step.Resize(which, pages);
                case 10, 11 -> new Step.Remove(which);
                case 12 -> new Step.Hold(which);
                case 13 -> new Step.Release(which);
                default -> new Step.Claim();
            };
        }

        void perform(Step step) {
            switch (step) {
                case Step.Add(long pages, long mark) -> {
                    final var run = new Run(pages, mark);
                    registry.add(run);
                    line.add(placeFor(mark), run);
                }
                case Step.Replace(int which, long pages) -> {
                    final var gone = any(which);
                    if (gone != null) {
                        replace(gone, new Run(pages, gone.markedAt()));
                    }
                }
                case Step.AddBehind(int which, long pages) -> {
                    if (!line.isEmpty()) {
                        final int place = which % line.size();
                        final var part = new Run(pages, line.get(place).markedAt());
                        registry.addBehind(part, line.get(place));
                        line.add(place + 1, part);
                    }
                }
                case Step.Resize(int which, long pages) -> {
                    final var run = any(which);
                    if (run != null && run.state() == VolatileRun.State.VOLATILE) {
                        run.resizeTo(pages);
                        registry.resized(run);
                    }
                }
                case Step.Remove(int which) -> {
                    final var run = any(which);
                    if (run != null) {
                        registry.remove(run);
                        line.remove(run);
                        outside.remove(run);
                        outside.add(run);
                    }
                }
                case Step.Hold(int which) -> {
                    if (!line.isEmpty()) {
                        line.get(which % line.size()).holdVolatile();
                    }
                }
                case Step.Release(int which) -> line.stream()
                        .filter(run -> run.state() == VolatileRun.State.HELD)
                        .skip(which % 2).findFirst().ifPresent(VolatileRun::releaseVolatile);
                case Step.Claim() -> claim();
            }
            if (outside.size() > 20) {
                outside.removeFirst();
            }
        }

        private void replace(Run gone, Run part) {
            registry.replace(gone, part);
            final int place = line.indexOf(gone);
            if (place >= 0) {
                line.set(place, part);
                outside.add(gone);
            } else {
                line.add(placeFor(part.markedAt()), part);
            }
        }

        private void claim() {
            final var expected = line.stream().filter(run -> run.state() == VolatileRun.State.VOLATILE).findFirst();
            assertSame(expected.orElse(null), registry.claimOldest());
            expected.ifPresent(run -> {
                line.remove(run);
                run.finish(false);
                outside.add(run);
            });
        }

        private Run any(int which) {
            final int count = line.size() + outside.size();
            if (count == 0) {
                return null;
            }
            final int place = which % count;
            return place < line.size() ? line.get(place) : outside.get(place - line.size());
        }

        private int placeFor(long mark) {
            int place = line.size();
            while (place > 0 && line.get(place - 1).markedAt() > mark) {
                place--;
            }
            return place;
        }

        void check() {
            registry.checkInvariants();
            assertSame(line.isEmpty() ? null : line.getFirst(), registry.oldest());
            assertEquals(line.isEmpty() ? VolatileSource.NOTHING : line.getFirst().markedAt(), registry.oldestMark());
            assertEquals(line.stream().mapToLong(VolatileRun::size).sum(), registry.bytes());
            outside.forEach(run -> assertFalse(registry.contains(run)));
        }

        void checkOrder() {
            var run = registry.oldest();
            for (final var expected : line) {
                assertSame(expected, run);
                run = run.younger;
            }
            assertNull(run);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 20_260_101, 0x5eed})
    void agreesWithAListOverManyRandomSteps(long seed) {
        final var random = new SplittableRandom(seed);
        final var state = new State();
        for (int i = 0; i < 100_000; i++) {
            final var step = state.random(random);
            try {
                state.perform(step);
                state.check();
                if (i % 16 == 0) {
                    state.checkOrder();
                }
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ", step " + i + ", " + step + ": " + e.getMessage(), e);
            }
        }
    }
}
