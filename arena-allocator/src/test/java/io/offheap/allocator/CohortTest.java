package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Buffers that share their end, in the table. Their memory is nobody's, and is not looked at.
class CohortTest {

    private static final int CAPACITY = 64;
    private static final int NO_CHARGE = Blocks.NO_SLOT;
    private static final int ROUNDS = 200;
    private static final long BASE = 1L << 40;

    private final BufferTable table = new BufferTable(new Allowance(0), new long[] {0});

    @AfterEach
    void invariantsHold() {
        assertTrue(table.checkInvariants());
    }

    private static long address(int index) {
        return BASE + (long) index * CAPACITY;
    }

    private ByteBuffer add(Cohort.Members members, int index) {
        final var buffer = members.join(address(index), CAPACITY);
        table.add(address(index), CAPACITY, NO_CHARGE, members.cohort());
        return buffer;
    }

    private boolean remove(ByteBuffer buffer) {
        return table.remove(MemorySegment.ofBuffer(buffer).address(), buffer, NO_CHARGE);
    }

    private Map<Long, Long> sweep() {
        final var found = new HashMap<Long, Long>();
        table.sweep((address, capacity) -> assertNull(found.put(address, capacity)));
        return found;
    }

    private Map<Long, Long> sweepWhenCollected() {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        var found = sweep();
        while (found.isEmpty() && System.nanoTime() < deadline) {
            System.gc();
            found = sweep();
        }
        return found;
    }

    @Test
    void hasRoomForSoManyMembers() {
        final var members = new Cohort.Members(3);
        for (int i = 0; i < 3; i++) {
            assertFalse(members.isFull());
            final var buffer = members.join(address(i), CAPACITY);
            assertEquals(CAPACITY, buffer.capacity());
            assertEquals(address(i), MemorySegment.ofBuffer(buffer).address());
        }
        assertTrue(members.isFull());
        assertNull(members.join(address(3), CAPACITY));
    }

    @Test
    void memberLeavesOnceAndNobodyElseDoes() {
        final var members = new Cohort.Members(2);
        final var one = add(members, 0);
        final var other = add(members, 1);
        assertFalse(remove(one.duplicate()));
        assertFalse(remove(new Cohort.Members(1).join(address(0), CAPACITY)));
        assertTrue(remove(one));
        assertFalse(remove(one));
        assertEquals(1, table.count());
        assertTrue(remove(other));
        assertEquals(0, table.count());
        Reference.reachabilityFence(members);
    }

    /// The next one at the place of a member that was freed may be of the same cohort.
    @Test
    void memberThatHasLeftIsNotTakenForTheNextAtItsPlace() {
        final var members = new Cohort.Members(2);
        final var one = add(members, 0);
        assertTrue(remove(one));
        final var next = add(members, 0);
        assertFalse(remove(one));
        assertTrue(remove(next));
        Reference.reachabilityFence(members);
    }

    @Test
    void sweepFindsAllThatHaveNotLeftOnceTheReferenceIsCleared() {
        final var members = new Cohort.Members(3);
        add(members, 0);
        final var freed = add(members, 1);
        add(members, 2);
        assertTrue(remove(freed));
        assertEquals(Map.of(), sweep());
        members.cohort().clear();
        assertEquals(Map.of(address(0), (long) CAPACITY, address(2), (long) CAPACITY), sweep());
        assertEquals(0, table.count());
    }

    @Test
    void collectorFindsThemWhenNoneIsReachable() {
        dropTwo();
        assertEquals(Map.of(address(0), (long) CAPACITY, address(1), (long) CAPACITY), sweepWhenCollected());
    }

    private void dropTwo() {
        final var members = new Cohort.Members(2);
        add(members, 0);
        add(members, 1);
    }

    @Test
    void viewOfOneKeepsAll() {
        final var view = MemorySegment.ofBuffer(addTwoAndKeepOne().slice(1, 8).asReadOnlyBuffer());
        for (int i = 0; i < 3; i++) {
            System.gc();
            assertEquals(Map.of(), sweep());
        }
        assertEquals(2, table.count());
        Reference.reachabilityFence(view);
    }

    private ByteBuffer addTwoAndKeepOne() {
        final var members = new Cohort.Members(2);
        add(members, 0);
        return add(members, 1);
    }

    /// The places keep a cohort that others may join, but not its members.
    @Test
    void oneThatOthersMayJoinIsFoundAsAnyOther() {
        final var places = table.placesFor(BASE, CAPACITY);
        openAndDrop(places);
        assertEquals(Map.of(address(0), (long) CAPACITY), sweepWhenCollected());
        assertNotNull(places.cohort(2).join(address(0), CAPACITY));
    }

    private void openAndDrop(BufferPlaces places) {
        final var members = places.cohort(2);
        assertSame(members, places.cohort(2));
        add(members, 0);
        assertSame(members, places.cohort(2));
    }

    @Test
    void fullOneIsFollowedByAnother() {
        final var places = table.placesFor(BASE, CAPACITY);
        final var first = places.cohort(1);
        add(first, 0);
        final var second = places.cohort(1);
        assertNotSame(first, second);
        assertSame(second, places.cohort(1));
        Reference.reachabilityFence(first);
    }

    /// Each member has room, and each is freed by one of two threads.
    @Test
    void threadsThatMeetShareMembersAndLeaveNone() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            final var members = new Cohort.Members(Cohort.MOST);
            final Set<ByteBuffer> joined = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));
            final var start = new CyclicBarrier(2);
            try (var executor = Executors.newFixedThreadPool(2)) {
                final var ones = executor.submit(() -> join(members, joined, start, 0));
                final var others = executor.submit(() -> join(members, joined, start, Cohort.MOST));
                assertEquals(Cohort.MOST, ones.get() + others.get());
                assertEquals(Cohort.MOST, joined.size());
                final Callable<Integer> removal = () -> {
                    start.await();
                    int removed = 0;
                    for (final var buffer : joined.toArray(ByteBuffer[]::new)) {
                        removed += remove(buffer) ? 1 : 0;
                    }
                    return removed;
                };
                final var first = executor.submit(removal);
                final var second = executor.submit(removal);
                assertEquals(Cohort.MOST, first.get() + second.get());
            }
            assertEquals(0, table.count());
        }
    }

    private int join(Cohort.Members members, Set<ByteBuffer> joined, CyclicBarrier start, int from) throws Exception {
        start.await();
        int count = 0;
        for (int i = 0; i < Cohort.MOST; i++) {
            final var buffer = members.join(address(from + i), CAPACITY);
            if (buffer != null) {
                table.add(address(from + i), CAPACITY, NO_CHARGE, members.cohort());
                assertTrue(joined.add(buffer));
                count++;
            }
        }
        return count;
    }
}
