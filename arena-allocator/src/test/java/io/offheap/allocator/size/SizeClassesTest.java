package io.offheap.allocator.size;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SizeClassesTest {

    private final List<Integer> grid = grid();

    /// The classes as the drawing of [SizeClasses] has them, built without its arithmetic.
    private static List<Integer> grid() {
        final var grid = new ArrayList<>(List.of(16, 32, 48, 64));
        for (int base = 64; base < 16384; base *= 2) {
            for (int step = 1; step <= 4 && base + step * base / 4 <= 14336; step++) {
                grid.add(base + step * base / 4);
            }
        }
        return grid;
    }

    @Test
    void classesAreThoseOfTheGrid() {
        assertEquals(grid.size(), SizeClasses.COUNT);
        for (int index = 0; index < grid.size(); index++) {
            assertEquals(grid.get(index), SizeClasses.sizeOf(index), "class " + index);
        }
        assertEquals(SizeClasses.LARGEST_SMALL, grid.getLast());
        assertEquals(SizeClasses.QUANTUM, grid.getFirst());
    }

    @Test
    void everySizeGoesToTheSmallestClassThatHoldsIt() {
        int expected = 0;
        for (int size = 1; size <= SizeClasses.LARGEST_SMALL; size++) {
            if (size > grid.get(expected)) {
                expected++;
            }
            assertEquals(expected, SizeClasses.indexOf(size), "size " + size);
        }
    }

    @Test
    void lessThanAFifthIsWastedAbove64Bytes() {
        double worst = 0;
        for (int size = 65; size <= SizeClasses.LARGEST_SMALL; size++) {
            final double slot = SizeClasses.sizeOf(SizeClasses.indexOf(size));
            worst = Math.max(worst, (slot - size) / slot);
        }
        assertTrue(worst < 0.2, "worst waste " + worst);
        assertTrue(worst > 0.19, "the bound is not the worst case: " + worst);
    }

    @Test
    void everyClassIsAMultipleOfTheQuantum() {
        for (int index = 0; index < SizeClasses.COUNT; index++) {
            assertEquals(0, SizeClasses.sizeOf(index) % SizeClasses.QUANTUM, "class " + index);
        }
    }

    @Test
    void whatIsNoSmallSizeFailsItsAssertion() {
        assertThrows(AssertionError.class, () -> SizeClasses.indexOf(0));
        assertThrows(AssertionError.class, () -> SizeClasses.indexOf(SizeClasses.LARGEST_SMALL + 1));
        assertThrows(AssertionError.class, () -> SizeClasses.sizeOf(-1));
        assertThrows(AssertionError.class, () -> SizeClasses.sizeOf(SizeClasses.COUNT));
    }
}
