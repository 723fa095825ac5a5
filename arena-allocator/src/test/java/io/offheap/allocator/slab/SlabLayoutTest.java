package io.offheap.allocator.slab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.size.SizeClasses;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlabLayoutTest {

    @ParameterizedTest
    @ValueSource(longs = {4096, 16384, 65536})
    void slotsBeginAtEveryMultipleOfTheirSizeAndNowhereElse(long pageSize) {
        final var layout = new SlabLayout(pageSize);
        for (int index = 0; index < SizeClasses.COUNT; index++) {
            final int size = SizeClasses.sizeOf(index);
            int next = 0;
            for (int offset = 0; offset < layout.slabBytes(index); offset++) {
                final boolean begins = next < layout.slots(index) && offset == next * size;
                next += begins ? 1 : 0;
                if (layout.isSlotStart(index, offset) != begins) {
                    fail("offset " + offset + " of class " + size + ": expected " + begins);
                }
            }
            assertEquals(layout.slots(index), next, "class " + size);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {4096, 16384, 65536})
    void slabIsWholePagesFullOfSlotsButForOnePartIn32(long pageSize) {
        final var layout = new SlabLayout(pageSize);
        for (int index = 0; index < SizeClasses.COUNT; index++) {
            final long bytes = layout.slabBytes(index);
            final long left = bytes - (long) layout.slots(index) * SizeClasses.sizeOf(index);
            assertEquals(0, bytes % pageSize, "class " + index);
            assertTrue(bytes / pageSize <= PageEntry.MOST_SLAB_PAGES, "class " + index);
            assertTrue(0 <= left && left * 32 <= bytes, left + " of " + bytes + " left over in class " + index);
            assertTrue(left < SizeClasses.sizeOf(index), "class " + index);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {4096, 16384, 65536})
    void slabOfSmallSlotsServesARefill(long pageSize) {
        final var layout = new SlabLayout(pageSize);
        for (int index = 0; SizeClasses.sizeOf(index) < 4096; index++) {
            final int size = SizeClasses.sizeOf(index);
            assertTrue(layout.slots(index) >= Math.min(64, (16 << 10) / size), layout.slots(index) + " of " + size);
        }
    }
}
