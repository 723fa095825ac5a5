package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ShelvesTest {

    /// Places in the table of shelves.
    private static final int PLACES = 1 << 10;

    private final Shelves shelves = new Shelves();

    @Test
    void threadFindsItsOwnShelfAlsoWhereAnotherHasItsPlace() throws Exception {
        final Shelf mine = shelves.current();
        assertSame(mine, shelves.current());
        final var other = new AtomicReference<Shelf>();
        final Thread rival = threadOfMyPlace(() -> other.set(shelves.current()));
        rival.start();
        rival.join();
        assertNotSame(mine, other.get());
        assertSame(mine, shelves.current());
        assertTrue(mine.isMine() && !other.get().isMine());
    }

    private static Thread threadOfMyPlace(Runnable task) {
        final long mine = Thread.currentThread().threadId();
        Thread thread = Thread.ofPlatform().unstarted(task);
        while ((thread.threadId() - mine) % PLACES != 0) {
            thread = Thread.ofPlatform().unstarted(task);
        }
        return thread;
    }

    @Test
    void threadsThatCallThemselvesEqualHaveTheirOwn() throws Exception {
        final var found = new AtomicReference<Shelf>();
        final Runnable look = () -> found.set(shelves.current());
        final var threads = new Thread[] {new EqualThread(look), new EqualThread(look)};
        threads[0].start();
        threads[0].join();
        final Shelf first = found.get();
        threads[1].start();
        threads[1].join();
        assertNotSame(first, found.get());
    }

    /// Any two of them are equal.
    private static final class EqualThread extends Thread {

        EqualThread(Runnable task) {
            super(task);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof EqualThread;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    @Test
    void virtualThreadHasNone() throws Exception {
        final var found = new AtomicReference<>(shelves.current());
        Thread.ofVirtual().start(() -> found.set(shelves.current())).join();
        assertNull(found.get());
    }

    @Test
    void sumsKeepWhatEndedThreadsHaveCounted() throws Exception {
        for (int i = 1; i <= 3; i++) {
            final int bytes = i;
            final var builder = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
            builder.start(() -> {
                shelves.addDirect(shelves.current(), bytes);
                shelves.addHeap(10 * bytes);
            }).join();
            assertEquals(i * (i + 1) / 2, shelves.directBytes());
            assertEquals(10 * i * (i + 1) / 2, shelves.heapBytes());
        }
    }

    @Test
    void shelfIsGivenUpAfterItsThreadHasEnded() throws Exception {
        final Thread first = threadOfMyPlace(shelves::current);
        first.start();
        first.join();
        assertEquals(1, shelves.count());
        shelves.current();
        assertEquals(1, shelves.count(), "that of the first went when this thread came");
    }
}
