package io.offheap.memory.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.source.PageKind;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.types.OsException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class PortableMemoryTest {

    private static final long PAGE = PortableMemory.PAGE_SIZE;
    private static final long MIB = 1L << 20;

    private final PortableMemory os = new PortableMemory();

    private static void assertFails(Errno errno, Runnable call) {
        assertEquals(errno.number(), assertThrows(OsException.class, call::run).errno());
    }

    private static void touch(long address, long size) {
        for (long at = address; at < address + size; at += PAGE) {
            RawMemory.putLong(at, at);
        }
    }

    private static void assertZero(long address, long size) {
        for (long at = address; at < address + size; at += Long.BYTES) {
            assertEquals(0, RawMemory.getLong(at));
        }
    }

    @Test
    void whatIsReservedIsAlignedZeroWritableAndResident() {
        final long address = os.reserve(5 * PAGE);
        assertEquals(0, address % PAGE);
        assertZero(address, 5 * PAGE);
        touch(address, 5 * PAGE);
        assertEquals(address + 4 * PAGE, RawMemory.getLong(address + 4 * PAGE));
        assertEquals(5 * PAGE, os.residentBytes(address, 5 * PAGE));
        os.release(address, 5 * PAGE);
    }

    @Test
    void purgedPagesReadZeroAndTheirNeighboursKeepWhatTheyHave() {
        final long address = os.reserve(4 * PAGE);
        touch(address, 4 * PAGE);
        os.advise(address + PAGE, 2 * PAGE, Advice.DONTNEED);
        assertEquals(address, RawMemory.getLong(address));
        assertZero(address + PAGE, 2 * PAGE);
        assertEquals(address + 3 * PAGE, RawMemory.getLong(address + 3 * PAGE));
        os.release(address, 4 * PAGE);
    }

    @Test
    void hintsChangeNothing() {
        final long address = os.reserve(PAGE);
        touch(address, PAGE);
        for (final var advice : List.of(Advice.FREE, Advice.COLD, Advice.PAGEOUT, Advice.WILLNEED, Advice.HUGEPAGE,
                Advice.NOHUGEPAGE, Advice.DONTDUMP)) {
            os.advise(address, PAGE, advice);
        }
        os.commit(address, PAGE);
        os.fenceThreads();
        assertEquals(address, RawMemory.getLong(address));
        assertFails(Errno.EINVAL, () -> os.advise(address, PAGE, Advice.REMOVE));
        os.release(address, PAGE);
    }

    @Test
    void rangesThatAreWrongOrForeignAreRefused() {
        final long address = os.reserve(2 * PAGE);
        for (final long size : new long[] {0, -PAGE, 100}) {
            assertFails(Errno.EINVAL, () -> os.reserve(size));
            assertFails(Errno.EINVAL, () -> os.advise(address, size, Advice.DONTNEED));
        }
        assertFails(Errno.EINVAL, () -> os.release(address + 8, PAGE));
        assertFails(Errno.ENOMEM, () -> os.release(address, 3 * PAGE));
        assertFails(Errno.ENOMEM, () -> os.advise(address - PAGE, PAGE, Advice.DONTNEED));
        assertFails(Errno.ENOMEM, () -> os.residentBytes(address + 2 * PAGE, PAGE));
        os.release(address, 2 * PAGE);
        assertFails(Errno.ENOMEM, () -> os.commit(address, PAGE));
    }

    @Test
    void moreThanTheJdkHasIsOutOfMemory() {
        assertFails(Errno.ENOMEM, () -> os.reserve(1L << 60));
    }

    @Test
    void whatTheJdkCannotDoIsMissing() {
        assertFalse(os.advisesInBatches());
        assertFalse(os.fencesThreads());
        assertFalse(os.reservesAddressesOnly());
        final List<Runnable> calls = List.of(
                () -> os.adviseAll(new long[1], new long[1], 1, Advice.DONTNEED), () -> os.remap(0, PAGE, PAGE),
                () -> os.createMemoryFile("name"), () -> os.sealAgainstShrinking(1), () -> os.openFile("/"),
                () -> os.resizeFile(1, 1), () -> os.allocateFile(1, 0, PAGE), () -> os.punchHole(1, 0, PAGE),
                () -> os.mapFile(1, 0, PAGE, true), () -> os.closeFile(1), () -> os.bindToNodes(0, PAGE, 0, 0),
                () -> os.nodePolicyAt(0));
        calls.forEach(call -> assertFails(Errno.ENOSYS, call));
    }

    @Test
    void piecesThatAreReleasedAddUpAndNothingWaits() {
        final long address = os.reserve(4 * PAGE);
        os.release(address + PAGE, 3 * PAGE);
        touch(address, PAGE);                                           // a neighbour keeps the chunk
        os.release(address, PAGE);
        assertEquals(0, os.waitingBytes());
    }

    @Test
    void abandonedMemoryReadsZeroAndIsHandedOutAgainOnlyWhenMuchOfItWaits() {
        final long size = 8 * MIB;
        final var abandoned = new ArrayList<Long>();
        while (os.waitingBytes() <= PortableMemory.KEPT_BYTES) {
            final long address = os.reserve(size);
            assertFalse(abandoned.contains(address));
            touch(address, size);
            os.release(address + size / 2, size / 2);
            os.abandon(address, size / 2);
            assertZero(address, size / 2);
            abandoned.add(address);
        }
        final long oldest = abandoned.getFirst();
        RawMemory.putLong(oldest + PAGE, 1);                            // through a stale pointer
        final long tooSmall = os.reserve(size / 2);
        assertFalse(abandoned.contains(tooSmall));
        final long again = os.reserve(size - PAGE);
        assertEquals(oldest, again);
        assertZero(again, size - PAGE);
        assertEquals(PortableMemory.KEPT_BYTES, os.waitingBytes());
        assertNotEquals(again, os.reserve(size - PAGE));
        assertFails(Errno.ENOMEM, () -> os.advise(again, size, Advice.DONTNEED));
    }

    @Test
    void regionsAreSmallFewAndComeBackAfterTheirEnd() {
        final var bases = new HashSet<Long>();
        final var again = new HashSet<Long>();
        for (int round = 0; round < 6; round++) {
            final var source = new RegionSource(os, 1L << 40);
            final long address = source.carve(MIB, PAGE, PageKind.BASE);
            touch(address, MIB);
            source.close();
            assertZero(address, MIB);
            (bases.add(address) ? bases : again).add(address);
        }
        assertEquals(4, bases.size(), "as many as wait before any is handed out again");
        assertEquals(2, again.size());
        assertTrue(os.waitingBytes() <= PortableMemory.KEPT_BYTES + 18 * MIB, "waiting " + os.waitingBytes());
    }

    @Test
    void furtherRegionsGrowWithWhatThereIs() {
        final var source = new RegionSource(os, 0);
        final int regions = 40;
        for (int i = 0; i < 600; i++) {
            RawMemory.putByte(source.carve(MIB, PAGE, PageKind.BASE), (byte) 1);
        }
        final var ranges = new ArrayList<Long>();
        source.forEachCarved((_, size) -> ranges.add(size));
        assertTrue(ranges.size() < regions, ranges.toString());
        assertTrue(ranges.getLast() > 16 * MIB || ranges.get(ranges.size() - 2) > 16 * MIB, ranges.toString());
        source.close();
    }
}
