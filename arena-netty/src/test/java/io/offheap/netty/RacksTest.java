package io.offheap.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RacksTest {

    /// Places in the table of racks.
    private static final int PLACES = 1 << 10;

    private final Racks racks = new Racks();

    @Test
    void threadFindsItsOwnRackAlsoWhereAnotherHasItsPlace() throws Exception {
        final Rack mine = racks.current();
        assertSame(mine, racks.current());
        final var other = new AtomicReference<Rack>();
        final Thread rival = threadOfMyPlace(() -> other.set(racks.current()));
        rival.start();
        rival.join();
        assertNotSame(mine, other.get());
        assertSame(mine, racks.current());
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
        final var found = new AtomicReference<Rack>();
        final Runnable look = () -> found.set(racks.current());
        final var threads = new Thread[] {new EqualThread(look), new EqualThread(look)};
        threads[0].start();
        threads[0].join();
        final Rack first = found.get();
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
        final var found = new AtomicReference<>(racks.current());
        Thread.ofVirtual().start(() -> found.set(racks.current())).join();
        assertNull(found.get());
    }

    @Test
    void sumsKeepWhatEndedThreadsHaveCounted() throws Exception {
        for (int i = 1; i <= 3; i++) {
            final int bytes = i;
            final var builder = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
            builder.start(() -> {
                racks.addDirect(racks.current(), bytes);
                racks.addHeap(10 * bytes);
            }).join();
            assertEquals(i * (i + 1) / 2, racks.directBytes());
            assertEquals(10 * i * (i + 1) / 2, racks.heapBytes());
        }
    }

    @Test
    void rackIsGivenUpAfterItsThreadHasEnded() throws Exception {
        final Thread first = threadOfMyPlace(racks::current);
        first.start();
        first.join();
        assertEquals(1, racks.count());
        racks.current();
        assertEquals(1, racks.count(), "that of the first went when this thread came");
    }
}
