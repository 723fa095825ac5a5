package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.MemoryAccessException;
import io.offheap.memory.types.PageRange;
import io.offheap.memory.types.SegmentationFaultException;
import io.offheap.testkit.Race;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Copies of many bytes: all that was checked, or nothing.
class BulkAccessTest {

    private static final long DATA = 0x1111_1111_1111_1111L;
    private static final long OTHERS = 0x2222_2222_2222_2222L;
    private static final long UNTOUCHED = 0x3333_3333_3333_3333L;
    private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);
    private static final int ROUNDS = 400;

    /// For how long a thread is busy where the other one is to wait for it, and at most where it is not.
    private static final long SHORT_MILLIS = 200;
    private static final long LONG_MILLIS = 30_000;

    private final SystemMemory os = Platform.memory();
    private final RetiredRanges retired = new RetiredRanges(os);
    private final Domain domain = new Domain(os, 4096, Allocations.UNLIMITED, retired);
    private final long page = os.pageSize();

    @AfterEach
    void close() {
        domain.checkInvariants();
        domain.close();
        retired.releaseAll();
    }

    private Space filled(int pages, long value) {
        final var space = domain.newSpace("space", null);
        Editor.map(space, new PageRange(0, pages), null, 0, false, Protection.READ_WRITE);
        new BulkAccess(space).write(0, segmentOf(pages, value));
        return space;
    }

    private MemorySegment segmentOf(int pages, long value) {
        final var segment = MemorySegment.ofArray(new long[(int) (pages * page / Long.BYTES)]);
        fill(segment, value);
        return segment;
    }

    private static void fill(MemorySegment segment, long value) {
        for (long at = 0; at < segment.byteSize(); at += Long.BYTES) {
            segment.set(ValueLayout.JAVA_LONG, at, value);
        }
    }

    private static void assertAll(long expected, MemorySegment segment, String what) {
        for (long at = 0; at < segment.byteSize(); at += Long.BYTES) {
            if (segment.get(ValueLayout.JAVA_LONG, at) != expected) {
                assertEquals(Long.toHexString(expected), Long.toHexString(segment.get(ValueLayout.JAVA_LONG, at)),
                        what + ", at " + at);
            }
        }
    }

    /// A read that loses a race has the old bytes, or throws and has copied nothing: not its own bytes, and none of the
    /// tenant that moves in.
    /// A range may reach far beyond what a space can have; nobody can wait for a look at each of its pages.
    @Test
    void rangeThatIsMostlyHoleFailsAtOnce() {
        final var space = filled(3, DATA);
        final var bulk = new BulkAccess(space);
        final var huge = RawMemory.segment(domain.frames.zeroPage(), 1L << 62);
        assertEquals(3 * page, assertThrows(SegmentationFaultException.class, () -> bulk.read(0, huge)).address());
        assertEquals(3 * page, assertThrows(SegmentationFaultException.class, () -> bulk.write(page, huge)).address());
        Volatility.mark(space, new PageRange(2, 1), true);
        domain.purge(Long.MAX_VALUE);
        assertEquals(2 * page, assertThrows(BusErrorException.class, () -> bulk.read(0, huge)).address());
    }

    @Test
    void readThatThrowsHasCopiedNothing() {
        final int pages = 16;
        final var target = segmentOf(pages, UNTOUCHED);
        final long end = System.nanoTime() + MOST_NANOS;
        try (var race = new Race()) {
            for (int round = 0; round == 0 || round < ROUNDS && System.nanoTime() < end; round++) {
                final var space = filled(pages, DATA);
                final boolean isPurge = round % 2 == 0;
                if (isPurge) {
                    Volatility.mark(space, new PageRange(0, pages), true);
                }
                race.run(() -> readUntilItFails(space, target), () -> {
                    if (isPurge) {
                        domain.purge(Long.MAX_VALUE);
                    } else {
                        Editor.unmap(space, new PageRange(0, pages));
                    }
                    filled(pages, OTHERS).close();
                });
                space.close();
            }
        }
    }

    private void readUntilItFails(Space space, MemorySegment target) {
        final var access = new BulkAccess(space);
        while (true) {
            fill(target, UNTOUCHED);
            try {
                access.read(0, target);
            } catch (MemoryAccessException gone) {
                assertAll(UNTOUCHED, target, "after an exception");
                return;
            }
            assertAll(DATA, target, "after a read");
        }
    }

    /// The caller's segment may be closed: what throws in the middle of a copy must not leave its thread busy for ever.
    @Test
    void segmentThatIsClosedLeavesTheGateAsItWas() {
        final var space = filled(2, DATA);
        final MemorySegment dead;
        try (var arena = Arena.ofConfined()) {
            dead = arena.allocate(2 * page);
        }
        final var access = new BulkAccess(space);
        assertThrows(IllegalStateException.class, () -> access.write(0, dead));
        assertIdle();
        assertThrows(IllegalStateException.class, () -> access.read(0, dead));
        assertIdle();
    }

    private static void assertIdle() {
        assertFalse(WriterGate.slot().isBusy());
    }

    /// Pages that are being copied in several steps stay, and are purged afterwards.
    @Test
    void pagesThatAreBeingCopiedAreNotPurged() {
        final var space = filled(200, DATA);
        Volatility.mark(space, new PageRange(0, 200), false);
        domain.lock.lock();
        Editor.count(space.copied, 0, 150, 1);
        domain.unlock();
        assertEquals(50, domain.purge(Long.MAX_VALUE));
        Editor.unmap(space, new PageRange(0, 10));
        domain.lock.lock();
        Editor.count(space.copied, 0, 150, -1);
        domain.unlock();
        assertTrue(space.copied.isEmpty());
        assertEquals(140, domain.purge(Long.MAX_VALUE));
    }

    /// Many pages are copied in steps, and come and go unharmed; a purged one anywhere among them fails the whole.
    @Test
    void manyPagesAreCheckedBeforeTheFirstIsCopied() {
        final int pages = WriterGate.MOST_READ + 200;
        final var space = filled(pages, DATA);
        final var access = new BulkAccess(space);
        final var target = segmentOf(pages, UNTOUCHED);
        access.read(0, target);
        assertAll(DATA, target, pages + " pages");
        Volatility.mark(space, new PageRange(pages - 1, 1), true);
        assertEquals(1, domain.purge(1));
        fill(target, UNTOUCHED);
        assertThrows(MemoryAccessException.class, () -> access.read(0, target));
        assertAll(UNTOUCHED, target, "after an exception");
        assertThrows(MemoryAccessException.class, () -> access.write(0, segmentOf(pages, OTHERS)));
        final var rest = segmentOf(pages - 1, UNTOUCHED);
        access.read(0, rest);
        assertAll(DATA, rest, "after a write that failed");
        assertTrue(space.copied.isEmpty());
    }

    /// Virtual threads borrow a slot for a copy, and take the lock if none is left.
    @Test
    void virtualThreadsCopyWithAndWithoutASlot() throws InterruptedException {
        final var space = filled(3, DATA);
        assertVirtualThreadReads(space);
        final List<WriterGate.Slot> lent = new ArrayList<>();
        for (var slot = WriterGate.borrow(true); slot != null; slot = WriterGate.borrow(true)) {
            lent.add(slot);
        }
        assertFalse(lent.isEmpty());
        assertVirtualThreadReads(space);
        lent.forEach(WriterGate::giveBack);
        final var again = WriterGate.borrow(true);
        assertNotNull(again, "given back");
        WriterGate.giveBack(again);
    }

    private void assertVirtualThreadReads(Space space) throws InterruptedException {
        final var target = segmentOf(3, UNTOUCHED);
        final Throwable[] thrown = new Throwable[1];
        final var thread = Thread.ofVirtual().unstarted(() -> new BulkAccess(space).read(0, target));
        thread.setUncaughtExceptionHandler((_, failure) -> thrown[0] = failure);
        thread.start();
        thread.join();
        assertNull(thrown[0]);
        assertAll(DATA, target, "in a virtual thread");
    }

    /// Somebody copies a page that his space has meanwhile replaced by a copy of its own: the other space, whose alone the
    /// page is now, does not write it in place before he is done.
    @Test
    void pageIsNotWrittenInPlaceWhileAnotherSpaceCopiesIt() {
        final var space = filled(1, DATA);
        final var other = Editor.fork(space, "other");
        assertNothingHappensWhileBusy(() -> new Access(space).putLong(0, 1), () -> new Access(other).putLong(0, OTHERS));
    }

    /// Nothing is written at the old place any more when a move has returned, and nothing of the new place is copied.
    @Test
    void moveWaitsForThoseWhoUseThePage() {
        Editor.remap(filled(1, DATA), new PageRange(0, 1), 5_000, false);              // its classes are loaded then
        final var space = filled(1, DATA);
        assertNothingHappensWhileBusy(() -> {}, () -> Editor.remap(space, new PageRange(0, 1), 5_000, false));
    }

    /// Nor behind an unmap or a drop, also where the page lives on in another space.
    @Test
    void unmapWaitsForThoseWhoUseThePage() {
        final var space = filled(2, DATA);
        final var other = Editor.fork(space, "other");
        assertNothingHappensWhileBusy(() -> {}, () -> Editor.unmap(space, new PageRange(0, 1)));
        assertNothingHappensWhileBusy(() -> {}, () -> Volatility.drop(other, new PageRange(1, 1)));
    }

    /// A fork leaves readers what they have: it waits for those who store.
    @Test
    void forkWaitsForWritersOnly() {
        final var space = filled(1, DATA);
        assertFalse(endsWhileBusy(false, SHORT_MILLIS, () -> {}, () -> Editor.fork(space, "waited for a writer")));
        assertTrue(endsWhileBusy(true, LONG_MILLIS, () -> {}, () -> Editor.fork(space, "waited for a reader")));
    }

    private void assertNothingHappensWhileBusy(Runnable first, Runnable second) {
        assertFalse(endsWhileBusy(true, SHORT_MILLIS, first, second), "did not wait for a reader");
    }

    /// Lets a thread be busy until the second step has ended, but not for longer than is said.
    ///
    /// @return whether the second step has ended before
    private boolean endsWhileBusy(boolean toRead, long mostMillis, Runnable first, Runnable second) {
        final var steps = new AtomicInteger();
        final boolean[] wasEarly = new boolean[1];
        try (var race = new Race()) {
            race.run(() -> wasEarly[0] = copyAtOnce(steps, toRead, mostMillis), () -> {
                while (steps.get() == 0) {
                    Thread.onSpinWait();
                }
                first.run();
                second.run();
                steps.set(2);
            });
        }
        assertEquals(2, steps.get());
        return wasEarly[0];
    }

    /// Has the name of a method that announces: who waits looks for it.
    ///
    /// @return whether the other side's step has ended meanwhile
    private static boolean copyAtOnce(AtomicInteger steps, boolean toRead, long mostMillis) {
        final var slot = WriterGate.slot();
        boolean wasEarly = false;
        slot.enter(toRead);
        steps.set(1);
        final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMillis);
        while (System.nanoTime() < end && !wasEarly) {
            wasEarly = steps.get() == 2;
            Thread.onSpinWait();
        }
        slot.exit();
        return wasEarly;
    }
}
