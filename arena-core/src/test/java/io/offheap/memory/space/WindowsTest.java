package io.offheap.memory.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.PageRange;
import io.offheap.testkit.Race;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// When spaces have a window, what is in it, and that nobody uses it after its end.
class WindowsTest {

    private static final int PAGES = 1200;                              // three leaves
    private static final PageRange ALL = new PageRange(0, PAGES);
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final SystemMemory os = Platform.memory();
    private final RetiredRanges retired = new RetiredRanges(os);
    private final Domain domain = new Domain(os, 1 << 14, Allocations.UNLIMITED, retired);
    private final long page = os.pageSize();
    private final Space space = domain.newSpace("space", null);
    private final Access access = new Access(space);

    @AfterEach
    void close() {
        domain.checkInvariants();
        domain.close();
        assertSame(Window.NONE, space.window(), "after close");
        retired.releaseAll();
    }

    /// As `AddressSpace.putLong` does.
    private static void put(Space space, Access access, long address, long value) {
        if (!space.window().tryPutLong(address, value)) {
            access.putLong(address, value);
        }
    }

    private void put(long address, long value) {
        put(space, access, address, value);
    }

    private void populate() {
        Editor.map(space, ALL, null, 0, false, Protection.READ_WRITE);
        for (long at = 0; at < PAGES * page; at += Long.BYTES << 4) {   // so that a thread counts before the first page is full
            put(at, at);
        }
        assertTrue(space.window().size() > PAGES * page * 9 / 10, "a window of " + space.window().size());
    }

    /// Writes as many words as must be announced before there are windows again: many, if the JVM took long to end the last ones.
    private void pay() {
        for (int round = 0; round < 10_000 && space.window() == Window.NONE; round++) {
            announce(Windows.LEAST_PRICE);
        }
    }

    private void announce(long words) {
        for (int i = 0; i < words; i++) {
            access.putLong((i & 0x3ff) * Long.BYTES, i);
        }
    }

    @Test
    void growsAsPagesAreWritten() {
        populate();
        final var window = space.window();
        for (long at = 0; at < PAGES * page; at += Long.BYTES << 4) {
            assertEquals(at, access.getLong(at));
            if (window.hasLong(at)) {
                assertEquals(at, window.getLong(at), "at " + at);
            }
        }
        assertTrue(window.tryPutLong(window.start() + 8, 42));
        assertTrue(window.tryPutByte(window.start() + 16, (byte) 7));
        assertEquals(42, access.getLong(window.start() + 8));
        assertEquals(7, access.getByte(window.start() + 16));
    }

    @Test
    void hasWholeAlignedWordsInsideAndNothingElse() {
        populate();
        final var window = space.window();
        final long start = window.start();
        final long end = start + window.size();
        assertTrue(window.hasLong(start) && window.hasLong(end - 8) && window.hasByte(start) && window.hasByte(end - 1));
        for (final long outside : new long[] {end, end + 8, -8, -1, Long.MIN_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 7}) {
            assertFalse(window.hasLong(outside), "0x%x".formatted(outside));
            assertFalse(window.hasByte(outside), "0x%x".formatted(outside));
            assertFalse(window.tryPutLong(outside, 1));
            assertFalse(window.tryPutByte(outside, (byte) 1));
        }
        for (long misaligned = end - 15; misaligned < end; misaligned++) {
            assertEquals((misaligned & 7) == 0, window.hasLong(misaligned), "0x%x".formatted(misaligned));
        }
        assertFalse(Window.NONE.hasByte(0) || Window.NONE.hasLong(0) || Window.NONE.touches(0, Long.MAX_VALUE));
    }

    /// Each takes write access to page 3 away.
    @TestFactory
    List<DynamicTest> everythingThatTakesAPageAwayEndsTheWindow() {
        return List.of(
                ends("unmap", taken -> Editor.unmap(taken, new PageRange(3, 1))),
                ends("map over", taken -> Editor.map(taken, new PageRange(3, 1), null, 0, false, Protection.READ_WRITE)),
                ends("remap", taken -> Editor.remap(taken, new PageRange(3, 1), 5000, false)),
                ends("protect", taken -> Editor.protect(taken, new PageRange(3, 1), Protection.READ)),
                ends("fork", taken -> Editor.fork(taken, "child")),
                ends("exec", Editor::exec),
                ends("drop", taken -> Volatility.drop(taken, new PageRange(3, 1))),
                ends("free lazily", taken -> Volatility.freeLazily(taken, new PageRange(3, 1))),
                ends("purge", taken -> {
                    Volatility.mark(taken, new PageRange(3, 1), false);
                    assertEquals(1, taken.domain.purge(1));
                }),
                ends("close", Space::close));
    }

    private DynamicTest ends(String name, Consumer<Space> operation) {
        return DynamicTest.dynamicTest(name, () -> {
            final var own = new Domain(os, 1 << 12, Allocations.UNLIMITED, retired);
            final var taken = own.newSpace(name, null);
            final var words = new Access(taken);
            Editor.map(taken, new PageRange(0, 100), null, 0, false, Protection.READ_WRITE);
            for (long at = 0; at < 100 * page; at += 64) {
                put(taken, words, at, at);
            }
            final var window = taken.window();
            assertTrue(window.hasLong(3 * page), "no window");
            operation.accept(taken);
            assertFalse(taken.window().hasLong(3 * page), "still there");
            assertFalse(window.tryPutLong(3 * page, 1), "through the old window");
            assertFalse(window.tryPutByte(3 * page, (byte) 1), "through the old window");
            assertThrows(IllegalStateException.class, () -> window.getLong(3 * page));
            assertThrows(IllegalStateException.class, () -> window.getByte(3 * page));
            own.checkInvariants();
            own.close();
        });
    }

    /// What shows pages of a file, too.
    @Test
    void changesOfAFileEndTheWindow() {
        final var file = domain.newMemoryFile("file", 64);
        for (final Runnable change : List.<Runnable>of(
                () -> Files.punch(domain, file, new PageRange(3, 1)),
                () -> Files.zap(domain, file, new PageRange(3, 1), true),
                () -> Files.truncate(domain, file, 3))) {
            Editor.map(space, new PageRange(0, 64), file, 0, true, Protection.READ_WRITE);
            pay();
            for (long at = 0; at < 64 * page; at += 64) {
                put(at, at);
            }
            final var window = space.window();
            assertTrue(window.hasLong(3 * page), "no window");
            change.run();
            assertFalse(window.tryPutLong(3 * page, 1));
            assertFalse(space.window().hasLong(3 * page));
            domain.checkInvariants();
        }
    }

    /// After the end writers announce themselves until that has cost as much; then the lines tell what the window is.
    @Test
    void comesBackWhenItIsPaidFor() {
        populate();
        final var window = space.window();
        Editor.protect(space, new PageRange(PAGES - 1, 1), Protection.READ);
        assertSame(Window.NONE, space.window());
        announce(Windows.LEAST_PRICE - 2 * Windows.COUNTED);
        assertSame(Window.NONE, space.window(), "before it was paid for");
        pay();
        assertEquals((PAGES - 1) * page, space.window().size());
        assertNotSame(window, space.window());
        domain.checkInvariants();
    }

    /// The price is what the end took.
    @Test
    void priceIsWhatTheEndTook() {
        final var now = new AtomicLong();
        final var windows = new Windows(Long.numberOfTrailingZeros(page), () -> now.getAndAdd(TimeUnit.MILLISECONDS.toNanos(4)));
        populate();
        domain.lock.lock();
        try {
            windows.noteAnnounced(space, 0, 1);
            windows.end();
            assertEquals(TimeUnit.MILLISECONDS.toNanos(4) / Windows.NANOS_SAVED, windows.price());
        } finally {
            domain.unlock();
        }
    }

    /// One that is interrupted by another thread's first writes elsewhere grows nevertheless.
    @Test
    void grownLaterByTheLinesOfWhatIsWrittenMost() {
        Editor.map(space, ALL, null, 0, false, Protection.READ_WRITE);
        for (long first = 0; first < PAGES; first++) {                  // no single words: no window
            new BulkAccess(space).write(first * page, MemorySegment.ofArray(new long[(int) page / 8]));
        }
        assertSame(Window.NONE, space.window());
        pay();
        assertEquals(PAGES * page, space.window().size());
    }

    @Test
    void virtualThreadsWriteThroughIt() throws Exception {
        populate();
        final var window = space.window();
        final boolean[] done = new boolean[1];
        Thread.ofVirtual().start(() -> done[0] = window.tryPutLong(page, 77)).join();
        assertTrue(done[0]);
        assertEquals(77, access.getLong(page));
    }

    /// Who has written through a window has done so before its end, also if the loop that writes was compiled with the window
    /// in a register.
    @Test
    void noStoreLandsAfterTheEnd() {
        Editor.map(space, new PageRange(0, 1), null, 0, false, Protection.READ_WRITE);
        final long[] over = new long[1];
        try (var race = new Race()) {
            race.run(
                    () -> {
                        for (long value = 1; (long) WORD.getOpaque(over, 0) == 0; value++) {
                            put(0, value);
                        }
                    },
                    () -> {
                        try {
                            forkAgainAndAgain();
                        } finally {
                            WORD.setVolatile(over, 0, 1);
                        }
                    });
        }
        assertTrue(access.getLong(0) > 0, "nothing was stored");
    }

    private void forkAgainAndAgain() {
        final long end = System.nanoTime() + MOST_NANOS;
        int windows = 0;
        for (int round = 0; round < 2000 && System.nanoTime() < end; round++) {
            windows += space.window() == Window.NONE ? 0 : 1;
            final var child = Editor.fork(space, "child");
            final var words = new Access(child);
            final long seen = words.getLong(0);
            for (int look = 0; look < 400; look++) {
                assertEquals(seen, words.getLong(0), "a store after the fork");
            }
            child.close();
            while (space.window() == Window.NONE && System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        }
        assertTrue(windows > 0, "never through a window");
    }
}
