package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.PageClasses;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.purge.VolatileRun.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunCacheTest {

    private static final long PAGE = 4096;
    private static final long SEED = 20261122;
    private static final int STEPS = 20_000;
    private static final int DEPTH = RunCache.FIRST_DEPTH;

    private final Rig rig = Rig.real();
    private final Shards shards = rig.shards(FreedRuns.VOLATILE, 1);
    private final RunCache cache = new RunCache();

    @AfterEach
    void invariantsHold() {
        assertTrue(cache.checkInvariants(PAGE));
        rig.close();
    }

    /// A run that was just freed.
    private Extent marked(long pages) {
        final var extent = shards.all().getFirst().allocateRun(pages * PAGE, PAGE);
        extent.activate();
        assertTrue(extent.mark(rig.tick()));
        return extent;
    }

    private static int rung(Extent extent) {
        return PageClasses.floorIndex(extent.size() / PAGE);
    }

    private Extent pushed(long pages) {
        final var extent = marked(pages);
        assertTrue(cache.push(extent, rung(extent)));
        assertTrue(cache.checkInvariants(PAGE));
        return extent;
    }

    private static void purge(Extent extent) {
        assertTrue(extent.claim());
        extent.finish(true);
    }

    @Test
    void lastInIsFirstOut() {
        final var first = pushed(4);
        final var last = pushed(4);
        assertSame(last, cache.reuse(3));
        assertSame(first, cache.reuse(3));
        assertNull(cache.reuse(3));
        assertEquals(State.ACTIVE, first.state());
        assertEquals(2, cache.reuses());
    }

    @Test
    void runWhoseMemoryIsGoneIsNotReused() {
        final var run = pushed(4);
        assertTrue(run.claim());
        assertNull(cache.reuse(3));
        run.finish(true);
        assertNull(cache.reuse(3));
        assertEquals(0, cache.reuses());
        assertSame(run, cache.pop(3));
        assertEquals(State.PURGED, run.state());
        assertNull(cache.pop(3));
    }

    @Test
    void eachRungHasAStackOfItsOwn() {
        final var small = pushed(4);
        final var large = pushed(5);
        assertSame(small, cache.reuse(3));
        assertSame(large, cache.reuse(4));
    }

    @Test
    void fullStackRefusesAndGivesItsOlderHalfAway() {
        final var runs = new ArrayList<Extent>();
        for (int i = 0; i < DEPTH; i++) {
            runs.add(pushed(4));
        }
        final var more = marked(4);
        assertFalse(cache.push(more, 3));
        assertArrayEquals(runs.subList(0, DEPTH / 2).toArray(), cache.evictFor(3));
        assertTrue(cache.push(more, 3));
        assertSame(more, cache.pop(3));
        for (int i = DEPTH - 1; i >= DEPTH / 2; i--) {
            assertSame(runs.get(i), cache.pop(3));
        }
        assertNull(cache.pop(3));
        assertEquals(0, cache.bytes());
    }

    @Test
    void stackThatRunsBothEmptyAndFullGetsDeeperUpToItsBound() {
        int depth = DEPTH;
        while (depth < RunCache.MOST_DEPTH) {
            assertNull(cache.pop(3));
            for (int i = 0; i < depth; i++) {
                pushed(4);
            }
            assertEquals(0, cache.evictFor(3).length, "there is room now");
            depth *= 2;
            for (int i = depth / 2; i > 0; i--) {
                cache.pop(3);
            }
        }
        assertNull(cache.pop(3));
        for (int i = 0; i < depth; i++) {
            pushed(4);
        }
        assertEquals(depth / 2, cache.evictFor(3).length);
    }

    @Test
    void wholeIsBoundedInBytesAndEveryRungGivesInTurn() {
        final var runs = new ArrayList<Extent>();
        for (long bytes = 0; bytes + (1024 + 1280) * PAGE <= RunCache.CAPACITY_BYTES; bytes += (1024 + 1280) * PAGE) {
            runs.add(pushed(1024));
            runs.add(pushed(1280));
        }
        final var refused = marked(4096);
        final var left = new ArrayList<Extent>();
        while (!cache.push(refused, rung(refused))) {
            left.addAll(List.of(cache.evictFor(rung(refused))));
        }
        assertTrue(held() <= RunCache.CAPACITY_BYTES);
        assertSame(runs.get(0), left.get(0), "the oldest of the lowest rung");
        assertSame(runs.get(1), left.get(1), "then the oldest of the next");
        assertSame(runs.get(2), left.get(2), "and around");
    }

    private long held() {
        return cache.bytes(State.VOLATILE);
    }

    @Test
    void bytesFreedInTheCacheMakeRoom() {
        for (int i = 0; i < 100; i++) {
            final var run = pushed(4096);
            assertSame(run, i % 2 == 0 ? cache.reuse(rung(run)) : cache.takeOldest(rung(run)));
        }
        assertEquals(0, held());
    }

    @Test
    void oldestVolatileRunIsFoundWhereverItStands() {
        assertNull(cache.oldestVolatile());
        final var runs = new Extent[] {pushed(9), pushed(3), pushed(9), pushed(1)};
        for (final var run : runs) {
            assertSame(run, cache.oldestVolatile());
            purge(run);
        }
        assertNull(cache.oldestVolatile());
    }

    @Test
    void bytesAreToldByState() {
        pushed(3);
        pushed(4);
        purge(pushed(8));
        assertTrue(pushed(16).claim());
        assertEquals(7 * PAGE, cache.bytes(State.VOLATILE));
        assertEquals(8 * PAGE, cache.bytes(State.PURGED));
        assertEquals(16 * PAGE, cache.bytes(State.PURGING));
    }

    /// Whatever is called in whatever order: what it says it has is what was pushed and has not left.
    @Test
    void runsAreKeptOnceEach() {
        System.out.println("RunCacheTest seed " + SEED);
        final var random = new SplittableRandom(SEED);
        final var some = new RunCache(2, 8, 2000 * PAGE);
        final var held = new ArrayList<Extent>();
        for (int i = 0; i < 60; i++) {
            held.add(marked(1 + random.nextInt(80)));
        }
        final var all = new HashSet<>(held);
        for (int step = 0; step < STEPS; step++) {
            final var one = held.isEmpty() ? null : held.get(random.nextInt(held.size()));
            final int rung = one == null ? random.nextInt(20) : rung(one);
            switch (random.nextInt(100)) {
                case 0 -> {
                    final var taken = new Extent[some.count()];
                    some.takeAll(taken);
                    held.addAll(List.of(taken));
                }
                case 1, 2, 3 -> held.addAll(List.of(some.takeNewest(rung, random.nextInt(5))));
                case 4, 5, 6 -> take(some.takeOldest(rung), held);
                case 7, 8, 9 -> take(some.pop(rung), held);
                default -> {
                    if (random.nextInt(3) == 0) {
                        take(some.take(rung), held);
                    } else if (one != null && some.push(one, rung)) {
                        held.remove(one);
                    } else if (one != null) {
                        held.addAll(List.of(some.evictFor(rung)));
                    }
                }
            }
            assertTrue(some.checkInvariants(PAGE), "step " + step);
            final var seen = new HashSet<>(held);
            some.forEach(run -> assertTrue(seen.add(run), run::toString));
            assertEquals(all, seen, "step " + step);
        }
    }

    /// Such as are active are freed again.
    private void take(Extent run, List<Extent> held) {
        if (run != null) {
            assertTrue(!run.isActive() || run.mark(rig.tick()));
            held.add(run);
        }
    }

    @Test
    void whatIsWrongIsFound() {
        final var run = pushed(4);
        run.reuse();
        assertTrue(assertThrows(AssertionError.class, () -> cache.checkInvariants(PAGE)).getMessage().startsWith("U3"));
        assertTrue(run.mark(rig.tick()) && cache.checkInvariants(PAGE));
        assertTrue(assertThrows(AssertionError.class, () -> cache.checkInvariants(2 * PAGE)).getMessage().startsWith("U3"));
        final var other = marked(5);
        assertTrue(cache.push(other, 3));
        assertTrue(assertThrows(AssertionError.class, () -> cache.checkInvariants(PAGE)).getMessage().startsWith("U3"));
        assertSame(other, cache.pop(3));
    }
}
