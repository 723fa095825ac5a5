package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.RawMemory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.LongToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// A chain of slots, and what becomes of it when somebody writes to them. That it needs no Java heap is shown by `FullHeapTest`.
class WaitingSlotsTest extends CachesFixture {

    private static final int COUNT = 8;

    private final long[] slots = new long[COUNT];
    private final WaitingSlots waiting = new WaitingSlots(classOf());

    private LongToIntFunction classOf() {
        return address -> shards.slabOf(address) == null ? -1 : CLASS;
    }

    private void addAll() {
        for (int i = 0; i < COUNT; i++) {
            slots[i] = caches.allocateSlot(CLASS);
            RawMemory.putLong(slots[i], 0x7777);
            waiting.add(slots[i]);
        }
    }

    private List<Long> takeAll() {
        final var taken = new ArrayList<Long>();
        for (long slot = waiting.take(); slot != 0; slot = waiting.take()) {
            taken.add(slot);
        }
        assertTrue(waiting.isEmpty());
        return taken;
    }

    @Test
    void eachIsTakenOnce() {
        addAll();
        final var seen = new HashSet<Long>();
        waiting.forEach((slot, slotClass) -> assertTrue(seen.add(slot) && slotClass == CLASS));
        assertEquals(LongStream.of(slots).boxed().collect(Collectors.toSet()), seen);
        assertEquals(COUNT, takeAll().size());
        for (final long slot : slots) {
            assertEquals(0, RawMemory.getLong(slot));
            caches.freeSlot(slot, CLASS);
        }
    }

    /// Somebody writes the address of a live slot into a buffer that he has freed: nobody is handed that one.
    @Test
    void wordThatWasOverwrittenLeadsNowhere() {
        addAll();
        final long live = caches.allocateSlot(CLASS);
        RawMemory.putLong(slots[COUNT - 2], live);
        assertEquals(2, takeAll().size());
        for (final long slot : slots) {
            caches.freeSlot(slot, CLASS);
        }
        caches.freeSlot(live, CLASS);
    }
}
