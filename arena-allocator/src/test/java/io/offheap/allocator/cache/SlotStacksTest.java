package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.LiveByte;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.source.RegionSource.FirstRegion;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SlotStacksTest {

    private static final int CLASS = 3;
    private static final FirstRegion EVERYWHERE = new FirstRegion(0, Long.MAX_VALUE, 0, 0, 12);
    private static final int STEPS = 100_000;
    private static final int CHECKED = 10;
    private static final long SEED = 20261121;

    private final SlotClasses classes = new SlotClasses(4096);
    private final SlotStacks stacks = new SlotStacks(classes, EVERYWHERE);

    /// {@return what a fast path finds: 0 or less is no slot for it}
    private static long next(long[] heads, int slotClass) {
        return RawMemory.getLong(heads[SlotStacks.headOf(slotClass) + SlotStacks.TOP]);
    }

    private static boolean hasPlace(long[] heads, int slotClass) {
        return heads[SlotStacks.headOf(slotClass) + SlotStacks.TOP] + Long.BYTES <= heads[SlotStacks.headOf(slotClass) + SlotStacks.END];
    }

    private int fill(int slotClass) {
        int taken = stacks.count(slotClass);
        while (stacks.push(0x10000 + taken, slotClass)) {
            taken++;
        }
        return taken;
    }

    @Test
    void newStackIsEmptyAndTakesNothingUntilItIsOpened() {
        assertEquals(0, stacks.pop(CLASS));
        assertFalse(stacks.push(0x1000, CLASS));
        assertEquals(0, stacks.capacity(CLASS));
        assertTrue(stacks.open(CLASS));
        assertFalse(stacks.open(CLASS));
        assertTrue(stacks.push(0x1000, CLASS));
        assertEquals(0, stacks.pop(CLASS + 1));
    }

    @Test
    void slotOfAFurtherRegionIsPassedOverByTheFastPathsAlone() {
        final var some = new SlotStacks(classes, new FirstRegion(0x10000, 0x1000, 0, 0, 12));
        some.open(CLASS);
        final long[] slots = {0x10000, 0xfff0, 0x11000, 0x10ff0, 0x7fff_ffff_f000L};
        Arrays.stream(slots).forEach(slot -> some.push(slot, CLASS));
        assertTrue(next(some.heads(), CLASS) < 0);
        assertEquals(slots.length, some.count(CLASS));
        assertEquals(0x7fff_ffff_f000L, some.pop(CLASS));
        assertEquals(0x10ff0, next(some.heads(), CLASS));
        assertEquals(0x10ff0, some.pop(CLASS));
        some.sink(CLASS, new long[slots.length], slot -> slot == 0x11000);
        final long[] oldest = new long[1];
        assertEquals(1, some.takeOldest(CLASS, oldest, 1));
        assertEquals(0x11000, oldest[0]);
        final var all = some.newBatches();
        some.takeAll(all);
        assertEquals(1, all.length);
        assertEquals(CLASS, all[0].slotClass());
        assertArrayEquals(new long[] {0x10000, 0xfff0}, all[0].slots());
    }

    @Test
    void nowhereIsNeitherASlotNorAPlaceOfAnyClass() {
        for (int slotClass = 0; slotClass < Long.SIZE; slotClass++) {
            for (final long[] heads : List.of(SlotStacks.NOWHERE, SlotStacks.ENDED)) {
                assertEquals(0, next(heads, slotClass), "class " + slotClass);
                assertFalse(hasPlace(heads, slotClass), "class " + slotClass);
            }
        }
    }

    @Test
    void slotThatIsPoppedLiveHasItsByteWhereTheRegionSays() {
        try (var rig = Rig.real()) {
            final var shards = rig.shards(FreedRuns.VOLATILE, 1);
            final var cache = new ThreadCache(shards, new SlotDepot(shards), new Transit(), Thread.currentThread());
            final var slots = new long[10];
            for (int slotClass = 0; slotClass < SizeClasses.COUNT; slotClass++) {
                final int count = shards.all().getFirst().bin(slotClass).take(slots, slots.length);
                final long slot = slots[count - 1];
                final long shadow = rig.regions.shadowOf(slot, SlotClasses.cellShift(slotClass));
                cache.stacks().open(slotClass);
                assertTrue(cache.push(slot, slotClass));
                assertEquals(slot, cache.pop(slotClass));
                assertEquals(LiveByte.NONE, RawMemory.getByte(shadow));
                assertTrue(cache.push(slot, slotClass));
                assertEquals(slot, cache.popLive(slotClass));
                assertEquals(0, cache.popLive(slotClass));
                assertEquals(LiveByte.of(slot), RawMemory.getByte(shadow));
                assertTrue(LiveByte.tellsOf(slot, RawMemory.getByte(shadow)));
                assertFalse(LiveByte.tellsOf(slot + 1, RawMemory.getByte(shadow)));
            }
        }
    }

    @Test
    void pushAndPopOfTheFastPathsDoWhatThoseOfAllOthersDo() {
        try (var rig = Rig.real()) {
            final var shards = rig.shards(FreedRuns.VOLATILE, 1);
            final var cache = new ThreadCache(shards, new SlotDepot(shards), new Transit(), Thread.currentThread());
            assertFalse(cache.push(0x1000, CLASS), "no place yet");
            cache.stacks().open(CLASS);
            final int capacity = cache.stacks().capacity(CLASS);
            final long first = shards.firstRegion().base();
            for (int i = 0; i < capacity; i++) {
                assertTrue(cache.push(first + 16L * i, CLASS));
            }
            assertFalse(cache.push(0x1000, CLASS), "full");
            assertTrue(cache.stacks().checkInvariants());
            assertEquals(capacity, cache.stacks().count(CLASS));
            assertEquals(first + 16L * (capacity - 1), cache.stacks().pop(CLASS));
            for (int i = capacity - 2; i >= 0; i--) {
                assertEquals(first + 16L * i, cache.pop(CLASS));
            }
            assertEquals(0, cache.pop(CLASS));
            assertEquals(0, cache.stacks().pop(CLASS));
        }
    }

    @Test
    void stacksAreBoundedInSlotsAndBytesAndSoIsTheirGrowth() {
        long first = 0;
        for (int slotClass = 0; slotClass < classes.count(); slotClass++) {
            final int size = classes.sizeOf(slotClass);
            assertTrue(stacks.open(slotClass));
            final int taken = fill(slotClass);
            assertEquals(taken, stacks.count(slotClass));
            assertEquals(taken, stacks.capacity(slotClass));
            assertTrue(taken <= 8 || taken <= 128 && taken * size <= 32 << 10, taken + " of " + size);
            if (!SlotClasses.isRun(slotClass)) {
                assertTrue(1 <= stacks.fillCount(slotClass) && stacks.fillCount(slotClass) < taken,
                        "frees find room after a fill of " + size);
            }
            first += (long) taken * size;
        }
        assertEquals(first, stacks.bytes());
        assertTrue(stacks.checkInvariants());
        for (int slotClass = 0; slotClass < classes.count(); slotClass++) {
            while (stacks.grow(slotClass)) {
                fill(slotClass);
            }
        }
        assertTrue(stacks.checkInvariants());
        assertTrue(stacks.bytes() - first <= SlotStacks.MOST_GROWTH_BYTES, stacks.bytes() + " bytes");
        assertTrue(stacks.bytes() - first > SlotStacks.MOST_GROWTH_BYTES / 2, stacks.bytes() + " bytes");
        System.out.printf("a cache holds at most %d KiB at first and %d KiB grown%n", first >> 10, stacks.bytes() >> 10);
    }

    @Test
    void growingKeepsTheSlotsInTheirOrder() {
        stacks.open(CLASS);
        final int before = fill(CLASS);
        assertTrue(stacks.grow(CLASS));
        assertEquals(2 * before, stacks.capacity(CLASS));
        assertTrue(stacks.push(0x99999, CLASS));
        assertEquals(0x99999, stacks.pop(CLASS));
        for (int i = before - 1; i >= 0; i--) {
            assertEquals(0x10000 + i, stacks.pop(CLASS));
        }
        assertEquals(0, stacks.pop(CLASS));
    }

    @Test
    void runsThatAreSlotsGrowAsFarAsAllOthers() {
        final int slotClass = SizeClasses.COUNT;
        final long size = classes.sizeOf(slotClass);
        stacks.open(slotClass);
        final int first = stacks.capacity(slotClass);
        int capacity = first;
        while (stacks.grow(slotClass)) {
            capacity *= 2;
            assertEquals(capacity, stacks.capacity(slotClass));
        }
        assertTrue((capacity - first) * size <= SlotStacks.MOST_GROWTH_BYTES, capacity + " runs");
        assertTrue((2 * capacity - first) * size > SlotStacks.MOST_GROWTH_BYTES, capacity + " runs");
        assertFalse(stacks.open(CLASS) && stacks.grow(CLASS) && stacks.grow(CLASS) && stacks.grow(CLASS) && stacks.grow(CLASS),
                "what runs have grown by is not left to small slots");
    }

    @Test
    void oldestLeaveFirstAndTheOthersKeepTheirOrder() {
        stacks.open(CLASS);
        for (int address = 1; address <= 5; address++) {
            stacks.push(address, CLASS);
        }
        final long[] oldest = new long[8];
        assertEquals(2, stacks.takeOldest(CLASS, oldest, 2));
        assertArrayEquals(new long[] {1, 2}, Arrays.copyOf(oldest, 2));
        assertEquals(5, stacks.pop(CLASS));
        assertEquals(2, stacks.takeOldest(CLASS, oldest, 8));
        assertArrayEquals(new long[] {3, 4}, Arrays.copyOf(oldest, 2));
        assertEquals(0, stacks.count(CLASS));
    }

    @Test
    void farSlotsSinkAndLeaveFirst() {
        stacks.open(CLASS);
        for (int address = 1; address <= 6; address++) {
            stacks.push(address, CLASS);
        }
        stacks.sink(CLASS, new long[6], address -> address % 3 == 0);
        final long[] left = new long[6];
        assertEquals(6, stacks.takeOldest(CLASS, left, 6));
        assertArrayEquals(new long[] {3, 6, 1, 2, 4, 5}, left);
    }

    @Test
    void slotThatIsNextIsAlwaysTheOneOnTop() {
        stacks.open(CLASS);
        for (int address = 1; address <= 6; address++) {
            stacks.push(address, CLASS);
        }
        stacks.sink(CLASS, new long[6], address -> address == 6);
        assertEquals(5, stacks.pop(CLASS), "after slots sank");
        stacks.takeOldest(CLASS, new long[2], 2);
        assertEquals(4, stacks.pop(CLASS), "after the oldest left");
        stacks.grow(CLASS);
        assertEquals(3, stacks.pop(CLASS), "after the stack grew");
        assertEquals(2, stacks.pop(CLASS));
        stacks.sink(CLASS, new long[6], address -> true);
        assertEquals(0, stacks.pop(CLASS), "after all were taken");
    }

    @Test
    void fingerprintTellsWhetherSomethingHappened() {
        stacks.open(CLASS);
        final long before = stacks.fingerprint();
        stacks.push(16, CLASS);
        assertNotEquals(before, stacks.fingerprint());
        stacks.pop(CLASS);
        assertEquals(before, stacks.fingerprint());
    }

    @Test
    void stacksDoWhatAnObviousModelDoes() {
        System.out.println("SlotStacksTest seed " + SEED);
        final var random = new SplittableRandom(SEED);
        final List<ArrayDeque<Long>> model = new ArrayList<>();
        for (int slotClass = 0; slotClass < classes.count(); slotClass++) {
            model.add(new ArrayDeque<>());
        }
        final long[] out = new long[SlotStacks.MOST_SLOTS];
        for (int step = 1; step <= STEPS; step++) {
            final int slotClass = random.nextInt(classes.count());
            final var expected = model.get(slotClass);
            switch (random.nextInt(40)) {
                case 0 -> {
                    final int count = stacks.takeOldest(slotClass, out, random.nextInt(20));
                    for (int i = 0; i < count; i++) {
                        assertEquals(expected.pollLast(), out[i]);
                    }
                }
                case 1 -> stacks.grow(slotClass);
                case 2 -> stacks.open(slotClass);
                case 3 -> {
                    if (random.nextInt(50) == 0) {
                        final var all = stacks.newBatches();
                        stacks.takeAll(all);
                        for (final var batch : all) {
                            for (final long address : batch.slots()) {
                                assertEquals(model.get(batch.slotClass()).pollLast(), address);
                            }
                        }
                        stacks.closeAll();
                    }
                }
                default -> {
                    if (random.nextInt(100) < 55) {
                        if (stacks.push(step, slotClass)) {
                            expected.push((long) step);
                        } else {
                            assertEquals(stacks.capacity(slotClass), expected.size());
                        }
                    } else {
                        assertEquals(expected.isEmpty() ? 0L : expected.pop(), stacks.pop(slotClass));
                    }
                }
            }
            assertEquals(expected.size(), stacks.count(slotClass), "step " + step);
            if (step % CHECKED == 0) {
                assertTrue(stacks.checkInvariants(), "step " + step);
            }
        }
        model.forEach(ArrayDeque::clear);
        stacks.forEach((slot, slotClass) -> model.get(slotClass).push(slot));
        for (int slotClass = 0; slotClass < classes.count(); slotClass++) {
            assertEquals(model.get(slotClass).size(), stacks.count(slotClass));
            assertEquals(model.get(slotClass).isEmpty() ? 0L : model.get(slotClass).peek(), stacks.pop(slotClass));
        }
    }

    @Test
    void whatIsWrongInAStackIsFound() {
        stacks.open(CLASS);
        assertTrue(stacks.push(0x1000, CLASS) && stacks.push(0x2000, CLASS) && stacks.checkInvariants());
        final int head = SlotStacks.headOf(CLASS);
        final int none = SlotStacks.headOf(CLASS + 1);
        final long top = stacks.heads()[head + SlotStacks.TOP];
        final long end = stacks.heads()[head + SlotStacks.END];
        assertFound("K1", head + SlotStacks.TOP, end + Long.BYTES);
        assertFound("K1", head + SlotStacks.TOP, top - 3 * Long.BYTES);
        assertFound("K1", head + SlotStacks.END, end - Long.BYTES);
        assertFound("K1", none + SlotStacks.TOP, top);
        assertFound("K1", none + SlotStacks.END, end);
        assertFound("K2", head + SlotStacks.TOP, top + Long.BYTES);
        assertFound("K4", head + SlotStacks.SHIFT, 4);
        for (final long wrong : new long[] {0, -0x2000, 0x1000}) {
            RawMemory.putLong(top, wrong);
            assertTrue(assertThrows(AssertionError.class, stacks::checkInvariants).getMessage().startsWith("K2"), wrong + " instead");
        }
        RawMemory.putLong(top, 0x2000);
        RawMemory.putLong(top - 2 * Long.BYTES, 1);
        assertTrue(assertThrows(AssertionError.class, stacks::checkInvariants).getMessage().startsWith("K2"), "below the first place");
    }

    private void assertFound(String invariant, int word, long wrong) {
        final long[] heads = stacks.heads();
        final long right = heads[word];
        heads[word] = wrong;
        assertTrue(assertThrows(AssertionError.class, stacks::checkInvariants).getMessage().startsWith(invariant));
        heads[word] = right;
        assertTrue(stacks.checkInvariants());
    }
}
