package io.offheap.bench.survive;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.child.WrongBytesException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WordsTest {

    private static final long BYTES = 8 << 10;

    @Test
    void everyFlippedByteIsFound() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment block = arena.allocate(BYTES, Long.BYTES);
            final long number = Words.numberOf(1, 2, 3);
            Words.write(block.address(), BYTES, number);
            assertDoesNotThrow(() -> Words.verify(block.address(), BYTES, number));
            for (long flipped = 0; flipped < BYTES; flipped++) {
                final byte was = block.get(ValueLayout.JAVA_BYTE, flipped);
                block.set(ValueLayout.JAVA_BYTE, flipped, (byte) (was ^ 1));
                final var wrong = assertThrows(
                        WrongBytesException.class, () -> Words.verify(block.address(), BYTES, number));
                assertTrue(wrong.getMessage().contains("byte " + flipped / Long.BYTES * Long.BYTES), wrong::getMessage);
                block.set(ValueLayout.JAVA_BYTE, flipped, was);
            }
        }
    }

    @Test
    void aPageThatWasTakenAwayIsFound() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment block = arena.allocate(BYTES, Long.BYTES);
            Words.write(block.address(), BYTES, Words.numberOf(0, 0, 0));
            block.asSlice(4096).fill((byte) 0);
            assertThrows(
                    WrongBytesException.class, () -> Words.verify(block.address(), BYTES, Words.numberOf(0, 0, 0)));
        }
    }

    @Test
    void noTwoBlocksHaveTheSameNumber() {
        final Set<Long> numbers = new HashSet<>();
        for (int thread = 0; thread < 4; thread++) {
            for (int phase = 0; phase < 5; phase++) {
                for (int block = 0; block < 1000; block++) {
                    numbers.add(Words.numberOf(thread, phase, block));
                }
            }
        }
        assertEquals(4 * 5 * 1000, numbers.size());
    }
}
