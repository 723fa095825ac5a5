package io.offheap.memory.os;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.OsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LinuxFilesTest {

    private static final int NEVER_OPEN = 1 << 30;

    private final SystemFiles os = Platform.files();

    @Test
    void keptDescriptorOfProcReadsTheContentsOfNow() {
        final int file = os.openForReading("/proc/self/statm");
        final byte[] buffer = new byte[256];
        for (int look = 0; look < 2; look++) {
            final int count = os.read(file, buffer, 0);
            final var fields = new String(buffer, 0, count, StandardCharsets.US_ASCII).trim().split(" ");
            assertEquals(7, fields.length, () -> Arrays.toString(fields));
            assertTrue(Long.parseLong(fields[1]) > 0);
        }
        os.close(file);
    }

    @Test
    void readStartsAtTheOffsetAndEndsWithTheFile(@TempDir Path directory) throws IOException {
        final var path = Files.writeString(directory.resolve("näme"), "0123456789");
        final int file = os.openForReading(path.toString());
        final byte[] buffer = new byte[4];
        assertEquals(4, os.read(file, buffer, 3));
        assertArrayEquals("3456".getBytes(StandardCharsets.US_ASCII), buffer);
        assertEquals(2, os.read(file, buffer, 8));
        assertArrayEquals("8956".getBytes(StandardCharsets.US_ASCII), buffer);
        assertEquals(0, os.read(file, buffer, 10));
        assertEquals(0, os.read(file, new byte[0], 0));
        os.close(file);
    }

    @Test
    void missingFileIsNamed() {
        final var failure = assertThrows(OsException.class, () -> os.openForReading("/no/such/file"));
        assertEquals("open(/no/such/file) failed: ENOENT (2)", failure.getMessage());
        assertEquals("open", failure.call());
        assertEquals(Errno.ENOENT.number(), failure.errno());
    }

    @Test
    void readOfADirectoryFails() {
        final int directory = os.openForReading("/proc");
        final var failure = assertThrows(OsException.class, () -> os.read(directory, new byte[8], 0));
        assertEquals("pread(file " + directory + ", 8 bytes, from 0x0) failed: EISDIR (21)", failure.getMessage());
        os.close(directory);
    }

    @Test
    void descriptorIsNotInheritedByChildren() throws IOException {
        final int file = os.openForReading("/proc/self/statm");
        final int event = os.createEvent();
        for (final int descriptor : new int[] {file, event}) {
            final var flags = Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor)).stream()
                    .filter(line -> line.startsWith("flags:")).findFirst().orElseThrow();
            final long value = Long.parseLong(flags.substring("flags:".length()).trim(), 8);
            assertEquals(0x80000, value & 0x80000, "O_CLOEXEC of " + flags);
        }
        os.close(event);
        os.close(file);
    }

    @Test
    void eventIsReadableFromSignalToDrain() {
        final int event = os.createEvent();
        assertFalse(os.awaitReadable(event, 0));
        os.signal(event);
        os.signal(event);
        assertTrue(os.awaitReadable(event, 0));
        assertTrue(os.awaitReadable(event, 1000));
        os.drain(event);
        assertFalse(os.awaitReadable(event, 0));
        os.drain(event);
        assertFalse(os.awaitReadable(event, 1));
        os.close(event);
    }

    @Test
    void signalWakesAWaitingThread() throws Exception {
        final int event = os.createEvent();
        final var ready = new CountDownLatch(1);
        final var woken = new FutureTask<>(() -> {
            ready.countDown();
            return os.awaitReadable(event, -1);
        });
        final var waiter = Thread.ofPlatform().daemon().start(woken);
        ready.await();
        os.signal(event);
        assertTrue(woken.get());
        waiter.join();
        os.close(event);
    }

    @Test
    void callsOnADescriptorThatIsNotOpenSayBadDescriptor() {
        assertBadDescriptor("pread", () -> os.read(NEVER_OPEN, new byte[1], 0));
        assertBadDescriptor("write", () -> os.signal(NEVER_OPEN));
        assertBadDescriptor("read", () -> os.drain(NEVER_OPEN));
        assertBadDescriptor("poll", () -> os.awaitReadable(NEVER_OPEN, 1000));
        assertBadDescriptor("close", () -> os.close(NEVER_OPEN));
    }

    private static void assertBadDescriptor(String call, Runnable action) {
        final var failure = assertThrows(OsException.class, action::run);
        assertEquals(call, failure.call());
        assertEquals(Errno.EBADF.number(), failure.errno(), failure.getMessage());
        assertTrue(failure.arguments().contains(String.valueOf(NEVER_OPEN)), failure.getMessage());
    }
}
