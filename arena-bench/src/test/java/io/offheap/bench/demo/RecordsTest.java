package io.offheap.bench.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RecordsTest {

    private static final int COUNT = 5000;
    private static final int PAGE = 4096;

    private final Arena arena = Arena.ofConfined();
    private final long address =
            arena.allocate(COUNT * Records.BYTES, PAGE).address();

    @BeforeEach
    void fill() {
        Records.fill(address, COUNT);
    }

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void everyKeyIsFoundWhereItIs() {
        for (int key = 0; key < COUNT; key++) {
            assertEquals(key, Records.search(address, COUNT, key));
        }
        assertEquals(-1, Records.search(address, COUNT, COUNT));
        assertEquals(-1, Records.search(address, COUNT, -1));
    }

    @Test
    void rightRecordsPassEveryCheckWhateverTheirNumber() {
        for (int count = 1; count <= 1100; count++) {
            Records.check(address, count);
            Records.checkEachPage(address, count, count - 1);
        }
    }

    @Test
    void aPageThatWasTakenAwayIsNoticedWithEveryKey() {
        for (int page = 0; page * PAGE < COUNT * Records.BYTES - PAGE; page++) {
            RawMemory.zero(address + page * PAGE, PAGE);
            for (int key = 0; key < 1100; key++) {
                final int chosen = key;
                assertThrows(WrongBytesException.class, () -> Records.checkEachPage(address, COUNT, chosen));
            }
            fill();
        }
    }

    @Test
    void fullCheckNoticesAnyWrongByte() {
        for (int offset = 0; offset < COUNT * Records.BYTES; offset += 7) {
            RawMemory.putByte(address + offset, (byte) (RawMemory.getByte(address + offset) ^ 1));
            assertThrows(WrongBytesException.class, () -> Records.check(address, COUNT));
            RawMemory.putByte(address + offset, (byte) (RawMemory.getByte(address + offset) ^ 1));
        }
    }
}
