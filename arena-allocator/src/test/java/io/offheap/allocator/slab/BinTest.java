package io.offheap.allocator.slab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BinTest {

    private static final int SLOT = 48;
    private static final int SLOTS = SlabTestKit.PAGE / SLOT;           // 85: more than one word, and not whole words

    private final SlabTestKit pages = new SlabTestKit(SlabTestKit.PAGE);
    private final Bin bin = new Bin(pages, 2, SLOT, SLOTS);

    @AfterEach
    void invariantsHold() {
        bin.checkInvariants();
        pages.close();
    }

    private long[] take(int count) {
        final long[] slots = new long[count];
        return Arrays.copyOf(slots, bin.take(slots, count));
    }

    private int give(long... slots) {
        return give(bin, slots);
    }

    /// {@return how many belong to other bins, and stand at the front}
    private int give(Bin to, long... slots) {
        final var batch = new SlotBatch(slots).of(2, slots.length);
        to.give(batch, pages::slabOf);
        assertEquals(0, batch.refused());
        return batch.count();
    }

    private static long[] slotsFrom(long base, int first, int count) {
        return LongStream.range(first, first + count).map(slot -> base + slot * SLOT).toArray();
    }

    @Test
    void slotsComeLowestAddressFirst() {
        final long base = take(1)[0];
        assertArrayEquals(slotsFrom(base, 1, 10), take(10));
        give(base + 7 * SLOT);
        give(base + 3 * SLOT);
        assertArrayEquals(new long[] {base + 3 * SLOT, base + 7 * SLOT, base + 11 * SLOT}, take(3));
    }

    @Test
    void slabWithTheLowestAddressServesFirst() {
        final long[] low = take(SLOTS);
        final long[] high = take(SLOTS);
        assertTrue(low[0] < high[0]);
        give(high[3]);
        give(low[70]);
        assertArrayEquals(new long[] {low[70], high[3]}, take(2));
    }

    @Test
    void batchIsCutShortRatherThanAFurtherSlabMade() {
        take(SLOTS - 3);
        assertEquals(3, take(10).length);
        assertEquals(1, pages.published.size());
        assertEquals(10, take(10).length);
        assertEquals(2, pages.published.size());
    }

    @Test
    void batchGoesOnInTheNextOpenSlab() {
        final long[] low = take(SLOTS);
        final long[] high = take(SLOTS);
        give(low[84]);
        give(high[0], high[1]);
        assertArrayEquals(new long[] {low[84], high[0]}, take(2));
    }

    @Test
    void fullSlabHasNoBitmapUntilASlotComesBack() {
        final long[] low = take(SLOTS);
        final long[] high = take(SLOTS);
        final var slabs = List.of(pages.slabOf(low[0]), pages.slabOf(high[0]));
        for (int round = 0; round < 3; round++) {
            slabs.forEach(slab -> assertTrue(slab.isFull() && slab.checkInvariants()));
            give(high[3]);
            give(low[84], low[70]);
            slabs.forEach(Slab::checkInvariants);
            assertArrayEquals(new long[] {low[70], low[84], high[3]}, take(3));
        }
    }

    @Test
    void slabThatRunsEmptyIsGivenBackAtOnce() {
        final long[] first = take(SLOTS);
        final long[] second = take(2);
        give(second);
        assertEquals(1, pages.released.size());
        assertEquals(SlabTestKit.PAGE, bin.slabBytes());
        give(first);
        assertEquals(2, pages.released.size());
        assertEquals(0, bin.slabBytes());
        assertEquals(0, bin.usedSlots());
    }

    @Test
    void slabOfOneSlotIsFullOrGivenBack() {
        final var large = new Bin(pages, 30, SlabTestKit.PAGE, 1);
        final long[] slot = new long[4];
        assertEquals(1, large.take(slot, 4));
        assertEquals(1, large.usedSlots());
        assertEquals(0, give(large, slot[0]));
        assertEquals(1, pages.released.size());
        assertTrue(large.checkInvariants());
    }

    @Test
    void slotsOfOtherBinsMoveToTheFront() {
        final var other = new Bin(pages, 2, SLOT, SLOTS);
        final long[] mine = take(4);
        final long[] theirs = new long[3];
        assertEquals(3, other.take(theirs, 3));
        final long[] mixed = {mine[0], theirs[0], mine[1], theirs[1], theirs[2], mine[2]};
        assertEquals(3, give(mixed));
        assertArrayEquals(theirs, Arrays.copyOf(mixed, 3));
        assertEquals(1, bin.usedSlots());
        assertEquals(3, other.usedSlots());
    }

    @Test
    void slotGivenTwiceChangesNothing() {
        final long[] slots = take(5);
        give(slots[2]);
        assertEquals(4, bin.usedSlots());
        assertEquals(0, give(slots[2]));
        assertEquals(4, bin.usedSlots());
        assertArrayEquals(new long[] {slots[2], slots[4] + SLOT}, take(2));
    }

    @Test
    void slotGivenTwiceInTheBatchThatEmptiesItsSlabChangesNothing() {
        final long slot = take(1)[0];
        assertEquals(0, give(slot, slot));
        assertEquals(1, pages.released.size());
        assertEquals(0, bin.usedSlots());
    }

    @Test
    void addressInsideASlotFailsItsAssertion() {
        final long slot = take(2)[0];
        assertThrows(AssertionError.class, () -> give(slot + 1));
        assertThrows(AssertionError.class, () -> give(slot + (long) SLOTS * SLOT));
        assertEquals(2, bin.usedSlots());
    }

    @Test
    void withoutPagesForASlabNothingHasChanged() {
        pages.beforeAllocate = () -> {
            throw new OutOfMemoryError("made by the test");
        };
        assertThrows(OutOfMemoryError.class, () -> take(1));
        assertEquals(0, bin.usedSlots());
        assertEquals(0, bin.slabBytes());
    }

    @Test
    void slabThatIsNotNeededAfterAllIsGivenBack() {
        final long[] low = take(SLOTS);
        pages.beforeAllocate = () -> give(low[5], low[9]);
        assertArrayEquals(new long[] {low[5], low[9]}, take(2));
        bin.checkInvariants();
        assertEquals(1, pages.released.size());
        assertEquals(SlabTestKit.PAGE, bin.slabBytes());
        pages.beforeAllocate = () -> give(low[5], low[9]);
        assertEquals(10, take(10).length);
        assertEquals(2 * SlabTestKit.PAGE, bin.slabBytes());
    }

    /// Making room for a slab may flush caches, and so bring slots back.
    @Test
    void slotThatCameBackMeanwhileServesWhenNoSlabCanBeHad() {
        final long[] slots = take(SLOTS);
        pages.beforeAllocate = () -> {
            give(slots[5]);
            throw new OutOfMemoryError("made by the test");
        };
        assertArrayEquals(new long[] {slots[5]}, take(4));
        assertEquals(SLOTS, bin.usedSlots());
    }

    @Test
    void slotsOfFullSlabsAreRefusedWhileTheHeapIsFull() {
        final long[] low = take(SLOTS);
        final long[] high = take(SLOTS);
        final var other = new Bin(pages, 2, SLOT, SLOTS);
        final long[] theirs = new long[2];
        assertEquals(2, other.take(theirs, 2));
        final long[] open = take(3);
        final long[] mixed = {low[0], open[1], theirs[0], high[7], low[1], open[2], theirs[1], high[8]};
        final var batch = new SlotBatch(mixed).of(2, mixed.length);
        pages.heapIsFull = () -> true;
        bin.give(batch, pages::slabOf);
        assertEquals(2, batch.refused(), "the spare bitmap serves one of the two");
        assertEquals(Set.of(high[7], high[8]), boxed(Arrays.copyOf(mixed, 2)));
        assertEquals(Set.of(theirs[0], theirs[1]), boxed(Arrays.copyOfRange(mixed, 2, batch.count())));
        assertEquals(2 * SLOTS - 1, bin.usedSlots());
        bin.checkInvariants();
        other.give(batch, pages::slabOf);
        assertTrue(batch.isDone());
        assertEquals(2, batch.count());
        pages.heapIsFull = () -> false;
        batch.retry();
        bin.give(batch, pages::slabOf);
        assertEquals(0, batch.count());
        assertEquals(2 * SLOTS - 3, bin.usedSlots());
    }

    private static Set<Long> boxed(long[] slots) {
        return LongStream.of(slots).boxed().collect(Collectors.toSet());
    }

    /// Whatever the heap refuses, each slot is in its slab or still in the batch.
    @Test
    void noSlotIsLostWhereTheHeapIsFullNowAndThen() {
        final long seed = 0xf0117;
        final var random = new SplittableRandom(seed);
        final var used = new ArrayList<Long>();
        long refusals = 0;
        for (int step = 0; step < 300; step++) {
            final String where = "seed " + seed + ", step " + step;
            pages.heapIsFull = () -> false;
            while (used.size() < 20 * SLOTS) {
                LongStream.of(take(SLOTS)).forEach(used::add);
            }
            assertEquals(used.size(), new HashSet<>(used).size(), where + ": a slot is handed out twice");
            pages.heapIsFull = () -> random.nextInt(3) > 0;
            final var batch = new SlotBatch(1 + random.nextInt(200));
            final long[] slots = batch.slots();
            for (int i = 0; i < slots.length; i++) {
                slots[i] = used.remove(random.nextInt(used.size()));
            }
            bin.give(batch.of(2, slots.length), pages::slabOf);
            assertTrue(batch.isDone(), where);
            refusals += batch.count();
            LongStream.of(slots).limit(batch.count()).forEach(used::add);
            assertEquals(used.size(), bin.usedSlots(), where);
            bin.checkInvariants();
        }
        assertTrue(refusals > 1000, refusals + " refused");
    }

    /// S1, S2, B1, B2 against a set of addresses.
    @Test
    void binAgreesWithASetOfAddresses() {
        final long seed = 0xb1b1;
        final var random = new SplittableRandom(seed);
        final var free = new TreeSet<Long>();
        final var taken = new ArrayList<Long>();
        for (int step = 0; step < 20_000; step++) {
            final String where = "seed " + seed + ", step " + step;
            if (taken.isEmpty() || random.nextInt(20) < (step / 500 % 2 == 0 ? 11 : 9) && taken.size() < 2000) {
                final int slabs = pages.published.size();
                final int wanted = 1 + random.nextInt(60);
                final long[] got = take(wanted);
                if (pages.published.size() > slabs) {
                    assertTrue(free.isEmpty(), where + ": a slab was made with slots to spare");
                    LongStream.of(slotsFrom(pages.slabOf(got[0]).base(), 0, SLOTS)).forEach(free::add);
                }
                assertEquals(Math.min(wanted, free.size()), got.length, where);
                for (final long slot : got) {
                    assertEquals(free.pollFirst(), slot, where);
                    taken.add(slot);
                }
            } else {
                final long[] gone = new long[Math.min(taken.size(), 1 + random.nextInt(60))];
                for (int i = 0; i < gone.length; i++) {
                    gone[i] = taken.remove(random.nextInt(taken.size()));
                    free.add(gone[i]);
                }
                final int before = pages.released.size();
                assertEquals(0, give(gone), where);
                for (final var extent : pages.released.subList(before, pages.released.size())) {
                    for (final long slot : slotsFrom(extent.address(), 0, SLOTS)) {
                        assertTrue(free.remove(slot), where + ": a slab was given back with a slot in use");
                    }
                }
            }
            assertEquals(taken.size(), bin.usedSlots(), where);
            assertEquals((long) pages.published.size() * SlabTestKit.PAGE, bin.slabBytes(), where);
            final long slabs = pages.published.size();
            assertEquals(new BinStats(slabs, slabs * SLOTS, taken.size(), pages.handedOut), bin.stats(), where);
            assertEquals(pages.published.size() * SLOTS, taken.size() + free.size(), where);
            bin.checkInvariants();
        }
        assertTrue(pages.released.size() > 100, "the program hardly emptied a slab");
    }

    @Test
    void slabCheckNamesWhatIsBroken() {
        final long[] slots = take(70);
        final var slab = pages.slabOf(slots[0]);
        assertTrue(slab.checkInvariants());
        slab.give(slots[0]);
        final var counted = assertThrows(AssertionError.class, bin::checkInvariants);
        assertTrue(counted.getMessage().startsWith("B2"), counted.getMessage());
        assertEquals(List.of(1L), LongStream.of(takeFrom(slab, 1)).map(slot -> slot == slots[0] ? 1 : 0).boxed().toList());
    }

    private static long[] takeFrom(Slab slab, int count) {
        final long[] slots = new long[count];
        assertEquals(count, slab.take(slots, 0, count));
        return slots;
    }
}
