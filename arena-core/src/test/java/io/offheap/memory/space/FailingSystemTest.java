package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.Errno;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PageRange;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FailingMemory;
import io.offheap.testkit.FakeMemory;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every call to the operating system fails once: nothing leaks, and the structures stay whole.
class FailingSystemTest {

    @Test
    void everyRefusalLeavesTheDomainWhole() {
        final var report = FailingMemory.countThenFailEach(FakeMemory::new, List.of(Errno.ENOMEM, Errno.EINVAL), FailingSystemTest::work);
        assertTrue(report.absorbed("fallocate") && report.absorbed("madvise"), report.toString());
    }

    /// Frames that are on their way out are waited for, so none may get lost there.
    @Test
    void purgeWithoutJavaHeapForTheCallKeepsItsFrames() {
        final boolean[] isFull = new boolean[1];
        final var os = new DelegatingMemory(new FakeMemory()) {
            @Override
            public void advise(long address, long size, Advice advice) {
                if (isFull[0]) {
                    throw new OutOfMemoryError("Java heap space, says the test");
                }
                super.advise(address, size, advice);
            }
        };
        final var retired = new RetiredRanges(os);
        final var domain = new Domain(os, 16, Allocations.UNLIMITED, retired);
        final var space = domain.newSpace("A", null);
        Editor.map(space, new PageRange(0, 2), null, 0, false, Protection.READ_WRITE);
        new Access(space).putLong(0, 42);
        Volatility.mark(space, new PageRange(0, 2), true);
        isFull[0] = true;
        assertEquals(1, domain.purge(Long.MAX_VALUE));
        isFull[0] = false;
        assertEquals(0, domain.frames.taken());
        assertEquals(1, domain.frames.kept());
        Volatility.unmark(space, new PageRange(0, 2));
        new Access(space).putByte(domain.pageSize(), (byte) 1);
        assertEquals(1, new Access(space).getLong(domain.pageSize()), "what was in the frame is not seen again");
        domain.checkInvariants();
        domain.close();
        retired.releaseAll();
    }

    @Test
    void fileThatAClosedDomainDoesNotTakeLeavesNoDescriptor() {
        try (var os = new FakeMemory()) {
            final var retired = new RetiredRanges(os);
            final var domain = new Domain(os, 16, Allocations.UNLIMITED, retired);
            domain.close();
            assertThrows(IllegalStateException.class, () -> domain.newMemoryFile("f", 2));
            assertEquals(0, os.openFiles());
            retired.releaseAll();
            os.checkAllReleased();
        }
    }

    private static void work(SystemMemory os) {
        final var retired = new RetiredRanges(os);
        final var domain = new Domain(os, 16, Allocations.UNLIMITED, retired);
        OsException refusal = null;
        try {
            final var space = domain.newSpace("A", null);
            final var file = domain.newMemoryFile("f", 2);
            Editor.map(space, new PageRange(0, 4), null, 0, false, Protection.READ_WRITE);
            Editor.map(space, new PageRange(4, 2), file, 0, true, Protection.READ_WRITE);
            final var access = new Access(space);
            for (int page = 0; page < 6; page++) {
                access.putLong(page * domain.pageSize(), 42);
            }
            final var child = Editor.fork(space, "B");
            new Access(child).putLong(0, 43);
            Volatility.mark(space, new PageRange(0, 6), true);
            Volatility.mark(child, new PageRange(0, 6), true);
            domain.purge(Long.MAX_VALUE);
            domain.checkInvariants();
            Volatility.unmark(space, new PageRange(0, 6));
            access.putLong(0, 1);
            Volatility.unmark(child, new PageRange(0, 6));
            access.putLong(4 * domain.pageSize(), 1);
            Files.punch(domain, file, new PageRange(0, 1));
            assertEquals(0, access.getLong(4 * domain.pageSize()), "a refused hole reads as zero all the same");
        } catch (OsException e) {
            refusal = e;
        } finally {
            domain.checkInvariants();
            try {
                domain.close();
            } finally {
                retired.releaseAll();
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }
}
