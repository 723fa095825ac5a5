package io.offheap.memory.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FakeMemory;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RemainsTest {

    private static final int COLLECTIONS = 3;
    private static final int MOST_COLLECTIONS = 1_000;
    private static final long PAGE = FakeMemory.PAGE_SIZE;

    private final FakeMemory os = new FakeMemory();

    /// In a field, because an interpreter's frame may hold on to a variable that is done with.
    private RegionSource held;

    @AfterEach
    void close() {
        os.close();
    }

    private static void collectUntil(BooleanSupplier done) {
        for (int i = 0; i < MOST_COLLECTIONS && !done.getAsBoolean(); i++) {
            System.gc();
            Thread.yield();                             // for the thread that enqueues references
            Remains.releaseUnreachable();
        }
        assertTrue(done.getAsBoolean());
    }

    private static void collect() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            Thread.yield();
            Remains.releaseUnreachable();
        }
    }

    @Test
    void tablesOfAClosedSourceStayWhileItIsReachable() {
        held = new RegionSource(os, 0, true, true);
        held.close();
        final long kept = os.reservedBytes();
        final var first = held.first();
        collect();
        assertEquals(kept, os.reservedBytes());
        assertEquals(0, RawMemory.getLong(first.words()));
        assertEquals(0, RawMemory.getByte(first.shadow()));
        held = null;
        collectUntil(() -> os.reservedBytes() == 0);
    }

    @Test
    void tablesOfEveryRegionGoAndWhatWasCarvedStays() {
        held = new RegionSource(os, 0, true, true);
        final long one = held.carve(RegionSource.SMALLEST_REGION, PAGE, PageKind.BASE);
        final long other = held.carve(PAGE, PAGE, PageKind.BASE);
        final long huge = held.carve(RegionSource.REGION_ALIGNMENT, RegionSource.REGION_ALIGNMENT, PageKind.HUGE);
        held.close();
        final long carved = held.carvedBytes();
        held = null;
        collectUntil(() -> os.reservedBytes() < carved + 3 * RegionSource.REGION_ALIGNMENT);
        assertEquals(0, RawMemory.getLong(one + RegionSource.SMALLEST_REGION - Long.BYTES));
        assertEquals(0, RawMemory.getLong(other));
        assertEquals(0, RawMemory.getLong(huge));
    }

    /// Blocks of it may be in use by who has their addresses alone.
    @Test
    void sourceThatIsNotClosedKeepsEverything() {
        held = new RegionSource(os, 0, true, true);
        held.carve(PAGE, PAGE, PageKind.BASE);
        final long kept = os.reservedBytes();
        held = null;
        collect();
        assertEquals(kept, os.reservedBytes());
    }

    @Test
    void nextSourceReleasesOverWhateverMemoryItIs() {
        new RegionSource(os, 0, true, true).close();
        try (var others = new FakeMemory()) {
            for (int i = 0; i < MOST_COLLECTIONS && os.reservedBytes() > 0; i++) {
                System.gc();
                new RegionSource(others, 0).close();
            }
            assertEquals(0, os.reservedBytes());
        }
    }

    @Test
    void refusalIsNoMatterOfTheNextSourceAndTheOtherTablesGo() {
        new RegionSource(new RefusingOnce(os), 0, true, true).close();
        final long kept = os.reservedBytes();
        collectUntil(() -> os.reservedBytes() < kept);
        assertTrue(os.reservedBytes() > 0);
    }

    /// Releases the region, refuses what comes next, and is itself again.
    private static final class RefusingOnce extends DelegatingMemory {
        private int releases;

        RefusingOnce(SystemMemory os) {
            super(os);
        }

        @Override
        public void release(long address, long size) {
            if (++releases == 2) {
                throw Errno.ENOMEM.of("munmap", "refused by the test");
            }
            super.release(address, size);
        }
    }
}
