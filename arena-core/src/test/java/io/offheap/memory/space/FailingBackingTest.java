package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.range.Interval;
import io.offheap.memory.types.PageRange;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FakeMemory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A file that fails in the middle of an operation costs neither frames, nor memory of others, nor descriptors.
class FailingBackingTest {

    private static final int CAPACITY = 16;

    /// Counts what is open.
    private static final class Counting extends DelegatingMemory {

        private int open;
        private long reserved;

        Counting(SystemMemory os) {
            super(os);
        }

        @Override
        public long reserve(long size) {
            reserved += size;
            return super.reserve(size);
        }

        @Override
        public void release(long address, long size) {
            reserved -= size;
            super.release(address, size);
        }

        @Override
        public long mapFile(int file, long offset, long size, boolean shared) {
            reserved += size;
            return super.mapFile(file, offset, size, shared);
        }

        @Override
        public int createMemoryFile(String name) {
            open++;
            return super.createMemoryFile(name);
        }

        @Override
        public int openFile(String path) {
            open++;
            return open;
        }

        @Override
        public void closeFile(int file) {
            open--;
        }
    }

    /// A file of one page on a disk that breaks.
    private static class Broken implements FileBacking {

        private final List<String> log;
        private final String name;
        private boolean isBroken;

        Broken(String name, boolean isBroken, List<String> log) {
            this.name = name;
            this.isBroken = isBroken;
            this.log = log;
        }

        private void work(String what) {
            if (isBroken) {
                throw new UncheckedIOException(new IOException(what + " of " + name));
            }
            log.add(what + " " + name);
        }

        @Override
        public long pages() {
            return 1;
        }

        @Override
        public boolean isMapped() {
            return false;
        }

        @Override
        public long address(long index) {
            throw new AssertionError("not mapped");
        }

        @Override
        public boolean isAddress(long index, long address) {
            return false;
        }

        @Override
        public void read(long index, long to) {
            work("read");
        }

        @Override
        public void write(long index, long offset, MemorySegment source) {
            work("write");
        }

        @Override
        public boolean isHole(long index) {
            return false;
        }

        @Override
        public List<Interval<Boolean>> present(long start, long end) {
            return List.of(new Interval<>(start, end, true));
        }

        @Override
        public void fill(long index) {
            // nothing is counted
        }

        @Override
        public void forget(long start, long end) {
            // nothing is counted
        }

        @Override
        public void punch(long start, long end) {
            work("punch");
        }

        @Override
        public void resize(long pages) {
            work("resize");
        }

        @Override
        public String share() {
            return name;
        }

        @Override
        public void close() {
            work("close");
        }
    }

    @TempDir
    private Path folder;

    private final FakeMemory fake = new FakeMemory();
    private final Counting os = new Counting(fake);
    private final RetiredRanges retired = new RetiredRanges(os);
    private final Domain domain = new Domain(os, CAPACITY, Allocations.UNLIMITED, retired);
    private final List<String> log = new ArrayList<>();

    @AfterEach
    void close() {
        retired.releaseAll();
        fake.close();
    }

    private FileObject add(String name, boolean isBroken) {
        return add(new Broken(name, isBroken, log));
    }

    private FileObject add(Broken backing) {
        domain.lock.lock();
        try {
            return domain.add(backing.name, backing);
        } finally {
            domain.unlock();
        }
    }

    private Space written() {
        final var space = domain.newSpace("A", null);
        Editor.map(space, new PageRange(0, 1), null, 0, false, Protection.READ_WRITE);
        new Access(space).putLong(0, 1);
        return space;
    }

    @Test
    void copyOfAPageThatCannotBeReadLeavesNoFrameBehind() {
        final var file = add("broken", true);
        final var space = domain.newSpace("A", null);
        Editor.map(space, new PageRange(0, 1), file, 0, false, Protection.READ_WRITE);
        assertThrows(UncheckedIOException.class, () -> new Access(space).putLong(0, 1));
        assertEquals(0, domain.framesInUse());
        domain.checkInvariants();
        space.close();
        assertThrows(UncheckedIOException.class, domain::close);
    }

    @Test
    void fileThatCannotBeTruncatedKeepsPrivateCopiesAndMarks() {
        final var backing = new Broken("disk", false, log);
        final var file = add(backing);
        final var space = domain.newSpace("A", null);
        Editor.map(space, new PageRange(0, 1), file, 0, false, Protection.READ_WRITE);
        new Access(space).putLong(0, 42);
        Volatility.mark(domain, file, new PageRange(0, 1), true);
        backing.isBroken = true;
        assertThrows(UncheckedIOException.class, () -> Files.truncate(domain, file, 0));
        backing.isBroken = false;
        assertEquals(42, new Access(space).getLong(0));
        assertFalse(Volatility.status(domain, file, new PageRange(0, 1)).isPinned());
        domain.close();
    }

    @Test
    void holeThatCannotBePunchedKeepsNoOtherFromIt() {
        final var broken = add("broken", true);
        final var sound = add("sound", false);
        Volatility.mark(domain, broken, new PageRange(0, 1), true);
        Volatility.mark(domain, sound, new PageRange(0, 1), true);
        assertThrows(UncheckedIOException.class, () -> domain.purge(Long.MAX_VALUE));
        assertEquals(List.of("punch sound"), log);
        assertEquals(2, domain.purgedPages());
        assertThrows(UncheckedIOException.class, domain::close);
    }

    @Test
    void purgeThatFailsInTheMiddlePunchesWhatItHasTaken() {
        final var memory = domain.newMemoryFile("memory", 1);
        final var space = domain.newSpace("A", null);
        Editor.map(space, new PageRange(0, 1), memory, 0, true, Protection.READ_WRITE);
        final var access = new Access(space);
        access.putLong(Long.BYTES, 42);
        Volatility.mark(domain, memory, new PageRange(0, 1), true);
        Volatility.mark(domain, add(new Broken("blind", false, log) {
            @Override
            public List<Interval<Boolean>> present(long start, long end) {
                throw new UncheckedIOException(new IOException("look"));
            }
        }), new PageRange(0, 1), true);
        assertThrows(UncheckedIOException.class, () -> domain.purge(Long.MAX_VALUE));
        assertEquals(1, domain.purgedPages());
        assertTrue(Volatility.unmark(domain, memory, new PageRange(0, 1)));
        access.putByte(0, (byte) 0);
        assertEquals(0, access.getLong(Long.BYTES), "what was purged does not come back");
        domain.close();
    }

    @Test
    void purgeThatFailsGivesKeptFramesBackAllTheSame() {
        final var broken = add("broken", true);
        Volatility.drop(written(), new PageRange(0, 1));
        assertEquals(1, domain.frames.kept());
        Volatility.mark(domain, broken, new PageRange(0, 1), true);
        final var all = new PurgeWish(Long.MAX_VALUE, PurgeWish.ANY_AGE, 0, PurgeWish.Kind.ALL);
        assertThrows(UncheckedIOException.class, () -> domain.purge(all));
        assertEquals(0, domain.frames.taken());
        assertEquals(0, domain.frames.kept());
        assertThrows(UncheckedIOException.class, domain::close);
    }

    @Test
    void fileThatCannotBeClosedKeepsNothingElseOpen() {
        add("broken", true);
        add("sound", false);
        written();
        domain.newMemoryFile("memory", 1);
        assertThrows(UncheckedIOException.class, domain::close);
        assertEquals(List.of("close sound"), log);
        assertEquals(0, os.open);
        retired.releaseAll();
        assertEquals(0, os.reserved);
    }

    @Test
    void closedDomainKeepsNoFileOpen() throws IOException {
        final var path = java.nio.file.Files.write(folder.resolve("file"), new byte[1]);
        domain.close();
        assertThrows(IllegalStateException.class, () -> domain.newMemoryFile("late", 1));
        assertThrows(IllegalStateException.class, () -> domain.openFile(path));
        assertEquals(0, os.open);
        retired.releaseAll();
        assertEquals(0, os.reserved);
    }
}
