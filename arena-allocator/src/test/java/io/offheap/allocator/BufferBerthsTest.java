package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.Race;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Buffers of a thread that frees each before it allocates the next one.
class BufferBerthsTest {

    private static final int CAPACITY = 4096;

    /// More than it takes until a berth is installed.
    private static final int MANY = 600;

    /// Without the daemon, whose sweeps move what is at a berth into the table.
    private final OffHeapAllocator allocator = new OffHeapAllocator(
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().options(), Platform.memory(), Ticker.SYSTEM, false);

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private void useInTurn(int capacity) {
        for (int i = 0; i < MANY; i++) {
            allocator.free(allocator.allocateDirect(capacity));
        }
    }

    private static long addressOf(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer).address();
    }

    /// The block stays where it is while the thread's own cache hands out others.
    private ByteBuffer atBerth(int capacity) {
        useInTurn(capacity);
        final var buffer = allocator.allocateDirect(capacity);
        final long address = addressOf(buffer);
        allocator.free(buffer);
        final var others = new ArrayList<MemorySegment>();
        for (int i = 0; i < 10; i++) {
            final var other = allocator.allocate(capacity);
            assertNotEquals(address, other.address());
            others.add(other);
        }
        final var again = allocator.allocateDirect(capacity);
        assertEquals(address, addressOf(again));
        others.forEach(allocator::free);
        return again;
    }

    private void assertNothingIsLeft() {
        final var stats = allocator.stats();
        assertEquals(0, stats.directBuffers());
        assertEquals(0, stats.directBufferBytes());
        assertEquals(0, stats.allocatedBytes(), stats::page);
    }

    @Test
    void isCountedAndZeroAndBackAtOnce() {
        for (final int capacity : new int[] {0, 1, 64, 1000, CAPACITY, 20_000, 32 << 10}) {
            final var buffer = atBerth(capacity);
            assertEquals(1, allocator.stats().directBuffers());
            assertEquals(capacity, allocator.stats().directBufferBytes());
            assertEquals(ByteBuffer.allocate(capacity), buffer);
            MemorySegment.ofBuffer(buffer).fill((byte) 0x77);
            allocator.free(buffer);
            assertNothingIsLeft();
            final var next = allocator.allocateDirect(capacity);
            assertEquals(ByteBuffer.allocate(capacity), next);
            allocator.free(next);
        }
        assertNothingIsLeft();
    }

    @Test
    void secondFreeAndViewsAreRefused() {
        final var buffer = atBerth(CAPACITY);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer.duplicate()));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer.slice()));
        assertThrows(NullPointerException.class, () -> allocator.free((ByteBuffer) null));
        allocator.free(buffer);
        assertThrows(NullPointerException.class, () -> allocator.free((ByteBuffer) null));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer));
        final var next = allocator.allocateDirect(CAPACITY);
        assertEquals(addressOf(buffer), addressOf(next));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer));
        assertEquals(1, allocator.stats().directBuffers());
        allocator.free(next);
        assertNothingIsLeft();
    }

    /// The bytes of two buffers that live at once are not shared, whatever the berth has.
    @Test
    void secondLiveBufferIsElsewhere() {
        final var one = atBerth(CAPACITY);
        final var two = allocator.allocateDirect(CAPACITY);
        assertNotEquals(addressOf(one), addressOf(two));
        allocator.free(one);
        allocator.free(two);
        assertNothingIsLeft();
    }

    @Test
    void oneOfThreeThreadsFrees() {
        try (var race = new Race()) {
            for (int round = 0; round < 100; round++) {
                final var buffer = atBerth(CAPACITY);
                final var freed = new AtomicInteger();
                final Race.Leg leg = () -> {
                    try {
                        allocator.free(buffer);
                        freed.incrementAndGet();
                    } catch (IllegalArgumentException _) {
                        // another one was first
                    }
                };
                final Race.Leg sweep = allocator::purge;
                race.run(leg, leg, sweep);
                assertEquals(1, freed.get());
                assertEquals(0, allocator.stats().directBuffers());
            }
        }
        assertNothingIsLeft();
    }

    /// A sweep moves it into the table.
    @Test
    void isFreedAfterASweepToo() {
        final var buffer = atBerth(CAPACITY);
        allocator.purge();
        assertEquals(1, allocator.stats().directBuffers());
        assertEquals(CAPACITY, allocator.stats().directBufferBytes());
        allocator.free(buffer);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer));
        assertNothingIsLeft();
    }

    @Test
    void isFoundWhenItIsDropped() {
        atBerth(CAPACITY);
        final long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (allocator.stats().directBuffers() > 0 && System.nanoTime() < deadline) {
            allocator.purge();
            System.gc();
        }
        assertNothingIsLeft();
    }

    /// A segment of it has the scope of the berth.
    @Test
    void segmentKeepsTheMemoryOfADroppedOne() {
        final var segment = MemorySegment.ofBuffer(atBerth(CAPACITY));
        for (int i = 0; i < 5; i++) {
            allocator.purge();
            System.gc();
        }
        assertEquals(1, allocator.stats().directBuffers());
        segment.fill((byte) 1);
        assertEquals(1, segment.get(ValueLayout.JAVA_BYTE, CAPACITY - 1));
    }

    /// Else it would grow old, and no young collection would find a buffer that has it.
    @Test
    void scopeIsNewAfterACollection() {
        final var before = atBerth(CAPACITY);
        allocator.free(before);
        final var scope = MemorySegment.ofBuffer(before).scope();
        System.gc();
        final var after = allocator.allocateDirect(CAPACITY);
        assertEquals(addressOf(before), addressOf(after));
        assertNotEquals(scope, MemorySegment.ofBuffer(after).scope());
        allocator.free(after);
        assertNothingIsLeft();
    }

    @Test
    void vacantBerthsGoWithThePurge() {
        atBerth(CAPACITY);
        allocator.purge();
        useInTurn(CAPACITY);
        assertTrue(allocator.stats().cachedBytes() >= CAPACITY);
        allocator.purge();
        assertEquals(0, allocator.stats().cachedBytes());
    }

    /// What is vacant counts against the limit until somebody needs the room.
    @Test
    void vacantBerthIsNotInTheWayAtTheLimit() {
        final int limit = 1 << 20;
        try (var limited = OffHeapAllocator.builder().directLimit(limit).pressure().build()) {
            for (int i = 0; i < MANY; i++) {
                limited.free(limited.allocateDirect(CAPACITY));
            }
            final var all = limited.allocateDirect(limit);
            assertThrows(OutOfMemoryError.class, () -> limited.allocateDirect(CAPACITY));
            limited.free(all);
            assertEquals(0, limited.stats().allocatedBytes());
        }
    }

    /// Dropped at the limit, by a thread that has a berth. Without the daemon too: one that is stopped while it moves the buffer keeps it reachable.
    @Test
    void droppedOneIsFoundAtTheLimit() {
        final int limit = 1 << 20;
        final var options = OffHeapAllocator.builder().directLimit(limit).explicitGc(true).pressure().options();
        try (var limited = new OffHeapAllocator(options, Platform.memory(), Ticker.SYSTEM, false)) {
            for (int i = 0; i < MANY; i++) {
                limited.free(limited.allocateDirect(CAPACITY));
            }
            limited.allocateDirect(CAPACITY);
            final var all = limited.allocateDirect(limit);
            assertEquals(limit, all.capacity());
            limited.free(all);
        }
    }

    @Test
    void anotherCapacityGetsTheBerth() {
        useInTurn(64);
        allocator.free(atBerth(CAPACITY));
        allocator.free(atBerth(100));
        assertNothingIsLeft();
    }
}
