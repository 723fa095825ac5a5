package io.offheap.allocator.slab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotStartsTest {

    @ParameterizedTest
    @ValueSource(longs = {4096, 16384, 65536})
    void slotBeginsExactlyWhereTheSizeDividesTheOffset(long pageSize) {
        final var layout = new SlabLayout(pageSize);
        final var starts = new SlotStarts(new SlotClasses(pageSize));
        for (int index = 0; index < SizeClasses.COUNT; index++) {
            final int size = SizeClasses.sizeOf(index);
            long next = 0;
            for (int offset = 0; offset < layout.slabBytes(index); offset++) {
                final boolean begins = offset == next;
                next += begins ? size : 0;
                if (starts.isStart(PageEntry.kindOf(index), offset) != begins) {
                    fail("offset " + offset + " of class " + size + ": expected " + begins);
                }
            }
            assertTrue(next / size >= layout.slots(index), "class " + size);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {4096, 16384, 65536})
    void runThatIsASlotBeginsAtItsFirstByteOnly(long pageSize) {
        final var classes = new SlotClasses(pageSize);
        final var starts = new SlotStarts(classes);
        for (int index = SizeClasses.COUNT; index < classes.count(); index++) {
            assertTrue(starts.isStart(PageEntry.kindOf(index), 0));
            for (int offset = 1; offset < pageSize; offset++) {
                if (starts.isStart(PageEntry.kindOf(index), offset)) {
                    fail("offset " + offset + " of class " + classes.sizeOf(index));
                }
            }
        }
    }

    @Test
    void pagesWithoutSlotsHaveNoStarts() {
        final var classes = new SlotClasses(4096);
        final var starts = new SlotStarts(classes);
        assertEquals(48, classes.count());
        for (int kind = 0; kind <= PageEntry.BOUNDARY; kind++) {
            final boolean hasSlots = 1 <= kind && kind <= classes.count();
            assertEquals(hasSlots, starts.isStart(kind, 0), "kind " + kind);
            assertFalse(starts.isStart(kind, 1), "kind " + kind);
        }
    }
}
