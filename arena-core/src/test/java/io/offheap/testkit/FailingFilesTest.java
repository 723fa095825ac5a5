package io.offheap.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.PollSet;
import io.offheap.memory.os.Platform;
import io.offheap.memory.types.OsException;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailingFilesTest {

    private static final String STATM = "/proc/self/statm";

    @Test
    void everyVerbThatCanFailIsCounted() {
        final List<FailingFiles.Program> verbs = List.of(
                os -> os.openForReading(STATM), os -> os.openForWriting(STATM), os -> os.openForUpdating(STATM),
                os -> os.write(0, new byte[1]), os -> os.read(0, new byte[1], 0), os -> os.createEvent(),
                os -> os.signal(0), os -> os.drain(0), os -> os.awaitAny(new PollSet(), 0));
        for (final var verb : verbs) {
            final var os = new FailingFiles(Platform.files(), 1, Errno.EPERM);
            assertEquals(Errno.EPERM.number(), assertThrows(OsException.class, () -> verb.run(os)).errno());
            assertEquals(1, os.calls());
        }
    }

    @Test
    void failingCloseClosesAsLinuxDoes() {
        final var os = new FailingFiles(Platform.files(), 2, Errno.EPERM);
        final int file = os.openForReading(STATM);
        assertThrows(OsException.class, () -> os.close(file));
        assertEquals("close #2 EPERM", os.failed());
        os.checkAllClosed();
        assertEquals(Errno.EBADF.number(),
                assertThrows(OsException.class, () -> Platform.files().read(file, new byte[1], 0)).errno());
    }

    @Test
    void careIsReported() {
        final var report = FailingFiles.countThenFailEach(Platform.files(), os -> {
            final int file = os.openForReading(STATM);
            try {
                os.read(file, new byte[64], 0);
            } finally {
                os.close(file);
            }
        });
        assertEquals(new FailureReport(3, List.of()), report);
    }

    @Test
    void descriptorThatStaysOpenAfterAFailureIsFound() {
        final var leaked = new int[1];
        final var found = assertThrows(AssertionError.class,
                () -> FailingFiles.countThenFailEach(Platform.files(), List.of(Errno.ENOMEM), os -> {
                    leaked[0] = os.createEvent();
                    os.signal(leaked[0]);
                    os.close(leaked[0]);
                }));
        assertTrue(found.getMessage().startsWith("after write #2 ENOMEM: "), found.getMessage());
        Platform.files().close(leaked[0]);
    }
}
