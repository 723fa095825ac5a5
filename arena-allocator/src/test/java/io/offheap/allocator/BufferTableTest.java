package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.BufferTable.Added;
import java.lang.ref.PhantomReference;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What the collector does to a reference is done here by hand: it is cleared.
class BufferTableTest {

    private static final int SPACING = 64;

    private static final long LIMIT = 1000;

    private final Allowance allowance = new Allowance(LIMIT);
    private final BufferTable table = new BufferTable(allowance);

    private Added add(long address, ByteBuffer buffer) {
        return add(address, buffer, 0);
    }

    private Added add(long address, ByteBuffer buffer, long charge) {
        return table.add(address, buffer.capacity(), charge, new PhantomReference<>(buffer, null));
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
        assertFalse(table.remove(4096, buffer.duplicate(), 0));
        assertFalse(table.remove(8192, buffer, 0));
        assertTrue(table.remove(4096, buffer, 0));
        assertFalse(table.remove(4096, buffer, 0));
        assertEquals(0, table.count());
        assertEquals(0, table.bytes());
    }

    @Test
    void removedBufferIsNotFoundAnyMore() {
        final var buffer = ByteBuffer.allocate(100);
        add(4096, buffer);
        table.remove(4096, buffer, 0);
        assertEquals(Map.of(), sweep());
    }

    /// As many as do not fit into what a sweep takes at a time, in one stripe, where half are unreachable.
    @Test
    void sweepFindsAllThatAreClearedAndNoOther() {
        final var live = new HashMap<Long, ByteBuffer>();
        final var dead = new HashMap<Long, Long>();
        final var random = new SplittableRandom(0x5eeb);
        for (long address = SPACING; address < 3000 * SPACING; address += SPACING) {
            final var buffer = ByteBuffer.allocate(random.nextInt(SPACING));
            final var reference = new PhantomReference<>(buffer, null);
            table.add(address, buffer.capacity(), 0, reference);
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
        live.forEach((address, buffer) -> assertTrue(table.remove(address, buffer, 0)));
        assertEquals(0, table.count());
    }

    /// Chains begin where size and address say, and move when a stripe grows.
    @Test
    void findsBuffersOfAllSizesSideBySide() {
        final int[] capacities = {0, 1, 16, 17, 100, 4096, 5000, 70_000};
        final var buffers = new HashMap<Long, ByteBuffer>();
        long address = 1L << 40;
        for (int i = 0; i < 2000; i++) {
            final var buffer = ByteBuffer.allocate(capacities[i % capacities.length]);
            assertEquals(Added.ONE_MORE, add(address, buffer));
            buffers.put(address, buffer);
            address += 16 * (1 + buffer.capacity() / 16);
        }
        buffers.forEach((place, buffer) -> {
            assertFalse(table.remove(place + 16, buffer, 0));
            assertTrue(table.remove(place, buffer, 0));
            assertFalse(table.remove(place, buffer, 0));
        });
        assertEquals(0, table.count());
        assertEquals(0, table.bytes());
    }

    @Test
    void saysWhenThereAreMoreThanEver() {
        final var first = ByteBuffer.allocate(1);
        final var second = ByteBuffer.allocate(1);
        assertEquals(Added.ONE_MORE, add(64, first));
        assertEquals(Added.ONE_MORE, add(128, second));
        table.remove(64, first, 0);
        assertEquals(Added.IN_PLACE_OF_ANOTHER, add(64, first));
        assertEquals(Added.ONE_MORE, add(192, ByteBuffer.allocate(1)));
        assertEquals(4, table.added());
    }

    @Test
    void takesWhatABufferNeedsOfTheAllowanceAndRefusesWhatExceedsIt() {
        final var first = ByteBuffer.allocate(1);
        assertEquals(Added.ONE_MORE, add(64, first, 600));
        assertEquals(600, allowance.taken());
        assertEquals(Added.REFUSED, add(128, ByteBuffer.allocate(1), 401));
        assertEquals(600, allowance.taken());
        assertEquals(1, table.count());
        assertEquals(1, table.added());
        assertEquals(Added.ONE_MORE, add(128, ByteBuffer.allocate(1), 400));
        assertEquals(LIMIT, allowance.taken());
    }

    @Test
    void keepsRoomForTheNextAndGivesItUp() {
        final var buffer = ByteBuffer.allocate(1);
        add(64, buffer, 600);
        assertFalse(table.remove(64, buffer.duplicate(), 600));
        assertEquals(0, table.room());
        assertTrue(table.remove(64, buffer, 600));
        assertEquals(600, table.room());
        assertEquals(600, allowance.taken());
        assertEquals(Added.IN_PLACE_OF_ANOTHER, add(128, buffer, 500));    // neighbours share it
        assertEquals(100, table.room());
        assertEquals(600, allowance.taken());
        table.giveUpRoom();
        assertEquals(0, table.room());
        assertEquals(500, allowance.taken());
    }

    @Test
    void keepsNoMoreRoomThanItShould() {
        final var limitless = new Allowance(Long.MAX_VALUE);
        final var other = new BufferTable(limitless);
        final var buffer = ByteBuffer.allocate(1);
        for (int i = 1; i <= 10; i++) {
            other.add(64, 1, 30_000, new PhantomReference<>(buffer, null));
            other.add(128, 1, 30_000, new PhantomReference<>(buffer, null));
            other.add(192, 1, 30_000, new PhantomReference<>(buffer, null));
            assertEquals(90_000, limitless.taken());
            other.remove(64, buffer, 30_000);
            other.remove(128, buffer, 30_000);
            assertEquals(60_000, other.room());
            other.remove(192, buffer, 30_000);
            assertEquals(0, other.room());
            assertEquals(0, limitless.taken());
        }
    }
}
