package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.types.PageRange;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FakeMemory;
import io.offheap.testkit.Race;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A monitor does not wait for somebody who holds the lock for long.
class TryPurgeTest {

    @Test
    void purgeOfAMonitorReturnsWhenSomebodyIsInTheWayAndPurgesLater() {
        try (var os = new FakeMemory(); var race = new Race()) {
            final var retired = new RetiredRanges(os);
            final var domain = new Domain(os, 16, Allocations.UNLIMITED, retired);
            final var space = domain.newSpace("A", null);
            Editor.map(space, new PageRange(0, 1), null, 0, false, Protection.READ_WRITE);
            new Access(space).putLong(0, 42);
            Volatility.mark(space, new PageRange(0, 1), true);
            final var held = new CountDownLatch(1);
            final var asked = new CountDownLatch(1);
            race.run(() -> {
                domain.lock.lock();
                held.countDown();
                asked.await();
                domain.lock.unlock();
            }, () -> {
                held.await();
                assertEquals(-1, domain.tryPurge(PurgeWish.pages(1)));
                asked.countDown();
            });
            assertEquals(1, domain.tryPurge(PurgeWish.pages(1)));
            domain.close();
            retired.releaseAll();
            os.checkAllReleased();
        }
    }

    /// The lock is free while memory is given back; the monitor does not wait for whoever has taken it meanwhile.
    @Test
    void purgeOfAMonitorReturnsWhenSomebodyComesInTheWayWhileMemoryIsGivenBack() {
        final var advising = new CountDownLatch(1);
        final var held = new CountDownLatch(1);
        try (var os = new FakeMemory(); var race = new Race()) {
            final var retired = new RetiredRanges(os);
            final var domain = new Domain(new DelegatingMemory(os) {
                @Override
                public void advise(long address, long size, Advice advice) {
                    if (advice == Advice.DONTNEED) {
                        advising.countDown();
                        while (held.getCount() > 0) {
                            Thread.yield();
                        }
                    }
                    super.advise(address, size, advice);
                }
            }, 1, Allocations.UNLIMITED, retired);
            final var space = domain.newSpace("A", null);
            Editor.map(space, new PageRange(0, 2), null, 0, false, Protection.READ_WRITE);
            new Access(space).putLong(0, 42);
            Volatility.mark(space, new PageRange(0, 1), true);
            final var returned = new CountDownLatch(1);
            race.run(() -> {
                assertEquals(1, domain.tryPurge(PurgeWish.pages(1)));
                returned.countDown();
            }, () -> {
                advising.await();
                domain.lock.lock();
                held.countDown();
                assertTrue(returned.await(30, TimeUnit.SECONDS), "the monitor waits");
                domain.frames.requireFree();                            // of one frame, the one that was given back
                domain.lock.unlock();
            });
            domain.checkInvariants();
            domain.close();
            retired.releaseAll();
            os.checkAllReleased();
        }
    }
}
