package io.offheap.memory.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.testkit.FakeMemory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetiredRangesTest {

    private static final int COLLECTIONS = 3;
    private static final int MOST_COLLECTIONS = 1_000;

    private final FakeMemory os = new FakeMemory();
    private final RetiredRanges retired = new RetiredRanges(os, 32);

    @AfterEach
    void close() {
        os.checkAllReleased();
        os.close();
    }

    private void retire() {
        retired.add(os.reserve(os.pageSize()), os.pageSize());
    }

    /// A reader that stands still. In a field, because an interpreter's frame may hold on to a variable that is done with.
    private RetiredRanges.Era reading;

    private void collectUntilLeft(int left) {
        for (int i = 0; i < MOST_COLLECTIONS && retired.releaseUnreachable() > left; i++) {
            System.gc();
            Thread.yield();                                             // for the thread that enqueues references
        }
        assertEquals(left, retired.releaseUnreachable());
    }

    private void assertNothingIsReleased(int left) {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            assertEquals(left, retired.releaseUnreachable());
        }
    }

    @Test
    void readerKeepsWhatIsRetiredWhileItReads() {
        reading = retired.now();
        for (int i = 0; i < 100; i++) {                                 // many more than are waited for without a collection
            retire();
        }
        assertNothingIsReleased(100);
        reading = null;
        collectUntilLeft(0);
    }

    /// One that began between two retirements can be on its way to the second range, not to the first.
    @Test
    void readerThatBeganLaterKeepsOnlyWhatWasRetiredLater() {
        retire();
        reading = retired.now();
        retire();
        collectUntilLeft(1);
        assertNothingIsReleased(1);
        reading = null;
        collectUntilLeft(0);
    }

    /// As soon as the thread that enqueues references has had a processor.
    @Test
    void retiringReleasesWhatIsNotReachableAnyMore() {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        boolean isReleased = false;
        for (int i = 1; i <= 300 || !isReleased && System.nanoTime() < deadline; i++) {
            retire();
            isReleased |= os.reservedBytes() < i * os.pageSize();
            Thread.yield();
        }
        collectUntilLeft(0);
        assertEquals(0, os.reservedBytes());
        assertTrue(isReleased, "none was released on the way");
    }
}
