package io.offheap.allocator.safety;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class FillTest {

    private static final byte VALUE = (byte) 0xa5;

    @Test
    void everyChangedByteIsFoundAndNoOther() {
        try (var arena = Arena.ofConfined()) {
            final long start = arena.allocate(256, 16).address();
            for (int size = 1; size <= 100; size++) {
                for (int at = 0; at < size; at++) {
                    Fill.fill(start, start + size, VALUE);
                    assertEquals(0, Fill.firstOther(start, start + size, VALUE));
                    RawMemory.putByte(start + at, (byte) 1);
                    assertEquals(start + at, Fill.firstOther(start, start + size, VALUE));
                    assertEquals(0, Fill.firstOther(start, start + at, VALUE));
                    assertEquals(0, Fill.firstOther(start + at + 1, start + size, VALUE));
                }
            }
        }
    }

    @Test
    void emptyRangeHoldsWhateverItShould() {
        try (var arena = Arena.ofConfined()) {
            final long start = arena.allocate(16).address();
            Fill.fill(start, start, VALUE);
            assertEquals(0, Fill.firstOther(start, start, VALUE));
            assertEquals(0, RawMemory.getByte(start));
        }
    }
}
