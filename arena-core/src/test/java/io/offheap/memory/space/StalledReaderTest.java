package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.types.PageRange;
import java.lang.ref.Reference;
import org.junit.jupiter.api.Test;

/// A reader that has looked an address up and then stands still for as long as it likes, on real memory: were the address
/// unmapped, this process would end.
class StalledReaderTest {

    private static final int CLOSED_MEANWHILE = 1_500;
    private static final int COLLECTIONS = 3;

    private final SystemMemory os = Platform.memory();
    private final RetiredRanges retired = new RetiredRanges(os);

    @Test
    void addressOfAClosedFileStaysMappedForAReaderOnItsWay() {
        final var domain = new Domain(os, 16, Allocations.UNLIMITED, retired);
        final var space = domain.newSpace("A", null);
        final var file = domain.newMemoryFile("file", 1);
        Editor.map(space, new PageRange(0, 1), file, 0, true, Protection.READ_WRITE);
        new Access(space).putLong(0, 42);
        final var era = retired.now();
        final long address = PageEntry.address(space.table.get(0));
        assertEquals(42, RawMemory.getLong(address));
        Editor.unmap(space, new PageRange(0, 1));
        Files.close(domain, file);
        for (int i = 0; i < CLOSED_MEANWHILE; i++) {
            Files.close(domain, domain.newMemoryFile("other", 1));
        }
        assertStaysMapped(address);
        Reference.reachabilityFence(era);
        domain.close();
        retired.releaseAll();
    }

    @Test
    void addressOfAClosedDomainStaysMappedForAReaderOnItsWay() {
        final var domain = new Domain(os, 16, Allocations.UNLIMITED, retired);
        final var space = domain.newSpace("A", null);
        Editor.map(space, new PageRange(0, 1), null, 0, false, Protection.READ_WRITE);
        new Access(space).putLong(0, 42);
        final var era = retired.now();
        final long address = PageEntry.address(space.table.get(0));
        domain.close();
        for (int i = 0; i < CLOSED_MEANWHILE; i++) {
            final var other = new Domain(os, 16, Allocations.UNLIMITED, retired);
            final var others = other.newSpace("B", null);
            Editor.map(others, new PageRange(0, 1), null, 0, false, Protection.READ_WRITE);
            new Access(others).putLong(0, 43);
            other.close();
        }
        assertStaysMapped(address);
        Reference.reachabilityFence(era);
        retired.releaseAll();
    }

    private void assertStaysMapped(long address) {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            assertTrue(retired.releaseUnreachable() > CLOSED_MEANWHILE, "released under a reader");
            assertEquals(0, RawMemory.getLong(address), "what was closed reads as zero");
        }
    }
}
