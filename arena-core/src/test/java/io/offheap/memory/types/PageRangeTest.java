package io.offheap.memory.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageRangeTest {

    @Test
    void bytesArePages() {
        final var range = PageRange.ofBytes(3 * 4096, 2 * 4096, 4096);
        assertEquals(new PageRange(3, 2), range);
        assertEquals(range, PageRange.between(3, 5));
        assertEquals(5, range.endPage());
        assertEquals(3 * 4096, range.address(4096));
        assertEquals(2 * 4096, range.byteSize(4096));
        assertEquals("3-5", range.toString());
        assertEquals(new PageRange(0, 1), PageRange.ofBytes(0, 16 << 10, 16 << 10));
    }

    @ParameterizedTest
    @CsvSource({"1, 4096", "4096, 4095", "-1, 4096", "-4096, 4096", "4096, -4096", "-9223372036854775808, 4096"})
    void whatIsNoPagesIsRefused(long address, long byteSize) {
        assertThrows(IllegalArgumentException.class, () -> PageRange.ofBytes(address, byteSize, 4096));
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "0, -1", "9223372036854775807, 1", "1, 9223372036854775807"})
    void numbersAreInBounds(long firstPage, long pageCount) {
        final var refusal = assertThrows(IllegalArgumentException.class, () -> new PageRange(firstPage, pageCount));
        assertEquals("firstPage=" + firstPage + ", pageCount=" + pageCount, refusal.getMessage());
    }

    @Test
    void endIsNotBeforeTheFirst() {
        assertTrue(PageRange.between(7, 7).isEmpty());
        assertThrows(IllegalArgumentException.class, () -> PageRange.between(7, 6));
        assertEquals(Long.MAX_VALUE, new PageRange(Long.MAX_VALUE, 0).endPage());
        assertThrows(ArithmeticException.class, () -> new PageRange(Long.MAX_VALUE, 0).address(4096));
    }

    @Test
    void overlapsAreThoseOfPageByPage() {
        for (int from = 0; from < 6; from++) {
            for (int to = from; to < 6; to++) {
                for (int otherFrom = 0; otherFrom < 6; otherFrom++) {
                    for (int otherTo = otherFrom; otherTo < 6; otherTo++) {
                        final var range = PageRange.between(from, to);
                        final var other = PageRange.between(otherFrom, otherTo);
                        boolean expected = false;
                        for (int page = 0; page < 6; page++) {
                            expected |= range.contains(page) && other.contains(page);
                        }
                        assertEquals(expected, range.overlaps(other), range + " and " + other);
                    }
                }
            }
        }
    }

    @Test
    void moves() {
        final var range = PageRange.between(3, 7);
        assertEquals(PageRange.between(10, 14), range.movedTo(10));
        assertTrue(range.contains(3) && range.contains(6));
        assertFalse(range.contains(2) || range.contains(7));
        assertThrows(IllegalArgumentException.class, () -> range.movedTo(-1));
        assertThrows(IllegalArgumentException.class, () -> range.movedTo(Long.MAX_VALUE - 3));
    }
}
