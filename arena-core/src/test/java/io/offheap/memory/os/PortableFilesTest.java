package io.offheap.memory.os;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.OsException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortableFilesTest {

    private final PortableFiles files = new PortableFiles();

    @TempDir
    Path directory;

    private static void assertFails(Errno errno, Runnable call) {
        assertEquals(errno.number(), assertThrows(OsException.class, call::run).errno());
    }

    @Test
    void filesAnswerTheirContentsOfNowFromAnyOffset() throws Exception {
        final var path = directory.resolve("file");
        Files.writeString(path, "0123456789");
        final int file = files.openForReading(path.toString());
        final var buffer = new byte[4];
        assertEquals(4, files.read(file, buffer, 3));
        assertArrayEquals("3456".getBytes(StandardCharsets.US_ASCII), buffer);
        assertEquals(2, files.read(file, buffer, 8));
        assertEquals(0, files.read(file, buffer, 10));
        Files.writeString(path, "abc");
        assertEquals(3, files.read(file, buffer, 0));
        assertArrayEquals("abc".getBytes(StandardCharsets.US_ASCII), Arrays.copyOf(buffer, 3));
        files.close(file);
        assertFails(Errno.EBADF, () -> files.read(file, buffer, 0));
        assertFails(Errno.EBADF, () -> files.close(file));
    }

    @Test
    void whatCannotBeReadSaysWhy() {
        assertFails(Errno.ENOENT, () -> files.openForReading(directory.resolve("none").toString()));
        assertFails(Errno.EACCES, () -> files.openForReading(directory.toString()));
    }

    @Test
    void nothingIsEverWrittenToAFile() {
        final var path = directory.resolve("control").toString();
        assertFails(Errno.ENOSYS, () -> files.openForWriting(path));
        assertFails(Errno.ENOSYS, () -> files.openForUpdating(path));
        assertFails(Errno.EBADF, () -> files.write(1, new byte[1]));
        assertFalse(Files.exists(Path.of(path)));
    }

    @Test
    void eventsWakeWhoeverWaitsUntilTheyAreDrained() throws Exception {
        final int event = files.createEvent();
        final int other = files.createEvent();
        final var set = new PollSet();
        set.add(other, PollSet.Interest.READABLE);
        set.add(event, PollSet.Interest.READABLE);
        set.add(event, PollSet.Interest.URGENT);
        assertFalse(files.awaitAny(set, 0));
        final var signaller = Thread.ofPlatform().start(() -> files.signal(event));
        assertTrue(files.awaitAny(set, -1));
        signaller.join();
        assertFalse(set.isReady(0));
        assertTrue(set.isReady(1));
        assertFalse(set.isReady(2));
        assertTrue(files.awaitAny(set, 0));
        files.drain(event);
        assertFalse(files.awaitAny(set, 1));
        files.close(event);
        assertFails(Errno.EBADF, () -> files.signal(event));
        assertFails(Errno.EBADF, () -> files.drain(event));
        assertFails(Errno.EBADF, () -> files.awaitAny(set, 0));
    }

    @Test
    void interruptStaysAndEndsNoWait() throws Exception {
        final int event = files.createEvent();
        final var set = new PollSet();
        set.add(event, PollSet.Interest.READABLE);
        final var waiting = Thread.currentThread();
        waiting.interrupt();
        assertFalse(files.awaitAny(set, 1));
        final var signaller = Thread.ofPlatform().start(() -> {
            while (waiting.getState() == Thread.State.RUNNABLE) {
                Thread.onSpinWait();
            }
            files.signal(event);
        });
        assertTrue(files.awaitAny(set, -1));
        assertTrue(Thread.interrupted());
        signaller.join();
    }

    @Test
    void fileThatIsWaitedForHasNothingToSay() throws Exception {
        final var path = directory.resolve("file");
        Files.writeString(path, "text");
        final int file = files.openForReading(path.toString());
        final var set = new PollSet();
        set.add(file, PollSet.Interest.URGENT);
        assertFalse(files.awaitAny(set, 1));
        files.close(file);
    }
}
