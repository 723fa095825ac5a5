package io.offheap.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.types.OsException;
import io.offheap.testkit.FakeMemory.Advised;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the fake shows to tests; the contract is in MemoryConformanceTest.
class FakeMemoryTest {

    private static final long PAGE = FakeMemory.PAGE_SIZE;

    private final FakeMemory os = new FakeMemory(8 * PAGE);

    @AfterEach
    void close() {
        os.close();
    }

    @Test
    void capacityLimitsWhatIsReservedAtATime() {
        final long start = os.reserve(8 * PAGE);
        assertEquals(8 * PAGE, os.reservedBytes());
        assertTrue(Errno.isOutOfMemory(assertThrows(OsException.class, () -> os.reserve(PAGE))));
        os.release(start, 2 * PAGE);
        os.release(os.reserve(2 * PAGE), 2 * PAGE);
        os.release(start + 2 * PAGE, 6 * PAGE);
        assertEquals(0, os.reservedBytes());
    }

    @Test
    void capacityLimitsFilesAndTheirMemoryComesBackWithThem() {
        final int file = os.createMemoryFile("limited");
        os.resizeFile(file, 8 * PAGE);
        assertThrows(OsException.class, () -> os.resizeFile(file, 9 * PAGE));
        assertThrows(OsException.class, () -> os.reserve(PAGE));
        os.closeFile(file);
        os.release(os.reserve(8 * PAGE), 8 * PAGE);
    }

    @Test
    void releaseOfWhatIsNotReservedIsAMistake() {
        final long start = os.reserve(2 * PAGE);
        os.release(start, PAGE);
        assertThrows(AssertionError.class, () -> os.release(start, PAGE));
        assertThrows(AssertionError.class, () -> os.release(start, 2 * PAGE));
        assertThrows(AssertionError.class, () -> os.release(start + PAGE, 2 * PAGE));
        os.release(start + PAGE, PAGE);
        assertThrows(AssertionError.class, () -> os.release(start + PAGE, PAGE));
    }

    @Test
    void whatIsLeftIsNamed() {
        final long start = os.reserve(PAGE);
        final var left = assertThrows(AssertionError.class, os::checkAllReleased);
        assertTrue(left.getMessage().contains("0x%x".formatted(start)), left.getMessage());
        os.release(start, PAGE);
        os.checkAllReleased();
    }

    @Test
    void openFileIsNotReleased() {
        final int file = os.createMemoryFile("open");
        assertEquals(1, os.openFiles());
        assertThrows(AssertionError.class, os::checkAllReleased);
        os.closeFile(file);
        os.checkAllReleased();
    }

    @Test
    void mappingOfAClosedFileIsStillReserved() {
        final int file = os.createMemoryFile("mapped");
        final long start = os.mapFile(file, 0, PAGE, true);
        os.closeFile(file);
        assertThrows(AssertionError.class, os::checkAllReleased);
        RawMemory.putByte(start, (byte) 1);
        os.release(start, PAGE);
        os.checkAllReleased();
    }

    @Test
    void releasedPagesNextToReservedOnesArePoisoned() {
        final long start = os.reserve(2 * PAGE);
        os.release(start, PAGE);
        assertEquals((byte) 0xdd, RawMemory.getByte(start));
        assertEquals(0, RawMemory.getByte(start + PAGE));
        assertFalse(os.isReserved(start, PAGE));
        assertTrue(os.isReserved(start + PAGE, PAGE));
        assertFalse(os.isReserved(start, 2 * PAGE));
        os.release(start + PAGE, PAGE);
    }

    @Test
    void advicesAndPurgesAreOnRecord() {
        final long start = os.reserve(4 * PAGE);
        os.advise(start, 2 * PAGE, Advice.DONTNEED);
        os.adviseAll(new long[] {start, start + 3 * PAGE}, new long[] {PAGE, PAGE}, 2, Advice.DONTNEED);
        os.advise(start, PAGE, Advice.COLD);
        assertEquals(List.of(new Advised(start, 2 * PAGE, Advice.DONTNEED), new Advised(start, PAGE, Advice.DONTNEED),
                new Advised(start + 3 * PAGE, PAGE, Advice.DONTNEED), new Advised(start, PAGE, Advice.COLD)),
                os.adviceLog());
        assertEquals(2, os.purges(start + 17));
        assertEquals(1, os.purges(start + PAGE));
        assertEquals(0, os.purges(start + 2 * PAGE));
        assertEquals(4 * PAGE, os.purgedBytes());
        assertEquals(4, os.calls());
        os.clearAdviceLog();
        assertEquals(List.of(), os.adviceLog());
        os.release(start, 4 * PAGE);
    }

    @Test
    void batchesCanBeRefused() {
        try (var old = new FakeMemory(PAGE, false)) {
            assertFalse(old.advisesInBatches());
            final long start = old.reserve(PAGE);
            final var refusal = assertThrows(OsException.class,
                    () -> old.adviseAll(new long[] {start}, new long[] {PAGE}, 1, Advice.DONTNEED));
            assertTrue(Errno.isUnsupported(refusal));
            old.release(start, PAGE);
        }
    }

    @Test
    void fileThatGrowsWhileMappedKeepsItsMappingsAndContents() {
        final int file = os.createMemoryFile("growing");
        os.resizeFile(file, PAGE);
        final long first = os.mapFile(file, 0, PAGE, true);
        RawMemory.putByte(first, (byte) 1);
        os.resizeFile(file, 2 * PAGE);
        final long second = os.mapFile(file, PAGE, PAGE, true);
        RawMemory.putByte(second, (byte) 2);
        assertEquals(1, RawMemory.getByte(first));
        assertEquals(Errno.ENOSYS.number(),
                assertThrows(OsException.class, () -> os.mapFile(file, 0, 2 * PAGE, true)).errno());
        os.release(first, PAGE);
        os.release(second, PAGE);
        os.resizeFile(file, 3 * PAGE);
        final long whole = os.mapFile(file, 0, 3 * PAGE, true);
        assertEquals(1, RawMemory.getByte(whole));
        assertEquals(2, RawMemory.getByte(whole + PAGE));
        os.release(whole, 3 * PAGE);
        os.closeFile(file);
        os.checkAllReleased();
    }
}
