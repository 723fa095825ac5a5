package io.offheap.allocator.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class PageEntryTest {

    private static final int[] IDS = {1, 2, 0x1234567, (1 << 26) - 1, Integer.MAX_VALUE};

    @Test
    void slabWordKeepsItsThreeParts() {
        for (final int id : IDS) {
            for (int page = 0; page < PageEntry.MOST_SLAB_PAGES; page += 7) {
                for (int sizeClass = 0; sizeClass < PageEntry.BOUNDARY - 1; sizeClass += 23) {
                    final long entry = PageEntry.slots(id, page, sizeClass);
                    assertEquals(id, PageEntry.id(entry));
                    assertEquals(page, PageEntry.pageIndex(entry));
                    assertEquals(sizeClass + 1, PageEntry.kind(entry));
                }
            }
        }
        final long last = PageEntry.slots(1, PageEntry.MOST_SLAB_PAGES - 1, PageEntry.BOUNDARY - 2);
        assertEquals(PageEntry.MOST_SLAB_PAGES - 1, PageEntry.pageIndex(last));
        assertEquals(PageEntry.BOUNDARY - 1, PageEntry.kind(last));
    }

    @Test
    void boundaryWordNamesItsRun() {
        for (final int id : IDS) {
            assertEquals(id, PageEntry.id(PageEntry.boundary(id)));
            assertEquals(PageEntry.BOUNDARY, PageEntry.kind(PageEntry.boundary(id)));
        }
    }

    @Test
    void wordOfAPageThatIsPartOfNothingIsNeitherSlabNorBoundary() {
        assertEquals(0, PageEntry.kind(PageEntry.NONE));
        assertNotEquals(PageEntry.NONE, PageEntry.slots(0, 0, 0));
        assertNotEquals(PageEntry.NONE, PageEntry.boundary(0));
    }

    @Test
    void partThatDoesNotFitFailsItsAssertion() {
        assertThrows(AssertionError.class, () -> PageEntry.slots(1, PageEntry.MOST_SLAB_PAGES, 0));
        assertThrows(AssertionError.class, () -> PageEntry.slots(1, -1, 0));
        assertThrows(AssertionError.class, () -> PageEntry.slots(1, 0, PageEntry.BOUNDARY - 1));
        assertThrows(AssertionError.class, () -> PageEntry.slots(1, 0, -1));
    }
}
