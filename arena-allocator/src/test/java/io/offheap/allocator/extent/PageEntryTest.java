package io.offheap.allocator.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.offheap.memory.source.RegionSource;
import org.junit.jupiter.api.Test;

class PageEntryTest {

    private static final int[] IDS = {1, 2, 0x1234567, (1 << 26) - 1, Integer.MAX_VALUE};

    @Test
    void slabWordKeepsItsThreeParts() {
        for (final int id : IDS) {
            for (int shift = RegionSource.SMALLEST_CELL_SHIFT; shift <= RegionSource.LARGEST_CELL_SHIFT; shift++) {
                for (int slotClass = 0; slotClass < PageEntry.BOUNDARY - 1; slotClass++) {
                    final long entry = PageEntry.slots(id, slotClass, shift);
                    assertEquals(id, PageEntry.id(entry));
                    assertEquals(shift, PageEntry.cellShift(entry) & 63);
                    assertEquals(slotClass, PageEntry.slotClass(PageEntry.kind(entry)));
                }
            }
        }
    }

    @Test
    void boundaryWordNamesItsRun() {
        for (final int id : IDS) {
            assertEquals(id, PageEntry.id(PageEntry.boundary(id)));
            assertEquals(PageEntry.BOUNDARY, PageEntry.kind(PageEntry.boundary(id)));
            assertEquals(63, PageEntry.cellShift(PageEntry.boundary(id)) & 63);
        }
    }

    @Test
    void wordOfAPageThatIsPartOfNothingIsNeitherSlabNorBoundary() {
        assertEquals(0, PageEntry.kind(PageEntry.NONE));
        assertEquals(63, PageEntry.cellShift(PageEntry.NONE) & 63);
        assertNotEquals(PageEntry.NONE, PageEntry.slots(0, 0, RegionSource.LARGEST_CELL_SHIFT));
        assertNotEquals(PageEntry.NONE, PageEntry.boundary(0));
    }

    @Test
    void partThatDoesNotFitFailsItsAssertion() {
        assertThrows(AssertionError.class, () -> PageEntry.slots(1, 0, RegionSource.LARGEST_CELL_SHIFT + 1));
        assertThrows(AssertionError.class, () -> PageEntry.slots(1, 0, -1));
        assertThrows(AssertionError.class, () -> PageEntry.slots(1, PageEntry.BOUNDARY - 1, 4));
        assertThrows(AssertionError.class, () -> PageEntry.slots(1, -1, 4));
    }
}
