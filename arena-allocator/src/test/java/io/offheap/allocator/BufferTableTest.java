package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.PhantomReference;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What the collector does to a reference is done here by hand: it is cleared.
class BufferTableTest {

    private static final int SPACING = 64;

    private final BufferTable table = new BufferTable();

    private boolean add(long address, ByteBuffer buffer) {
        return table.add(address, buffer.capacity(), new PhantomReference<>(buffer, null));
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
        assertEquals(BufferTable.NONE, table.remove(4096, buffer.duplicate()));
        assertEquals(BufferTable.NONE, table.remove(8192, buffer));
        assertEquals(100, table.remove(4096, buffer));
        assertEquals(BufferTable.NONE, table.remove(4096, buffer));
        assertEquals(0, table.count());
        assertEquals(0, table.bytes());
    }

    @Test
    void removedBufferIsNotFoundAnyMore() {
        final var buffer = ByteBuffer.allocate(100);
        add(4096, buffer);
        table.remove(4096, buffer);
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
            table.add(address, buffer.capacity(), reference);
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
        live.forEach((address, buffer) -> assertEquals(buffer.capacity(), table.remove(address, buffer)));
        assertEquals(0, table.count());
    }

    @Test
    void saysWhenThereAreMoreThanEver() {
        final var first = ByteBuffer.allocate(1);
        final var second = ByteBuffer.allocate(1);
        assertTrue(add(64, first));
        assertTrue(add(128, second));
        table.remove(64, first);
        assertFalse(add(64, first));
        assertTrue(add(192, ByteBuffer.allocate(1)));
        assertEquals(4, table.added());
    }
}
