package io.offheap.memory.util;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlignedMathTest {

    @ParameterizedTest
    @CsvSource({"0,4096,0,0", "1,4096,4096,0", "4095,4096,4096,0", "4096,4096,4096,4096", "4097,4096,8192,4096",
        "7,1,7,7", "9223372036854771712,4096,9223372036854771712,9223372036854771712",
        "9223372036854771711,4096,9223372036854771712,9223372036854767616"})
    void roundsUpAndDownToTheNextMultiple(long value, long alignment, long up, long down) {
        assertEquals(up, AlignedMath.alignUp(value, alignment));
        assertEquals(down, AlignedMath.alignDown(value, alignment));
        assertEquals(up == value, AlignedMath.isAligned(value, alignment));
        assertTrue(AlignedMath.isAligned(up, alignment) && AlignedMath.isAligned(down, alignment));
    }

    @Test
    void whatCannotBeRoundedFailsItsAssertion() {
        assertThrows(AssertionError.class, () -> AlignedMath.alignUp(Long.MAX_VALUE - 4094, 4096));
        assertThrows(AssertionError.class, () -> AlignedMath.alignUp(-1, 4096));
        assertThrows(AssertionError.class, () -> AlignedMath.alignUp(1, 48));
        assertThrows(AssertionError.class, () -> AlignedMath.alignDown(1, 0));
    }

    @Test
    void powersOfTwoArePositiveAndHaveOneBit() {
        for (int bit = 0; bit < 63; bit++) {
            assertTrue(AlignedMath.isPowerOfTwo(1L << bit));
            assertFalse(AlignedMath.isPowerOfTwo((1L << bit) + (bit == 0 ? 2 : 1L << bit + 1) + (bit == 62 ? 1 : 0)));
        }
        assertFalse(AlignedMath.isPowerOfTwo(0));
        assertFalse(AlignedMath.isPowerOfTwo(-8));
        assertFalse(AlignedMath.isPowerOfTwo(Long.MIN_VALUE));
    }
}
