package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.size.SizeClasses;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// How slots move between stacks, depot and slabs.
class CachedSlotsTest extends CachesFixture {

    private static long[] allocateSlots(Caches caches, int count) {
        return LongStream.range(0, count).map(_ -> caches.allocateSlot(CLASS)).toArray();
    }

    @Test
    void slotsOfAnotherShardLeaveFirst() throws Exception {
        final int full = 2 * (int) ((SlotDepot.HOME_CAPACITY_BYTES + SlotDepot.CAPACITY_BYTES) / SizeClasses.sizeOf(CLASS));
        final int count = 1000;
        final long[] near = allocateSlots(caches, full + count);
        final long[] far = on(Thread.ofPlatform(), () -> allocateSlots(caches, count));
        final var own = shards.slabOf(near[0]).bin();
        final var other = shards.slabOf(far[0]).bin();
        assertNotSame(own, other);
        for (int i = 0; i < full; i++) {
            caches.freeSlot(near[i], CLASS);            // so home and depot are full of these
        }
        final long before = caches.stats().cachedSlots().get(CLASS);
        for (int i = 0; i < count; i++) {
            caches.freeSlot(near[full + i], CLASS);
            caches.freeSlot(far[i], CLASS);
        }
        final long stayed = caches.stats().cachedSlots().get(CLASS) - before / 2;
        assertTrue(other.usedSlots() < stayed / 8, other.usedSlots() + " of another shard stay among " + stayed);
    }

    /// What two threads write would lie in the same lines of memory and of the shadow else.
    @Test
    void slotsOfAThreadThatAllocatesAgainGoToNoOtherShard() throws Exception {
        final int count = 6 * SlotStacks.MOST_AT_FIRST;
        final long[] own = allocateSlots(caches, count);
        final var bin = shards.slabOf(own[0]).bin();
        LongStream.of(own).forEach(slot -> caches.freeSlot(slot, CLASS));
        assertTrue(caches.stats().cachedSlots().get(CLASS) > caches.current().stacks().count(CLASS), "some wait beyond the stack");
        on(Thread.ofPlatform(), () -> {
            for (final long slot : allocateSlots(caches, count)) {
                assertNotSame(bin, shards.slabOf(slot).bin());
            }
            return null;
        });
        for (final long slot : allocateSlots(caches, count)) {
            assertSame(bin, shards.slabOf(slot).bin());
        }
    }

    @Test
    void freedSlotIsTheNextAllocated() {
        final long slot = caches.allocateSlot(CLASS);
        caches.freeSlot(slot, CLASS);
        assertEquals(slot, caches.allocateSlot(CLASS));
        assertEquals(slot + SizeClasses.sizeOf(CLASS), caches.allocateSlot(CLASS));
    }

    @Test
    void noSlotIsHandedOutTwice() {
        final var seen = new HashSet<Long>();
        for (int i = 0; i < 5000; i++) {
            assertTrue(seen.add(caches.allocateSlot(CLASS)));
        }
        seen.forEach(slot -> caches.freeSlot(slot, CLASS));
        caches.flushOwn();
        assertEquals(0, usedSlots());
    }

    @Test
    void cacheOfSlotsIsBounded() {
        final var slots = new ArrayList<Long>();
        for (int i = 0; i < 5000; i++) {
            slots.add(caches.allocateSlot(CLASS));
        }
        slots.forEach(slot -> caches.freeSlot(slot, CLASS));
        final long slotSize = SizeClasses.sizeOf(CLASS);
        final long cached = caches.stats().cachedSlotBytes();
        assertTrue(0 < cached && cached <= SlotStacks.MOST_SLOTS * slotSize + SlotDepot.HOME_CAPACITY_BYTES + SlotDepot.CAPACITY_BYTES,
                cached + " cached");
        assertEquals(cached, usedSlots() * slotSize);
    }

    @Test
    void stackGrowsForAThreadThatSwingsAndNotForOneThatOnlyFrees() throws Exception {
        final var slots = new ArrayList<Long>();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 3 * SlotStacks.MOST_AT_FIRST; i++) {
                slots.add(caches.allocateSlot(CLASS));
            }
            slots.forEach(slot -> caches.freeSlot(slot, CLASS));
            slots.clear();
        }
        assertEquals(4 * SlotStacks.MOST_AT_FIRST, caches.current().stacks().capacity(CLASS));
        for (int i = 0; i < 3 * SlotStacks.MOST_AT_FIRST; i++) {
            slots.add(caches.allocateSlot(CLASS));
        }
        on(Thread.ofPlatform(), () -> {
            slots.forEach(slot -> caches.freeSlot(slot, CLASS));
            assertEquals(SlotStacks.MOST_AT_FIRST, caches.current().stacks().capacity(CLASS));
            return null;
        });
    }

    @Test
    void stackOfRunsThatAreSlotsGrowsForAThreadThatSwings() throws Exception {
        final int slotClass = SizeClasses.COUNT;
        final var slots = new ArrayList<Long>();
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 40; i++) {
                slots.add(caches.allocateSlot(slotClass));
            }
            slots.forEach(slot -> caches.freeSlot(slot, slotClass));
            slots.clear();
        }
        assertEquals(32, caches.current().stacks().capacity(slotClass));
        for (int i = 0; i < 40; i++) {
            slots.add(caches.allocateSlot(slotClass));
        }
        on(Thread.ofPlatform(), () -> {
            slots.forEach(slot -> caches.freeSlot(slot, slotClass));
            final var stacks = caches.current().stacks();
            assertEquals(stacks.firstCapacity(slotClass), stacks.capacity(slotClass));
            return null;
        });
    }

    /// One thread allocates, another frees: slots pass through the depot, untouched by their slabs, in batches that grow.
    @Test
    void slotsGoFromTheThreadThatFreesToTheOneThatAllocates() throws Exception {
        final int slotClass = shards.classes().indexOf(512);
        final int blocks = SlotStacks.MOST_AT_FIRST;
        try (var consumer = Executors.newSingleThreadExecutor()) {
            for (int round = 0; round < 200; round++) {
                final var batch = new ArrayList<Long>();
                for (int i = 0; i < blocks; i++) {
                    batch.add(caches.allocateSlot(slotClass));
                }
                consumer.submit(() -> batch.forEach(slot -> caches.freeSlot(slot, slotClass))).get();
            }
            consumer.submit(() -> assertEquals(blocks, caches.current().stacks().capacity(slotClass))).get();
        }
        assertEquals(blocks, caches.current().stacks().capacity(slotClass));
        final long taken = shards.all().stream().mapToLong(shard -> shard.bin(slotClass).stats().slotsTaken()).sum();
        assertTrue(taken < 200 * blocks / 10, taken + " slots were taken from slabs");
        caches.flushAll();
        assertEquals(0, caches.stats().cachedSlotBytes());
        assertEquals(0, shards.all().stream().mapToLong(shard -> shard.bin(slotClass).usedSlots()).sum());
    }

    @Test
    void slotsThatNobodyTakesGoBackToTheirSlabs() throws Exception {
        final var slots = new ArrayList<Long>();
        for (int i = 0; i < 3 * SlotStacks.MOST_AT_FIRST; i++) {
            slots.add(caches.allocateSlot(CLASS));
        }
        slots.forEach(slot -> caches.freeSlot(slot, CLASS));
        assertTrue(caches.stats().cachedSlots().get(CLASS) > SlotStacks.MOST_AT_FIRST, "some wait in the depot");
        for (int turn = 0; turn < 3; turn++) {
            caches.trim();
        }
        assertEquals(0, caches.stats().cachedSlotBytes());
        assertEquals(0, usedSlots());
    }

    @Test
    void runThatIsASlotIsKeptActiveUpToItsBoundAndVolatileBeyond() {
        final int runClass = SizeClasses.COUNT;
        final var slots = new ArrayList<Long>();
        for (int i = 0; i < 10; i++) {
            slots.add(caches.allocateSlot(runClass));
        }
        slots.forEach(slot -> caches.freeSlot(slot, runClass));
        assertEquals(4 * 4 * PAGE, caches.stats().cachedSlotBytes());
        assertEquals(6 * 4 * PAGE, caches.stats().volatileBytes());
        for (int i = 9; i >= 0; i--) {
            assertEquals(slots.get(i), caches.allocateSlot(runClass), "the warmest first");
        }
        assertEquals(6, caches.stats().volatileReuses());
        slots.forEach(slot -> caches.freeSlot(slot, runClass));
        caches.flushOwn();
        assertEquals(0, caches.stats().cachedSlotBytes());
    }

    /// Half of the stack at a time in either direction, so that few operations go beyond it.
    @Test
    void runsThatAreSlotsLeaveAndComeBackSeveralAtATime() {
        final int runClass = SizeClasses.COUNT;
        final long size = 4 * PAGE;
        final long[] slots = LongStream.range(0, 7).map(_ -> caches.allocateSlot(runClass)).toArray();
        for (int i = 0; i < 4; i++) {
            caches.freeSlot(slots[i], runClass);
        }
        assertCached(4 * size, 0);
        caches.freeSlot(slots[4], runClass);
        assertCached(3 * size, 2 * size);
        caches.freeSlot(slots[5], runClass);
        caches.freeSlot(slots[6], runClass);
        assertCached(3 * size, 4 * size);
        for (int i = 6; i >= 4; i--) {
            assertEquals(slots[i], caches.allocateSlot(runClass));
        }
        assertCached(0, 4 * size);
        assertEquals(slots[3], caches.allocateSlot(runClass));
        assertCached(size, 2 * size);
        assertEquals(slots[2], caches.allocateSlot(runClass));
        assertEquals(2, caches.stats().volatileReuses());
        rig.purger.purgeAll();
        assertEquals(2 * size, caches.stats().purgedBytes());
        assertEquals(slots[1], caches.allocateSlot(runClass));
        assertCached(0, 0);
        assertEquals(2, caches.stats().volatileReuses(), "what is purged does not come along");
    }

    private void assertCached(long atHand, long inRuns) {
        assertEquals(atHand, caches.stats().cachedSlotBytes());
        assertEquals(inRuns, caches.stats().volatileBytes());
    }

    /// As volatile runs at first; once somebody has taken one of those, as slots.
    @Test
    void slotsThatAreRunsGoFromThreadToThreadWithoutAMark() throws Exception {
        final int runClass = SizeClasses.COUNT;
        try (var consumer = Executors.newSingleThreadExecutor()) {
            final var seen = new HashSet<Long>();
            for (int round = 0; round < 100; round++) {
                final long[] slots = LongStream.range(0, 24).map(_ -> caches.allocateSlot(runClass)).toArray();
                LongStream.of(slots).forEach(seen::add);
                consumer.submit(() -> LongStream.of(slots).forEach(slot -> caches.freeSlot(slot, runClass))).get();
            }
            assertTrue(seen.size() <= 10 * 24, seen.size() + " slots for 24 at a time");
            final var stats = caches.stats();
            assertTrue(stats.volatileReuses() < 10 * 24, stats.volatileReuses() + " marks undone in 2400 allocations");
            assertTrue(stats.cachedSlotBytes() <= 2 * SlotStacks.MOST_GROWTH_BYTES + SlotDepot.MOST_RUN_CAPACITY_BYTES,
                    stats.cachedSlotBytes() + " bytes");
            consumer.submit(() -> caches.flushOwn()).get();
        }
        caches.flushOwn();
        assertHeld(caches.stats().caches(), 0, caches.stats().volatileReuses());
    }
}
