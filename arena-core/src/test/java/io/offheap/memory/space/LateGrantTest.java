package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.Platform;
import io.offheap.memory.types.PageRange;
import io.offheap.testkit.DelegatingMemory;
import org.junit.jupiter.api.Test;

/// A domain that is closed while somebody asks for room for pages of it: what is granted then is given back, and no memory is put behind
/// addresses that are no longer the domain's.
class LateGrantTest {

    private static final int PAGES = 256;
    private static final int MANY_COPIES = 48;

    /// Grants everything, and closes the domain meanwhile when it is told to.
    private final class ClosingHeadroom implements Headroom {
        private boolean closes;
        private long granted;

        @Override
        public void acquire(long bytes) {
            granted += bytes;
            if (closes) {
                domain.close();
            }
        }

        @Override
        public void release(long bytes) {
            granted -= bytes;
        }
    }

    private final class CountingMemory extends DelegatingMemory {
        private int commits;

        CountingMemory() {
            super(Platform.memory());
        }

        @Override
        public void commit(long address, long size) {
            commits++;
            super.commit(address, size);
        }
    }

    private final CountingMemory os = new CountingMemory();
    private final RetiredRanges retired = new RetiredRanges(os);
    private final ClosingHeadroom headroom = new ClosingHeadroom();
    private final Domain domain = new Domain(os, 1 << 16, Allocations.UNLIMITED, retired, headroom, () -> 0);

    private Space mapped() {
        final var space = domain.newSpace("A", null);
        Editor.map(space, new PageRange(0, PAGES), null, 0, false, Protection.READ_WRITE);
        return space;
    }

    @Test
    void grantForAClosedDomainIsGivenBack() {
        final var access = new Access(mapped());
        headroom.closes = true;
        assertThrows(IllegalStateException.class, () -> access.putLong(0, 1));
        assertEquals(0, headroom.granted);
        retired.releaseAll();
    }

    @Test
    void noMemoryIsPutInAdvanceBehindFramesOfAClosedDomain() {
        final var parent = mapped();
        write(parent, PAGES);
        final var child = Editor.fork(parent, "child");
        write(child, MANY_COPIES);
        final int before = os.commits;
        headroom.closes = true;
        assertThrows(IllegalStateException.class, () -> new Access(child).putLong(MANY_COPIES * os.pageSize(), 1));
        assertTrue(domain.isClosed());
        assertEquals(before, os.commits);
        assertEquals(0, headroom.granted);
        retired.releaseAll();
    }

    private void write(Space space, int pages) {
        final var access = new Access(space);
        for (int page = 0; page < pages; page++) {
            access.putLong(page * os.pageSize(), page);
        }
    }
}
