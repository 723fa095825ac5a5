package io.offheap.allocator.slab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.size.SizeClasses;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlabLayoutTest {

    @ParameterizedTest
    @ValueSource(longs = {4096, 16384, 65536})
    void slabIsWholePagesFullOfSlotsButForOnePartIn32(long pageSize) {
        final var layout = new SlabLayout(pageSize);
        for (int index = 0; index < SizeClasses.COUNT; index++) {
            final long bytes = layout.slabBytes(index);
            final long left = bytes - (long) layout.slots(index) * SizeClasses.sizeOf(index);
            assertEquals(0, bytes % pageSize, "class " + index);
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
