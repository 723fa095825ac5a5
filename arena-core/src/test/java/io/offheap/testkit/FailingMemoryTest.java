package io.offheap.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.types.OsException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FailingMemoryTest {

    private static final long PAGE = FakeMemory.PAGE_SIZE;
    private static final List<Errno> ONE = List.of(Errno.ENOMEM);

    private final FakeMemory fake = new FakeMemory();

    @AfterEach
    void close() {
        fake.close();
    }

    @Test
    void onlyTheNthCallFailsAndHasNoEffect() {
        final var os = new FailingMemory(fake, 2, Errno.EAGAIN);
        final long first = os.reserve(PAGE);
        final var failure = assertThrows(OsException.class, () -> os.reserve(PAGE));
        assertEquals("mmap(4096 bytes) failed: EAGAIN (11)", failure.getMessage());
        assertEquals(PAGE, fake.reservedBytes());
        assertEquals("mmap #2 EAGAIN", os.failed());
        os.release(first, PAGE);
        assertEquals(3, os.calls());
        assertEquals(2, fake.calls());
        fake.checkAllReleased();
    }

    @Test
    void nothingFailsWhenNoCallIsChosen() {
        final var os = new FailingMemory(fake, 0, Errno.ENOMEM);
        os.release(os.reserve(PAGE), PAGE);
        assertNull(os.failed());
    }

    @Test
    void batchesCanBeForcedOff() {
        assertTrue(new FailingMemory(fake, 0, Errno.ENOMEM).advisesInBatches());
        assertFalse(new FailingMemory(fake, 0, Errno.ENOMEM, false).advisesInBatches());
    }

    @Test
    void everyVerbThatCanFailIsCounted() {
        final long one = fake.reserve(PAGE);
        final int file = fake.createMemoryFile("counted");
        fake.resizeFile(file, PAGE);
        final List<FailingMemory.Program> verbs = List.of(
                os -> os.reserve(PAGE), os -> os.release(one, PAGE), os -> os.commit(one, PAGE),
                os -> os.advise(one, PAGE, Advice.COLD),
                os -> os.adviseAll(new long[] {one}, new long[] {PAGE}, 1, Advice.COLD),
                os -> os.residentBytes(one, PAGE), os -> os.remap(one, PAGE, PAGE),
                os -> os.createMemoryFile("another"), os -> os.resizeFile(file, PAGE),
                os -> os.allocateFile(file, 0, PAGE), os -> os.punchHole(file, 0, PAGE),
                os -> os.mapFile(file, 0, PAGE, true), os -> os.bindToNodes(one, PAGE, 0, 0),
                os -> os.nodePolicyAt(one), os -> os.closeFile(file));
        for (int i = 0; i < verbs.size(); i++) {
            final var verb = verbs.get(i);
            final var os = new FailingMemory(fake, 1, Errno.EPERM);
            final var failure = assertThrows(OsException.class, () -> verb.run(os), "verb " + i);
            assertEquals(Errno.EPERM.number(), failure.errno());
        }
    }

    @Test
    void careIsReportedWithTheFailuresItAbsorbed() {
        final var report = FailingMemory.countThenFailEach(FailingMemoryTest::careful);
        assertEquals(4, report.calls());
        assertTrue(report.absorbed("madvise"));
        assertFalse(report.absorbed("mmap"));
        assertEquals(5, report.absorbed().size());
        assertEquals("madvise #3 ENOMEM", report.absorbed().getFirst());
    }

    @Test
    void leakAfterAFailureIsFound() {
        final var found = assertThrows(AssertionError.class, () -> FailingMemory.countThenFailEach(os -> {
            final long one = os.reserve(PAGE);
            final long other = os.reserve(PAGE);
            os.release(other, PAGE);
            os.release(one, PAGE);
        }));
        assertTrue(found.getMessage().startsWith("after mmap #2 ENOMEM: "), found.getMessage());
        assertTrue(found.getMessage().contains("not released: 4096 bytes"), found.getMessage());
    }

    @Test
    void leakWithoutAFailureIsFound() {
        assertThrows(AssertionError.class, () -> FailingMemory.countThenFailEach(os -> os.reserve(PAGE)));
        assertThrows(AssertionError.class, () -> FailingMemory.countThenFailEach(os -> os.createMemoryFile("leak")));
    }

    @Test
    void failureThatTurnsIntoAnotherIsFound() {
        final var found = assertThrows(AssertionError.class,
                () -> FailingMemory.countThenFailEach(FakeMemory::new, ONE, os -> {
                    try {
                        os.release(os.reserve(PAGE), PAGE);
                    } catch (OsException e) {
                        throw new IllegalStateException("half done", e);
                    }
                }));
        assertTrue(found.getMessage().startsWith("after mmap #1 ENOMEM: "), found.getMessage());
        assertThrows(AssertionError.class, () -> FailingMemory.countThenFailEach(FakeMemory::new, ONE, os -> {
            try {
                os.release(os.reserve(PAGE), PAGE);
            } catch (OsException e) {
                throw Errno.EBADF.of("close", "a file that was never opened");
            }
        }));
    }

    @Test
    void failureMayBecomeOutOfMemory() {
        FailingMemory.countThenFailEach(FakeMemory::new, ONE, os -> {
            try {
                os.release(os.reserve(PAGE), PAGE);
            } catch (OsException e) {
                throw new OutOfMemoryError(e.getMessage());
            }
        });
    }

    private static void careful(SystemMemory os) {
        final long one = os.reserve(PAGE);
        try {
            os.commit(one, PAGE);
            try {
                os.advise(one, PAGE, Advice.COLD);
            } catch (OsException onlyAHint) {
                assertEquals("madvise", onlyAHint.call());
            }
        } finally {
            os.release(one, PAGE);
        }
    }
}
