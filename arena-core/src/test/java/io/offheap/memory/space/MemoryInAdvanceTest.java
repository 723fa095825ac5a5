package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.PageRange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Frames that have their memory before somebody waits for it.
class MemoryInAdvanceTest {

    private static final int PAGES = 300;
    private static final int MANY_COPIES = 48;
    private static final int BATCH = 64;

    private final SystemMemory os = Platform.memory();
    private final RetiredRanges retired = new RetiredRanges(os);
    private Domain domain;

    @AfterEach
    void close() {
        domain.checkInvariants();
        domain.close();
        retired.releaseAll();
    }

    private Space written(int capacity) {
        domain = new Domain(os, capacity, Allocations.UNLIMITED, retired);
        final var space = domain.newSpace("parent", null);
        Editor.map(space, new PageRange(0, PAGES), null, 0, false, Protection.READ_WRITE);
        write(space, 0, PAGES, 1);
        return space;
    }

    private void write(Space space, int from, int to, long value) {
        final var access = new Access(space);
        for (int page = from; page < to; page++) {
            access.putLong(page * os.pageSize(), value + page);
        }
    }

    private int kept() {
        domain.lock.lock();
        try {
            return domain.frames.kept();
        } finally {
            domain.unlock();
        }
    }

    @Test
    void manyCopiesGetTheirFramesABatchAtATime() {
        final var parent = written(4096);
        final var child = Editor.fork(parent, "child");
        write(child, 0, MANY_COPIES, 1_000);
        assertEquals(0, kept(), "nobody knows yet that there will be more");
        assertEquals(PAGES + MANY_COPIES, domain.residentFrames());
        write(child, MANY_COPIES, MANY_COPIES + 1, 1_000);
        assertEquals(BATCH - 1, kept());
        assertEquals(PAGES + MANY_COPIES + BATCH, domain.residentFrames(), "with memory");
        write(child, MANY_COPIES + 1, PAGES, 1_000);
        for (int page = 0; page < PAGES; page++) {
            assertEquals(1 + page, new Access(parent).getLong(page * os.pageSize()));
            assertEquals(1_000 + page, new Access(child).getLong(page * os.pageSize()));
        }
        assertEquals(PAGES, domain.copies());
    }

    @Test
    void firstWritesAndFewFramesGetNothingInAdvance() {
        final var parent = written(2 * PAGES);
        assertEquals(0, kept(), "first writes are no copies");
        final var child = Editor.fork(parent, "child");
        write(child, 0, 2 * MANY_COPIES, 1_000);
        assertEquals(0, kept(), "others may need the last frames");
        write(child, 2 * MANY_COPIES, PAGES, 1_000);
        assertEquals(2 * PAGES, domain.framesInUse());
    }
}
