package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.LiveByte;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.SlotBatch;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.os.RawMemory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The slot that is freed right after it was handed out.
class SlotAsideTest {

    private static final int CLASS = 3;
    private static final int OTHER = 5;
    private static final long SEED = 20261122;
    private static final int STEPS = 100_000;
    private static final int CHECKED = 10;

    private final SlotClasses classes = new SlotClasses(4096);
    private final Rig rig = Rig.real();
    private final Shards shards = rig.shards(FreedRuns.VOLATILE, 1);
    private final ThreadCache cache = new ThreadCache(shards, new SlotDepot(shards), new Transit(), Thread.currentThread());

    @AfterEach
    void invariantsHold() {
        assertTrue(check(_ -> false));
        rig.close();
    }

    /// {@return true}
    ///
    /// @throws AssertionError naming the invariant
    private boolean check(LongPredicate isUsed) {
        final var check = new CachesCheck(shards, 4096);
        check.add(cache);
        return check.check(isUsed);
    }

    private List<Long> fill(int slotClass, int count) {
        final var slots = new long[count];
        final int taken = shards.all().getFirst().bin(slotClass).take(slots, count);
        cache.stacks().open(slotClass);
        final var pushed = new ArrayList<Long>();
        for (int i = 0; i < taken; i++) {
            assertTrue(cache.push(slots[i], slotClass));
            pushed.add(slots[i]);
        }
        return pushed;
    }

    /// {@return the only slot of its class that the cache has}
    private long setAside() {
        fill(CLASS, 1);
        final long slot = cache.pop(CLASS);
        assertTrue(cache.push(slot, CLASS));
        assertEquals(slot, cache.favourite);
        return slot;
    }

    private void setLive(long slot, int slotClass, byte told) {
        RawMemory.putByte(rig.regions.shadowOf(slot, SlotClasses.cellShift(slotClass)), told);
    }

    private long cached(int slotClass) {
        final var sum = new CacheStats.Sum(classes.count());
        cache.addTo(sum);
        return sum.cachedSlots[slotClass];
    }

    @Test
    void slotThatIsFreedRightAfterItWasHandedOutIsAsideAndNextOfItsClassAlone() {
        final var slots = fill(CLASS, 2);
        final long other = fill(OTHER, 1).getFirst();
        final long slot = cache.pop(CLASS);
        assertEquals(slots.getLast(), slot);
        assertTrue(cache.push(slot, CLASS));
        assertEquals(CLASS, cache.asideClass);
        assertEquals(1, cache.stacks().count(CLASS), "it is not on its stack");
        assertEquals(2, cached(CLASS), "but counted");
        assertEquals(other, cache.pop(OTHER));
        assertEquals(slot, cache.pop(CLASS));
        assertEquals(slots.getFirst(), cache.pop(CLASS));
        assertEquals(0, cache.pop(CLASS));
        assertEquals(0, cached(CLASS));
    }

    @Test
    void onlyOneIsAsideAndASlotThatWasNotHandedOutLastGoesToItsStack() {
        fill(CLASS, 2);
        fill(OTHER, 1);
        final long first = cache.pop(CLASS);
        final long second = cache.pop(CLASS);
        assertTrue(cache.push(first, CLASS));
        assertEquals(OwnLine.NONE, cache.asideClass);
        assertTrue(cache.push(second, CLASS));
        assertEquals(second, cache.favourite);
        final long other = cache.pop(OTHER);
        assertTrue(cache.push(other, OTHER));
        assertEquals(CLASS, cache.asideClass, "its place is taken");
        assertEquals(1, cache.stacks().count(OTHER));
        assertEquals(second, cache.pop(CLASS));
        assertEquals(first, cache.pop(CLASS));
    }

    @Test
    void slowPathBringsItBack() {
        final long slot = setAside();
        assertNotEquals(0, cache.popOrFill(OTHER));
        assertEquals(OwnLine.NONE, cache.asideClass);
        assertEquals(1, cache.stacks().count(CLASS));
        assertEquals(slot, cache.pop(CLASS));
    }

    @Test
    void ownerOfASeizedCacheLeavesItAloneAndWhoEmptiesTheCacheTakesItToo() {
        final long slot = setAside();
        cache.seize();
        assertEquals(0, cache.pop(CLASS));
        assertEquals(0, cache.popLive(CLASS));
        assertFalse(cache.isEmpty());
        cache.empty().giveBack(shards);
        assertTrue(cache.isEmpty());
        cache.letGo();
        assertEquals(0, cache.pop(CLASS));
        final var again = new long[1];
        assertEquals(1, shards.all().getFirst().bin(CLASS).take(again, 1));
        assertEquals(slot, again[0], "the lowest free one: it is back in its slab");
        cache.seize();
        assertFalse(cache.push(slot, CLASS), "it is the one handed out last still");
        cache.letGo();
    }

    @Test
    void noneIsLeftOnceTheCacheHasEnded() {
        final long slot = setAside();
        cache.seize();
        cache.end();
        cache.letGo();
        assertEquals(0, cache.pop(CLASS));
        assertFalse(cache.push(slot, CLASS));
    }

    @Test
    void firstBlockOfAnArenaIsAsideAgainEachTime() {
        final long slot = setAside();
        for (int i = 0; i < 3; i++) {
            assertEquals(slot, cache.openArena(CLASS));
            assertEquals(1, cache.openArenas());
            assertEquals(OwnLine.NONE, cache.asideClass);
            assertTrue(cache.closeArena(slot, CLASS));
            assertEquals(0, cache.openArenas());
            assertEquals(CLASS, cache.asideClass);
        }
        assertEquals(slot, cache.popLive(CLASS));
        assertEquals(LiveByte.of(slot), liveByte(slot, CLASS));
        assertTrue(cache.takeBack(slot));
    }

    @Test
    void firstBlockOfAnArenaGoesToNoCacheThatIsSeizedOrHasEnded() {
        final long slot = setAside();
        assertEquals(slot, cache.openArena(CLASS));
        cache.seize();
        assertFalse(cache.closeArena(slot, CLASS));
        cache.end();
        cache.letGo();
        assertFalse(cache.closeArena(slot, CLASS));
        assertEquals(OwnLine.NONE, cache.asideClass);
        assertEquals(1, cache.openArenas(), "nothing has changed");
    }

    private byte liveByte(long slot, int slotClass) {
        return RawMemory.getByte(rig.regions.shadowOf(slot, SlotClasses.cellShift(slotClass)));
    }

    @Test
    void favouriteIsTakenBackOnceForEachTimeItIsHandedOut() {
        final long slot = setAside();
        assertFalse(cache.takeBack(slot), "it is not live");
        for (int i = 0; i < 3; i++) {
            assertEquals(slot, cache.popLive(CLASS));
            assertEquals(LiveByte.of(slot), liveByte(slot, CLASS));
            assertTrue(cache.isFavourite(slot, CLASS));
            assertFalse(cache.isFavourite(slot, OTHER));
            assertFalse(cache.takeBack(slot + 16));
            assertTrue(cache.takeBack(slot));
            assertEquals(LiveByte.NONE, liveByte(slot, CLASS));
            assertEquals(CLASS, cache.asideClass);
            assertFalse(cache.takeBack(slot), "it is free");
        }
        assertEquals(slot, cache.pop(CLASS));
        assertFalse(cache.takeBack(slot), "who has it did not make it live");
        assertTrue(cache.push(slot, CLASS));
    }

    @Test
    void favouriteWhosePageIsForSomethingElseIsNotTakenBack() {
        final long slot = setAside();
        assertEquals(slot, cache.popLive(CLASS));
        final long word = rig.regions.first().wordOf(slot);
        final long entry = RawMemory.getLong(word);
        RawMemory.putLong(word, PageEntry.slots(PageEntry.id(entry), OTHER, PageEntry.cellShift(entry) & 63));
        assertFalse(cache.takeBack(slot));
        assertEquals(LiveByte.of(slot), liveByte(slot, CLASS));
        RawMemory.putLong(word, entry);
        assertTrue(cache.takeBack(slot));
    }

    @Test
    void nothingIsTakenBackWhileTheCacheIsSeizedAndAfterItsEnd() {
        final long slot = setAside();
        assertEquals(slot, cache.popLive(CLASS));
        cache.seize();
        assertFalse(cache.takeBack(slot));
        cache.letGo();
        assertTrue(cache.takeBack(slot));
        assertEquals(slot, cache.popLive(CLASS));
        cache.seize();
        cache.end();
        cache.letGo();
        assertFalse(cache.takeBack(slot));
        setLive(slot, CLASS, LiveByte.NONE);
    }

    @Test
    void newCacheHasNoFavourite() {
        assertFalse(cache.takeBack(0));
    }

    @Test
    void slotsAreHandedOutOnceEach() {
        System.out.println("SlotAsideTest seed " + SEED);
        final var random = new SplittableRandom(SEED);
        final int[] used = {CLASS, OTHER};
        final var inHand = List.of(new ArrayDeque<Long>(), new ArrayDeque<Long>());
        final var all = List.of(new HashSet<>(fill(CLASS, 20)), new HashSet<>(fill(OTHER, 20)));
        for (int step = 0; step < STEPS; step++) {
            final int which = random.nextInt(2);
            final var held = inHand.get(which);
            if (random.nextInt(100) < 50) {
                final long slot = random.nextBoolean() ? cache.pop(used[which]) : cache.popLive(used[which]);
                assertEquals(held.size() < 20, slot != 0, "step " + step);
                if (slot != 0) {
                    assertTrue(all.get(which).contains(slot) && !held.contains(slot), "step " + step);
                    held.addLast(slot);
                }
            } else if (!held.isEmpty()) {
                final long slot = random.nextInt(100) < 80 ? held.removeLast() : held.removeFirst();
                if (!cache.takeBack(slot)) {
                    setLive(slot, used[which], LiveByte.NONE);
                    assertTrue(cache.push(slot, used[which]));
                }
            }
            assertEquals(20, held.size() + cached(used[which]), "step " + step);
            if (step % CHECKED == 0) {
                assertTrue(check(slot -> inHand.stream().anyMatch(slots -> slots.contains(slot))), "step " + step);
            }
        }
    }

    @Test
    void whatIsWrongWithASlotIsFound() {
        final var slots = fill(OTHER, 3);
        final long slot = setAside();
        assertTrue(check(_ -> false));
        assertFound("C2", used -> used == slot);
        cache.asideClass = classes.count();
        assertFound("C1", _ -> false);
        cache.asideClass = OTHER;
        assertFound("C3", _ -> false);
        cache.asideClass = CLASS;
        cache.favourite = slot + 16;
        assertFound("C3", _ -> false);
        cache.favourite = 16;
        assertFound("C1", _ -> false);
        cache.favourite = slots.getFirst();
        cache.asideClass = OTHER;
        assertFound("C2", _ -> false);
        cache.favourite = slot;
        cache.asideClass = CLASS;
        setLive(slot, CLASS, LiveByte.of(slot));
        assertFound("C3", _ -> false);
        setLive(slot, CLASS, LiveByte.NONE);
        assertTrue(shards.give(new SlotBatch(new long[] {slots.get(1)}).of(OTHER, 1)));
        assertFound("C3", _ -> false);
        assertEquals(1, shards.all().getFirst().bin(OTHER).take(new long[1], 1));
    }

    private void assertFound(String invariant, LongPredicate isUsed) {
        final var found = assertThrows(AssertionError.class, () -> check(isUsed)).getMessage();
        assertTrue(found.startsWith(invariant), found);
    }
}
