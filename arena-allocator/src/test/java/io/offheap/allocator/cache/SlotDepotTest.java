package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.purge.VolatileRun.State;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlotDepotTest {

    private static final int CLASS = 4;
    private static final int OTHER = 5;
    private static final int RUNS = SizeClasses.COUNT;
    private static final long PAGE = 4096;
    private static final long SEED = 20261122;
    private static final int STEPS = 2000;
    private static final int LARGE = 300;

    private final Rig rig = Rig.real();
    private final Shards shards = rig.shards(FreedRuns.VOLATILE, 1);
    private final SlotDepot depot = new SlotDepot(shards);

    @AfterEach
    void invariantsHold() {
        shards.checkInvariants();
        depot.checkInvariants();
        rig.close();
    }

    /// {@return so many numbers that stand for slots}
    private static long[] numbers(int count) {
        return LongStream.rangeClosed(1, count).toArray();
    }

    private long[] slots(int count) {
        final long[] slots = new long[count];
        for (int taken = 0; taken < count; taken += shards.all().getFirst().bin(CLASS).take(slots, count - taken)) {
            System.arraycopy(slots, 0, slots, count - taken, taken);
        }
        return slots;
    }

    private long usedSlots() {
        return shards.all().getFirst().bin(CLASS).usedSlots();
    }

    private long[] counts() {
        return counts(depot);
    }

    private long[] counts(SlotDepot of) {
        final long[] counts = new long[shards.classes().count()];
        of.addTo(counts);
        return counts;
    }

    @Test
    void whatIsPutIsTakenOnceNewestFirst() {
        assertEquals(0, depot.put(new long[] {11, 12, 13, 99}, 3, CLASS));
        final long[] taken = new long[4];
        assertEquals(2, depot.take(taken, 2, CLASS));
        assertArrayEquals(new long[] {12, 13, 0, 0}, taken);
        assertEquals(1, depot.take(taken, 2, CLASS));
        assertEquals(11, taken[0]);
        assertEquals(0, depot.take(taken, 2, CLASS));
    }

    @Test
    void classesAreKeptApart() {
        depot.put(new long[] {11}, 1, CLASS);
        assertEquals(0, depot.take(new long[1], 1, OTHER));
        assertEquals(1, counts()[CLASS]);
        assertEquals(1, Arrays.stream(counts()).sum());
    }

    @Test
    void firstOnesAreTurnedAwayWhenItIsFull() {
        final int capacity = depot.firstCapacity(CLASS);
        final long[] batch = numbers(capacity + 5);
        assertEquals(5, depot.put(batch, batch.length, CLASS));
        assertEquals(3, depot.put(new long[] {7, 8, 9}, 3, CLASS));
        final long[] taken = new long[capacity + 5];
        assertEquals(capacity, depot.take(taken, taken.length, CLASS));
        assertArrayEquals(Arrays.copyOfRange(batch, 5, batch.length), Arrays.copyOf(taken, capacity));
    }

    @Test
    void everyClassIsBoundedInBytes() {
        for (int slotClass = 0; slotClass < SizeClasses.COUNT; slotClass++) {
            final long bytes = (long) depot.firstCapacity(slotClass) * SizeClasses.sizeOf(slotClass);
            assertTrue(0 < bytes && bytes <= SlotDepot.CAPACITY_BYTES, "class " + slotClass + ": " + bytes + " bytes");
        }
    }

    @Test
    void runsComeOnceTheyAreWantedAndUntilTheyAreFlushed() {
        final long[] one = new long[1];
        assertFalse(depot.isWanted(RUNS));
        depot.want(RUNS);
        assertTrue(depot.isWanted(RUNS));
        one[0] = runSlot();
        assertEquals(0, depot.put(one, 1, RUNS));
        assertTrue(depot.offers(RUNS));
        final var run = shards.extentOf(rig.regions.entryOf(one[0]));
        assertEquals(State.ACTIVE, run.state());
        depot.flush();
        assertEquals(State.VOLATILE, run.state());
        assertEquals(run.size(), run.owner().stats().volatileBytes());
        assertFalse(depot.offers(RUNS));
        assertFalse(depot.isWanted(RUNS));
        assertTrue(depot.isWanted(CLASS));
    }

    @Test
    void runsThatNobodyLeavesAreWantedNoMoreOnceTheDaemonHasCome() {
        depot.want(RUNS);
        depot.flushIdle();
        assertFalse(depot.isWanted(RUNS));
    }

    private long runSlot() {
        final var run = shards.next().allocateRun(shards.classes().sizeOf(RUNS), PAGE);
        run.activate();
        return shards.useAsSlot(run, RUNS);
    }

    @Test
    void everyClassOfRunsIsBoundedInBytes() {
        for (int slotClass = SizeClasses.COUNT; slotClass < shards.classes().count(); slotClass++) {
            final long size = shards.classes().sizeOf(slotClass);
            int held = 0;
            for (int more = fillAndDrain(slotClass); more > held; more = fillAndDrain(slotClass)) {
                held = more;
            }
            assertTrue(SlotDepot.RUN_CAPACITY_BYTES < held * size && held * size <= SlotDepot.MOST_RUN_CAPACITY_BYTES,
                    held + " slots of " + size + " bytes");
            depot.flush();
        }
    }

    /// Fills a class until it turns something away, then empties it, which shows that more places would be of use.
    ///
    /// @return how many it has held
    private int fillAndDrain(int slotClass) {
        final long[] one = {11};
        int held = 0;
        while (depot.put(one, 1, slotClass) == 0) {
            held++;
        }
        assertTrue(depot.checkInvariants());
        assertEquals(held, depot.take(new long[held + 1], held + 1, slotClass));
        assertEquals(0, depot.take(new long[1], 1, slotClass));
        return held;
    }

    @Test
    void classThatIsFoundFullAndThenEmptyDoubles() {
        final int first = depot.firstCapacity(CLASS);
        assertEquals(first, fillAndDrain(CLASS));
        assertEquals(2 * first, fillAndDrain(CLASS));
        assertEquals(2 * first, depot.room(CLASS));
        assertEquals(depot.firstCapacity(OTHER), depot.room(OTHER));
    }

    @Test
    void classThatIsFullAndNeverEmptyStaysAsItIs() {
        final int capacity = depot.firstCapacity(CLASS);
        final long[] batch = numbers(capacity);
        depot.put(batch, capacity, CLASS);
        assertEquals(1, depot.put(batch, 1, CLASS));
        depot.take(batch, capacity - 1, CLASS);
        depot.put(batch, capacity - 1, CLASS);
        assertEquals(1, depot.put(batch, 1, CLASS));
    }

    @Test
    void classThatIsEmptyAndNeverFullStaysAsItIs() {
        final int capacity = depot.firstCapacity(CLASS);
        final long[] batch = numbers(capacity + 1);
        depot.put(batch, capacity, CLASS);
        depot.take(batch, capacity, CLASS);
        assertEquals(0, depot.take(batch, 1, CLASS));
        assertEquals(1, depot.put(batch, capacity + 1, CLASS));
    }

    @Test
    void growthIsBoundedForEachClassAndForAll() {
        long growth = 0;
        for (int slotClass = SizeClasses.COUNT - 1; slotClass >= 0; slotClass--) {
            final int size = SizeClasses.sizeOf(slotClass);
            int held = 0;
            for (int more = fillAndDrain(slotClass); more > held; more = fillAndDrain(slotClass)) {
                held = more;
                assertTrue((long) held * size <= SlotDepot.MOST_CAPACITY_BYTES, held + " slots of " + size + " bytes");
            }
            growth += (long) (held - depot.firstCapacity(slotClass)) * size;
        }
        assertTrue(SlotDepot.MOST_GROWTH_BYTES / 2 < growth && growth <= SlotDepot.MOST_GROWTH_BYTES, growth + " bytes");
    }

    @Test
    void flushedClassBeginsAnewAndLeavesItsGrowthToOthers() {
        final int rounds = (int) (2 * SlotDepot.MOST_GROWTH_BYTES / SlotDepot.CAPACITY_BYTES);
        for (int round = 0; round < rounds; round++) {
            assertEquals(depot.firstCapacity(CLASS), fillAndDrain(CLASS));
            assertEquals(2 * depot.firstCapacity(CLASS), fillAndDrain(CLASS), "in round " + round);
            depot.flush();
            assertEquals(depot.firstCapacity(CLASS), depot.room(CLASS));
        }
    }

    @Test
    void idleClassThatIsEmptyBeginsAnew() {
        fillAndDrain(CLASS);
        fillAndDrain(CLASS);
        depot.flushIdle();
        assertEquals(2 * depot.firstCapacity(CLASS), depot.room(CLASS));
        depot.flushIdle();
        assertEquals(depot.firstCapacity(CLASS), depot.room(CLASS));
    }

    @Test
    void flushGivesEverythingBack() {
        final long[] slots = slots(20);
        assertEquals(20, usedSlots());
        depot.put(slots, 20, CLASS);
        depot.flush();
        assertEquals(0, usedSlots());
        assertEquals(0, counts()[CLASS]);
        depot.put(slots(1), 1, CLASS);
        assertEquals(1, counts()[CLASS]);
        depot.flush();
        assertEquals(0, usedSlots());
    }

    @Test
    void onlyIdleClassesAreFlushed() {
        depot.put(slots(20), 20, CLASS);
        depot.flushIdle();
        assertEquals(20, counts()[CLASS]);
        final long[] one = new long[1];
        depot.take(one, 1, CLASS);
        depot.flushIdle();
        assertEquals(19, counts()[CLASS]);
        depot.put(one, 1, CLASS);
        depot.flushIdle();
        assertEquals(20, counts()[CLASS]);
        depot.flushIdle();
        assertEquals(0, counts()[CLASS]);
        assertEquals(0, usedSlots());
    }

    @Test
    void isDrainedOnceAllIsTaken() {
        assertFalse(depot.isDrained(CLASS));                            // nobody has left anything yet
        depot.put(new long[] {11, 12}, 2, CLASS);
        assertFalse(depot.isDrained(CLASS));
        depot.take(new long[2], 2, CLASS);
        assertTrue(depot.isDrained(CLASS));
    }

    @Test
    void whatIsAtHomeIsFoundThereAlone() {
        try (var two = Rig.real()) {
            final var both = two.shards(FreedRuns.VOLATILE, 2);
            final var common = new SlotDepot(both);
            final var first = common.homeOf(both.all().getFirst());
            final var second = common.homeOf(both.all().getLast());
            assertSame(second, common.homeOf(both.all().getLast()));
            assertEquals(0, first.put(new long[] {11, 12}, 2, CLASS));
            final long[] taken = new long[2];
            assertEquals(0, second.take(taken, 2, CLASS));
            assertEquals(0, common.take(taken, 2, CLASS));
            final long[] counts = new long[both.classes().count()];
            common.addTo(counts);
            assertEquals(2, counts[CLASS]);
            final var seen = new ArrayList<Long>();
            common.forEach((slot, slotClass) -> seen.add(slot + 1000 * slotClass));
            assertEquals(List.of(11 + 1000L * CLASS, 12 + 1000L * CLASS), seen);
            assertTrue(common.checkInvariants());
            assertEquals(2, first.take(taken, 2, CLASS));
            assertArrayEquals(new long[] {11, 12}, taken);
        }
    }

    @Test
    void homeIsBoundedInBytesAndGrowsForThreadsThatComeBack() {
        final int first = home().firstCapacity(CLASS);
        assertEquals(SlotDepot.HOME_CAPACITY_BYTES / SizeClasses.sizeOf(CLASS), first);
        final long[] batch = numbers(first + 5);
        assertEquals(5, home().put(batch, batch.length, CLASS));
        assertEquals(5, home().put(batch, 5, CLASS), "no reason to grow: nobody took anything");
        assertEquals(first, home().take(batch, batch.length, CLASS));
        assertEquals(0, home().take(batch, 1, CLASS));
        assertEquals(0, home().put(batch, batch.length, CLASS));
        assertEquals(first + 5, home().take(batch, batch.length, CLASS));
    }

    private SlotDepot home() {
        return depot.homeOf(shards.all().getFirst());
    }

    @Test
    void homesAreFlushedToo() {
        home().put(slots(20), 20, CLASS);
        depot.flushIdle();
        assertEquals(20, counts()[CLASS]);
        depot.flushIdle();
        assertEquals(0, counts()[CLASS]);
        assertEquals(0, usedSlots());
        home().put(slots(20), 20, CLASS);
        depot.flush();
        assertEquals(0, usedSlots());
    }

    @Test
    void homesOfAllShardsAreBoundedTogether() {
        assertEquals(SlotDepot.HOME_CAPACITY_BYTES, SlotDepot.homeCapacityBytes(1));
        assertEquals(SlotDepot.HOME_CAPACITY_BYTES, SlotDepot.homeCapacityBytes(8));
        assertEquals(SlotDepot.HOME_CAPACITY_BYTES / 2, SlotDepot.homeCapacityBytes(16));
        assertEquals(8 << 10, SlotDepot.homeCapacityBytes(64));
    }

    /// Batches at random through the common depot and two homes, with flushes: each slot is where the last batch has left it.
    @Test
    void slotsAreKeptOnceEachWhereverTheyAreLeft() {
        System.out.println("SlotDepotTest seed " + SEED);
        try (var two = Rig.real()) {
            final var both = two.shards(FreedRuns.VOLATILE, 2);
            final var common = new SlotDepot(both);
            final var all = List.of(common, common.homeOf(both.all().getFirst()), common.homeOf(both.all().getLast()));
            final var random = new SplittableRandom(SEED);
            final var held = new ArrayDeque<Long>();
            final var batch = new long[SlotDepot.MOST_SLOTS];
            for (int step = 0; step < STEPS; step++) {
                final var depot = all.get(random.nextInt(all.size()));
                final int count = random.nextInt(LARGE);
                switch (random.nextInt(100)) {
                    case 0 -> common.flush();
                    case 1 -> common.flushIdle();
                    default -> {
                        if (random.nextBoolean()) {
                            leave(depot, both, held, batch, count);
                        } else {
                            final int taken = depot.take(batch, count, CLASS);
                            Arrays.stream(batch, 0, taken).forEach(held::addLast);
                        }
                    }
                }
                assertTrue(common.checkInvariants());
                final var check = new CachesCheck(both, PAGE);
                check.add(common);
                assertTrue(check.check(new HashSet<>(held)::contains), "step " + step);
                assertEquals(both.all().stream().mapToLong(shard -> shard.bin(CLASS).usedSlots()).sum() - held.size(),
                        counts(common)[CLASS], "step " + step);
            }
        }
    }

    private static void leave(SlotDepot depot, Shards shards, ArrayDeque<Long> held, long[] batch, int count) {
        while (held.size() < count) {
            final int taken = shards.next().bin(CLASS).take(batch, count - held.size());
            Arrays.stream(batch, 0, taken).forEach(held::addLast);
        }
        for (int i = 0; i < count; i++) {
            batch[i] = held.removeFirst();
        }
        final int left = depot.put(batch, count, CLASS);
        Arrays.stream(batch, 0, left).forEach(held::addLast);
    }
}
