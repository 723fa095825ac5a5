package io.offheap.memory.os;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.offheap.memory.types.OsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a process may see that lives on; that a touch is trapped shows in a process of its own, in the allocator's tests.
class PageTrapsTest {

    private final SystemMemory os = Platform.memory();
    private final long size = 4 * os.pageSize();
    private PageTraps traps;
    private long start;

    @BeforeEach
    void open() {
        try {
            traps = PageTraps.open();
        } catch (OsException e) {
            assumeTrue(false, e.getMessage());
        }
        start = os.reserve(size);
    }

    @AfterEach
    void close() {
        if (traps != null) {
            os.release(start, size);
            traps.close();
        }
    }

    @Test
    void pagesWithMemoryAreNotTrappedAndClearedOnesAreNotEither() {
        RawMemory.putByte(start, (byte) 1);
        traps.set(start, size);
        assertEquals(1, RawMemory.getByte(start));
        traps.clear(start, size);
        RawMemory.putByte(start + size - 1, (byte) 2);
        assertEquals(2, RawMemory.getByte(start + size - 1));
    }

    @Test
    void rangesMayBeSetInPartsAndClearedAsOneWhetherSetOrNot() {
        traps.set(start, os.pageSize());
        traps.set(start + 2 * os.pageSize(), os.pageSize());
        assertDoesNotThrow(() -> traps.clear(start, size));
        assertDoesNotThrow(() -> traps.clear(start, size));
    }

    @Test
    void refusalSaysWhatWasAskedFor() {
        final var refused = assertThrows(OsException.class, () -> traps.set(start + 1, size));
        assertEquals("ioctl", refused.call());
        assertTrue(refused.getMessage().contains("UFFDIO_REGISTER, 0x%x".formatted(start + 1)), refused::getMessage);
        assertThrows(OsException.class, () -> traps.set(4096, size), "nothing is mapped there");
    }
}
