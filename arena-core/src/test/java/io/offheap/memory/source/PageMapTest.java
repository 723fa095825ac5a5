package io.offheap.memory.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.offheap.testkit.FakeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PageMapTest {

    private static final long PAGES = 1000;

    private final FakeMemory os = new FakeMemory();
    private final PageMap map = new PageMap(os, PAGES);

    @AfterEach
    void closeMemory() {
        os.close();
    }

    @Test
    void pagesAreNothingUntilSet() {
        for (long page = 0; page < PAGES; page++) {
            assertEquals(0, map.get(page));
        }
    }

    @Test
    void eachPageHasAWordOfItsOwn() {
        for (long page = 0; page < PAGES; page++) {
            map.set(page, ~page);
        }
        for (long page = 0; page < PAGES; page++) {
            assertEquals(~page, map.get(page));
        }
        map.set(7, 0);
        assertEquals(0, map.get(7));
        assertEquals(~8L, map.get(8));
    }

    @Test
    void takesWholePagesForEightBytesAPage() {
        assertEquals(8192, os.reservedBytes());
        assertEquals(8192, PageMap.sizeBytes(PAGES, os.pageSize()));
        assertEquals(4096, PageMap.sizeBytes(1, 4096));
        assertEquals(4096, PageMap.sizeBytes(512, 4096));
        assertEquals(8192, PageMap.sizeBytes(513, 4096));
    }

    @Test
    void whatIsForgottenReadsAsNothingAndCanStillBeAsked() {
        map.set(5, 1);
        map.set(6, 2);
        map.forget(os, 7);
        assertEquals(0, map.get(5));
        assertEquals(0, map.get(6));
        assertEquals(0, map.get(PAGES - 1));
        assertEquals(8192, os.reservedBytes());
    }

    @Test
    void pageOutsideTheRegionFailsItsAssertion() {
        assertThrows(AssertionError.class, () -> map.set(PAGES, 1));
        assertThrows(AssertionError.class, () -> map.set(-1, 1));
    }
}
