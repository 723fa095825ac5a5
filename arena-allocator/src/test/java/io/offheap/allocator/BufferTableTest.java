package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.offheap.allocator.BufferPlaces.Loose;
import io.offheap.allocator.BufferTable.Added;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the collector does to a reference is done here by hand: it is cleared.
class BufferTableTest {

    private static final int SPACING = 64;
    private static final int STEPS = 50_000;
    private static final int CHECKED = 100;
    private static final long SEED = 20261122;

    private static final long LIMIT = 1000;

    private static final int RACED = 10_000;
    private static final int OWN_PLACES = 64;

    /// Of the memory whose smallest buffers have their places together.
    private static final long PLACES_BYTES = 2 << 10;
    private static final int ENTERED = 24;
    private static final int MEETINGS = 2000;

    private static final int NO_CHARGE = Blocks.NO_SLOT;

    // Slot classes, as far as the table knows of them.
    private static final int CHARGE_600 = 0;
    private static final int CHARGE_401 = 1;
    private static final int CHARGE_400 = 2;
    private static final long[] CHARGES = {600, 401, 400};

    private final Allowance allowance = new Allowance(LIMIT);
    private final BufferTable table = new BufferTable(allowance, CHARGES);

    @AfterEach
    void invariantsHold() {
        assertTrue(table.checkInvariants());
    }

    private Added add(long address, ByteBuffer buffer) {
        return add(address, buffer, NO_CHARGE);
    }

    private Added add(long address, ByteBuffer buffer, int slotClass) {
        return table.add(address, buffer.capacity(), slotClass, new PhantomReference<>(buffer, null));
    }

    private Map<Long, Long> sweep() {
        final var found = new HashMap<Long, Long>();
        final long count = table.sweep((address, capacity) -> assertEquals(null, found.put(address, capacity)));
        assertEquals(found.size(), count);
        return found;
    }

    @Test
    void removesTheBufferAtItsAddressOnce() {
        final var buffer = ByteBuffer.allocate(100);
        add(4096, buffer);
        assertFalse(table.remove(4096, buffer.duplicate(), NO_CHARGE));
        assertFalse(table.remove(8192, buffer, NO_CHARGE));
        assertFalse(table.remove(4096 + 16, buffer, NO_CHARGE));        // the same place
        assertFalse(table.remove(1L << 40, buffer, NO_CHARGE));         // no places are there
        assertEquals(1, table.count());
        assertEquals(100, table.bytes());
        assertTrue(table.remove(4096, buffer, NO_CHARGE));
        assertFalse(table.remove(4096, buffer, NO_CHARGE));
        assertEquals(0, table.count());
        assertEquals(0, table.bytes());
    }

    @Test
    void removedBufferIsNotFoundAnyMore() {
        final var buffer = ByteBuffer.allocate(100);
        add(4096, buffer);
        table.remove(4096, buffer, NO_CHARGE);
        assertEquals(Map.of(), sweep());
    }

    @Test
    void sweepFindsAllThatAreClearedAndNoOther() {
        final var live = new HashMap<Long, ByteBuffer>();
        final var dead = new HashMap<Long, Long>();
        final var random = new SplittableRandom(0x5eeb);
        for (long address = SPACING; address < 3000 * SPACING; address += SPACING) {
            final var buffer = ByteBuffer.allocate(random.nextInt(SPACING));
            final var reference = new PhantomReference<>(buffer, null);
            table.add(address, buffer.capacity(), NO_CHARGE, reference);
            if (random.nextBoolean()) {
                live.put(address, buffer);
            } else {
                reference.clear();
                dead.put(address, (long) buffer.capacity());
            }
        }
        assertEquals(dead, sweep());
        assertEquals(Map.of(), sweep());
        assertEquals(live.size(), table.count());
        assertEquals(live.values().stream().mapToLong(ByteBuffer::capacity).sum(), table.bytes());
        live.forEach((address, buffer) -> assertTrue(table.remove(address, buffer, NO_CHARGE)));
        assertEquals(0, table.count());
    }

    /// A sweep that finds no buffer leaves places alone until one comes.
    @Test
    void sweepFindsWhatComesAfterOneThatFoundNothing() {
        final var buffer = ByteBuffer.allocate(100);
        add(4096, buffer);
        table.remove(4096, buffer, NO_CHARGE);
        assertEquals(Map.of(), sweep());
        final var reference = new PhantomReference<>(buffer, null);
        table.add(4096, buffer.capacity(), NO_CHARGE, reference);
        assertEquals(Map.of(), sweep());
        reference.clear();
        assertEquals(Map.of(4096L, 100L), sweep());
    }

    @Test
    void saysWhetherTheLastAtAPlaceWasFreed() {
        final var buffer = ByteBuffer.allocate(100);
        assertFalse(table.placesFor(4096, 100).wasFreed(4096));
        add(4096, buffer);
        assertFalse(table.placesFor(4096 + SPACING, 100).wasFreed(4096 + SPACING));
        table.remove(4096, buffer, NO_CHARGE);
        assertTrue(table.placesFor(4096, 100).wasFreed(4096));
        final var reference = new PhantomReference<>(buffer, null);
        table.add(4096, buffer.capacity(), NO_CHARGE, reference);
        reference.clear();
        sweep();
        assertFalse(table.placesFor(4096, 100).wasFreed(4096));
    }

    @Test
    void looseBufferIsThereUntilItsScopeIsUnreachable() {
        final var arena = Arena.ofShared();
        addLoose(4096, arena.scope()).clear();
        assertEquals(1, table.sweep((address, _) -> fail("taken: " + address)));
        System.gc();
        assertEquals(Map.of(), sweep());
        assertEquals(1, table.count());
        Reference.reachabilityFence(arena);
    }

    @Test
    void looseBufferIsFoundOnceItsScopeIsUnreachable() {
        addLoose(4096, Arena.ofShared().scope()).clear();
        assertEquals(1, table.sweep((address, _) -> fail("taken: " + address)));
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        var found = sweep();
        while (found.isEmpty() && System.nanoTime() < deadline) {
            System.gc();
            found = sweep();
        }
        assertEquals(Map.of(4096L, 100L), found);
        assertEquals(0, table.count());
    }

    private Loose addLoose(long address, MemorySegment.Scope scope) {
        final var reference = new Loose(ByteBuffer.allocate(100), scope);
        table.add(address, 100, NO_CHARGE, reference);
        return reference;
    }

    @Test
    void looseBufferIsRemovedAsAnyOther() {
        final var buffer = ByteBuffer.allocate(100);
        table.add(4096, 100, NO_CHARGE, new Loose(buffer, Arena.global().scope()));
        assertFalse(table.remove(4096, buffer.duplicate(), NO_CHARGE));
        assertTrue(table.remove(4096, buffer, NO_CHARGE));
        assertFalse(table.remove(4096, buffer, NO_CHARGE));
    }

    /// Addresses and sizes as they are: up to the largest of either.
    @Test
    void findsBuffersOfAllSizesSideBySide() {
        final int[] capacities = {0, 1, 16, 17, 100, 4096, 5000, 32_767, 32_768, 70_000};
        final var buffers = new HashMap<Long, ByteBuffer>();
        long address = (1L << 47) - (1L << 26);
        for (int i = 0; i < 2000; i++) {
            final var buffer = ByteBuffer.allocate(capacities[i % capacities.length]);
            assertEquals(Added.FIRST_AT_ITS_PLACE, add(address, buffer));
            buffers.put(address, buffer);
            address += 16 * (1 + buffer.capacity() / 16);
        }
        assertEquals(buffers.size(), table.added());
        buffers.forEach((place, buffer) -> {
            assertFalse(table.remove(place + 16, buffer, NO_CHARGE));
            assertTrue(table.remove(place, buffer, NO_CHARGE));
            assertFalse(table.remove(place, buffer, NO_CHARGE));
        });
        assertEquals(0, table.count());
        assertEquals(0, table.bytes());
    }

    @Test
    void tellsTheSweeperOfTheLargestBlock() {
        final long address = 0x7fff_ffff_fff0L;
        final var reference = new PhantomReference<>(ByteBuffer.allocate(0), null);
        table.add(address, Integer.MAX_VALUE, NO_CHARGE, reference);
        assertEquals(Integer.MAX_VALUE, table.bytes());
        reference.clear();
        assertEquals(Map.of(address, (long) Integer.MAX_VALUE), sweep());
    }

    @Test
    void saysWhenAPlaceIsNew() {
        final var first = ByteBuffer.allocate(1);
        final var second = ByteBuffer.allocate(1);
        assertEquals(Added.FIRST_AT_ITS_PLACE, add(64, first));
        assertEquals(Added.FIRST_AT_ITS_PLACE, add(128, second));
        table.remove(64, first, NO_CHARGE);
        assertEquals(Added.IN_PLACE_OF_ANOTHER, add(64, first));
        assertEquals(Added.FIRST_AT_ITS_PLACE, add(192, ByteBuffer.allocate(1)));
        assertEquals(4, table.added());
    }

    @Test
    void takesWhatABufferNeedsOfTheAllowanceAndRefusesWhatExceedsIt() {
        assertEquals(Added.FIRST_AT_ITS_PLACE, add(64, ByteBuffer.allocate(1), CHARGE_600));
        assertEquals(600, allowance.taken());
        assertEquals(Added.REFUSED, add(128, ByteBuffer.allocate(1), CHARGE_401));
        assertEquals(600, allowance.taken());
        assertEquals(1, table.count());
        assertEquals(1, table.added());
        assertEquals(Added.FIRST_AT_ITS_PLACE, add(128, ByteBuffer.allocate(1), CHARGE_400));
        assertEquals(LIMIT, allowance.taken());
    }

    @Test
    void keepsRoomForTheNextAtItsPlaceAndGivesItUp() {
        final var buffer = ByteBuffer.allocate(1);
        add(64, buffer, CHARGE_600);
        assertFalse(table.remove(64, buffer.duplicate(), CHARGE_600));
        assertEquals(0, table.room());
        assertTrue(table.remove(64, buffer, CHARGE_600));
        assertEquals(600, table.room());
        assertEquals(600, allowance.taken());
        assertEquals(Added.IN_PLACE_OF_ANOTHER, add(64, buffer, CHARGE_600));
        assertEquals(0, table.room());
        assertEquals(600, allowance.taken());
        table.remove(64, buffer, CHARGE_600);
        table.giveUpRoom();
        assertEquals(0, table.room());
        assertEquals(0, allowance.taken());
        assertEquals(Added.IN_PLACE_OF_ANOTHER, add(64, buffer, CHARGE_600));
        assertEquals(600, allowance.taken());
    }

    @Test
    void takesTheRestWhereLessWasKeptAndGivesBackWhatIsMore() {
        final var buffer = ByteBuffer.allocate(1);
        add(64, buffer, CHARGE_400);
        table.remove(64, buffer, CHARGE_400);
        add(64, buffer, CHARGE_600);
        assertEquals(600, allowance.taken());
        table.remove(64, buffer, CHARGE_600);
        add(64, buffer, CHARGE_401);
        assertEquals(401, allowance.taken());
        table.remove(64, buffer, CHARGE_401);
        add(64, buffer, NO_CHARGE);
        assertEquals(0, allowance.taken());
    }

    /// What a sweep finds goes on counting: its block waits for the next buffer.
    @Test
    void whatIsFoundTakesItsPartOfTheAllowanceAlong() {
        final var reference = new PhantomReference<>(ByteBuffer.allocate(1), null);
        table.add(64, 1, CHARGE_600, reference);
        reference.clear();
        assertEquals(Map.of(64L, 1L), sweep());
        assertEquals(600, allowance.taken());
        assertEquals(0, table.room());
        assertEquals(Added.IN_PLACE_OF_ANOTHER, add(64, ByteBuffer.allocate(1)));
        assertEquals(600, allowance.taken());
    }

    /// Threads with places of their own side by side, one that gives up room, one that sweeps: nothing is lost or counted twice.
    @Test
    void threadsThatMeetLeaveNothingBehind() throws Exception {
        final var wide = new Allowance(2 * OWN_PLACES * 600);
        final var shared = new BufferTable(wide, CHARGES);
        final var done = new AtomicBoolean();
        try (var executor = Executors.newFixedThreadPool(3)) {
            final var giver = executor.submit(() -> {
                while (!done.get()) {
                    shared.giveUpRoom();
                    assertEquals(0, shared.sweep((_, _) -> { }));
                }
            });
            try {
                final var first = executor.submit(() -> comeAndGo(shared, 0));
                comeAndGo(shared, OWN_PLACES * 16);
                first.get();
            } finally {
                done.set(true);
            }
            giver.get();
        }
        assertTrue(shared.checkInvariants());
        assertEquals(shared.room(), wide.taken());
        shared.giveUpRoom();
        assertEquals(0, wide.taken());
        assertEquals(0, shared.count());
    }

    private static void comeAndGo(BufferTable shared, long from) {
        final var buffer = ByteBuffer.allocate(1);
        for (int i = 0; i < 200_000; i++) {
            final long address = from + i % OWN_PLACES * 16;
            final int slotClass = i % CHARGES.length;
            assertNotEquals(Added.REFUSED, shared.add(address, 1, slotClass, new PhantomReference<>(buffer, null)));
            assertTrue(shared.remove(address, buffer, slotClass));
            assertFalse(shared.remove(address, buffer, slotClass));
        }
    }

    /// Both have all buffers at hand, and go through them side by side: each is had by one.
    @Test
    void oneOfTwoThreadsRemovesABuffer() throws Exception {
        final var buffer = ByteBuffer.allocate(1);
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < RACED; i++) {
                add(i * 16L, buffer);
            }
            final var start = new CyclicBarrier(2);
            final Callable<Integer> removal = () -> {
                start.await();
                int removed = 0;
                for (int i = 0; i < RACED; i++) {
                    removed += table.remove(i * 16L, buffer, NO_CHARGE) ? 1 : 0;
                }
                return removed;
            };
            try (var executor = Executors.newFixedThreadPool(2)) {
                final var first = executor.submit(removal);
                final var second = executor.submit(removal);
                assertEquals(RACED, first.get() + second.get());
            }
            assertEquals(0, table.count());
        }
    }

    /// Two threads enter places that are looked for from one index of the directory on: nobody takes those of the other for its own, which have
    /// just come to where there were none.
    @Test
    void placesThatAnotherThreadEntersMeanwhileAreNotTakenForOnesOwn() throws Exception {
        final long[] addresses = LongStream.iterate(PLACES_BYTES, address -> address + PLACES_BYTES)
                .filter(address -> BufferTable.firstIndex(BufferPlaces.key(address, 1)) == 0).limit(ENTERED).toArray();
        final var tables = new BufferTable[MEETINGS];
        Arrays.setAll(tables, _ -> new BufferTable(allowance, CHARGES));
        final var arrived = new AtomicInteger();
        try (var executor = Executors.newFixedThreadPool(2)) {
            final var first = executor.submit(() -> addAndRemove(tables, addresses, 0, arrived));
            final var second = executor.submit(() -> addAndRemove(tables, addresses, 1, arrived));
            assertEquals(0, first.get() + second.get());
        }
    }

    /// {@return how many could not be taken out again} Of every other address, after both have come to the table.
    private static int addAndRemove(BufferTable[] tables, long[] addresses, int from, AtomicInteger arrived) {
        final var buffer = ByteBuffer.allocate(1);
        int missed = 0;
        for (int meeting = 0; meeting < tables.length; meeting++) {
            arrived.incrementAndGet();
            for (int spins = 1; arrived.get() < 2 * (meeting + 1); spins++) {
                if (spins % 1000 == 0) {
                    Thread.yield();
                } else {
                    Thread.onSpinWait();
                }
            }
            try {
                for (int i = from; i < addresses.length; i += 2) {
                    tables[meeting].add(addresses[i], 1, NO_CHARGE, new PhantomReference<>(buffer, null));
                }
                for (int i = from; i < addresses.length; i += 2) {
                    missed += tables[meeting].remove(addresses[i], buffer, NO_CHARGE) ? 0 : 1;
                }
            } catch (ClassCastException _) {
                missed++;                               // the place has a buffer of the other; who does not go on keeps that waiting
            }
        }
        return missed;
    }

    /// Buffers of all sizes come, are freed or are found, and what vacancies keep is given up now and then: what is taken of the allowance is
    /// what there is.
    @Test
    void tableHasWhatWasPutInAndNotTakenOut() {
        System.out.println("BufferTableTest seed " + SEED);
        final var random = new SplittableRandom(SEED);
        final var wide = new Allowance(Long.MAX_VALUE);
        final var some = new BufferTable(wide, CHARGES);
        final var live = new HashMap<Long, ByteBuffer>();
        final var charged = new HashMap<Long, Integer>();
        final var references = new HashMap<Long, PhantomReference<ByteBuffer>>();
        for (int step = 0; step < STEPS; step++) {
            final long address = (1L << 40) + 4096L * random.nextInt(random.nextInt(100) == 0 ? 1 << 20 : 200);
            final int slotClass = random.nextInt(-1, CHARGES.length);
            final var there = live.get(address);
            if (there == null) {
                final var buffer = ByteBuffer.allocate(random.nextInt(4097));
                final var reference = new PhantomReference<>(buffer, null);
                some.add(address, buffer.capacity(), slotClass, reference);
                live.put(address, buffer);
                charged.put(address, slotClass);
                references.put(address, reference);
            } else if (random.nextInt(4) > 0) {
                assertTrue(some.remove(address, there, charged.get(address)));
                live.remove(address);
            } else {
                references.get(address).clear();
                some.sweep((found, capacity) -> {
                    assertEquals(live.remove(found).capacity(), capacity);
                    wide.giveBack(charge(charged.get(found)));
                });
                assertFalse(live.containsKey(address));
            }
            if (random.nextInt(100) == 0) {
                some.giveUpRoom();
                assertEquals(0, some.room());
            }
            if (step % CHECKED == 0) {
                assertTrue(some.checkInvariants(), "step " + step);
                final var seen = new HashMap<Long, Long>();
                some.forEach((found, capacity) -> assertEquals(null, seen.put(found, capacity)));
                assertEquals(live.size(), seen.size());
                seen.forEach((found, capacity) -> assertEquals(live.get(found).capacity(), capacity));
                assertEquals(live.keySet().stream().mapToLong(found -> charge(charged.get(found))).sum() + some.room(), wide.taken());
            }
        }
    }

    private static long charge(int slotClass) {
        return slotClass == NO_CHARGE ? 0 : CHARGES[slotClass];
    }

    @Test
    void buffersThatShareBytesAreFound() {
        final var buffer = ByteBuffer.allocate(100);
        add(4096, buffer);
        final var other = ByteBuffer.allocate(1000);
        add(4096 - 1000 + 1, other);
        assertTrue(assertThrows(AssertionError.class, table::checkInvariants).getMessage().startsWith("F3"));
        assertTrue(table.remove(4096 - 1000 + 1, other, NO_CHARGE));
    }
}
