package io.offheap.memory.range;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Intervals against one entry a page.
class RangesModelTest {

    private static final long SEED = 42;
    private static final int STEPS = 20_000;
    private static final int PAGES = 24;

    @Test
    void intervalMapIsAMapOfPages() {
        final var random = new Random(SEED);
        final var actual = new IntervalMap<Integer>();
        final var expected = new TreeMap<Long, Integer>();
        for (int step = 0; step < STEPS; step++) {
            final long start = random.nextInt(PAGES);
            final long end = start + random.nextInt(PAGES - (int) start);
            final int value = step;
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    actual.put(start, end, value);
                    for (long page = start; page < end; page++) {
                        expected.put(page, value);
                    }
                }
                case 2 -> {
                    actual.remove(start, end);
                    expected.subMap(start, end).clear();
                }
                case 3 -> {
                    actual.change(start, end, old -> changed(old, value));
                    for (long page = start; page < end; page++) {
                        final var its = changed(expected.remove(page), value);
                        if (its != null) {
                            expected.put(page, its);
                        }
                    }
                }
                default -> {
                    final var moved = new TreeMap<>(expected.subMap(start, end));
                    move(actual, start, end, value);
                    expected.subMap(start, end).clear();
                    expected.subMap(start + PAGES, end + PAGES).clear();
                    moved.forEach((page, its) -> expected.put(page + PAGES, its));
                }
            }
            actual.checkInvariants();
            final String where = "seed " + SEED + ", step " + step + ", " + actual;
            for (long page = 0; page < 2 * PAGES; page++) {
                assertEquals(expected.get(page), actual.get(page), where);
            }
            assertEquals(!expected.subMap(start, end).isEmpty(), actual.intersects(start, end), where);
            assertEquals(expected.subMap(start, end).size(),
                    actual.within(start, end).stream().mapToLong(Interval::pages).sum(), where);
        }
    }

    private static Integer changed(Integer old, int value) {
        return old == null ? (value % 3 == 0 ? null : Integer.valueOf(value)) : (old % 2 == 0 ? null : Integer.valueOf(old + value));
    }

    /// @param step if even, there is a first time, that is undone
    private static void move(PageRanges ranges, long start, long end, int step) {
        ranges.cut(start, end);
        ranges.cut(start + PAGES, end + PAGES);
        if (step % 2 == 0) {
            final var before = ranges.toString();
            ranges.copy(start, end, PAGES).undo();
            assertEquals(before, ranges.toString(), "seed " + SEED + ", step " + step);
        }
        ranges.copy(start, end, PAGES).finish();
        ranges.drop(start, end);
    }

    private static void requireGaps(PageSet pages) {
        long before = -1;
        for (final var run : pages.within(0, 2 * PAGES)) {
            assertTrue(run.start() > before, () -> "runs that meet: " + pages);
            before = run.end();
        }
    }

    @Test
    void pageSetIsASetOfPages() {
        final var random = new Random(SEED);
        final var actual = new PageSet();
        final var expected = new TreeSet<Long>();
        for (int step = 0; step < STEPS; step++) {
            final long start = random.nextInt(PAGES);
            final long end = start + random.nextInt(PAGES - (int) start);
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    actual.add(start, end);
                    LongStream.range(start, end).forEach(expected::add);
                }
                case 2, 3 -> {
                    actual.remove(start, end);
                    expected.subSet(start, end).clear();
                }
                default -> {
                    final var moved = new TreeSet<>(expected.subSet(start, end));
                    move(actual, start, end, step);
                    LongStream.of(start, end, start + PAGES, end + PAGES).forEach(actual::join);
                    expected.removeAll(moved);
                    expected.subSet(start + PAGES, end + PAGES).clear();
                    moved.forEach(page -> expected.add(page + PAGES));
                }
            }
            requireGaps(actual);
            actual.checkInvariants();
            final String where = "seed " + SEED + ", step " + step + ", " + actual;
            assertEquals(expected.size(), actual.size(), where);
            assertEquals(expected.subSet(0L, (long) PAGES / 2).size(), actual.count(0, PAGES / 2), where);
            final List<Long> inside = new ArrayList<>();
            actual.within(3, 17).forEach(run -> {
                for (long page = run.start(); page < run.end(); page++) {
                    inside.add(page);
                }
            });
            assertEquals(List.copyOf(expected.subSet(3L, 17L)), inside, where);
            assertEquals(14 - inside.size(), actual.gaps(3, 17).stream().mapToLong(Interval::pages).sum(), where);
        }
    }

    @Test
    void cuttingAnIntervalLeavesTwoWithItsValue() {
        final var map = new IntervalMap<String>();
        map.put(0, 10, "a");
        map.remove(4, 6);
        assertEquals(List.of(new Interval<>(0, 4, "a"), new Interval<>(6, 10, "a")), map.all());
        assertNull(map.at(4));
    }

    @Test
    void neighboursWithEqualValuesStayTwo() {
        final var map = new IntervalMap<String>();
        map.put(0, 2, "a");
        map.put(2, 4, "a");
        assertEquals(2, map.all().size());
    }
}
