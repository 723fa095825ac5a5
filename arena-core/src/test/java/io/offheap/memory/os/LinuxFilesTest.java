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
import java.util.stream.IntStream;
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
        final var path = Files.writeString(directory.resolve(isUnicode() ? "näme" : "name"), "0123456789");
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

    /// {@return whether the JVM gives names of files in UTF-8, as the library does} Not where no locale is set.
    private static boolean isUnicode() {
        return "UTF-8".equals(System.getProperty("sun.jnu.encoding"));
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
        assertFalse(awaits(event, 0));
        os.signal(event);
        os.signal(event);
        assertTrue(awaits(event, 0));
        assertTrue(awaits(event, 1000));
        os.drain(event);
        assertFalse(awaits(event, 0));
        os.drain(event);
        assertFalse(awaits(event, 1));
        os.close(event);
    }

    private boolean awaits(int event, int timeoutMillis) {
        final var set = new PollSet();
        set.add(event, PollSet.Interest.READABLE);
        final boolean any = os.awaitAny(set, timeoutMillis);
        assertEquals(any, set.isReady(0));
        return any;
    }

    @Test
    void waitSaysWhichOfManyDescriptorsAreReady() {
        final var set = new PollSet();
        assertFalse(os.awaitAny(set, 0));
        final int[] events = IntStream.range(0, 20).map(_ -> os.createEvent()).toArray();
        for (final int event : events) {
            set.add(event, PollSet.Interest.READABLE);
        }
        os.signal(events[3]);
        os.signal(events[17]);
        assertTrue(os.awaitAny(set, -1));
        for (int i = 0; i < events.length; i++) {
            assertEquals(i == 3 || i == 17, set.isReady(i), "event " + i);
        }
        os.drain(events[3]);
        os.drain(events[17]);
        assertFalse(os.awaitAny(set, 0));
        assertFalse(set.isReady(3));
        for (final int event : events) {
            os.close(event);
        }
    }

    /// A file of proc is always readable; only a change of the mounts is urgent (proc_pid_mounts(5)).
    @Test
    void urgentIsSomethingElseThanReadable() {
        final int mounts = os.openForReading("/proc/self/mounts");
        final var set = new PollSet();
        set.add(mounts, PollSet.Interest.READABLE);
        set.add(mounts, PollSet.Interest.URGENT);
        assertTrue(os.awaitAny(set, 0));
        assertTrue(set.isReady(0));
        assertFalse(set.isReady(1));
        assertEquals("files %d READABLE, %d URGENT".formatted(mounts, mounts), set.toString());
        os.close(mounts);
    }

    @Test
    void whatIsWrittenIsReadAgain(@TempDir Path directory) throws IOException {
        final var path = Files.writeString(directory.resolve("file"), "0123456789").toString();
        final int writer = os.openForWriting(path);
        os.write(writer, "ab".getBytes(StandardCharsets.US_ASCII));
        final var refused = assertThrows(OsException.class, () -> os.read(writer, new byte[1], 0));
        assertEquals(Errno.EBADF.number(), refused.errno());
        os.close(writer);
        final int both = os.openForUpdating(path);
        final byte[] buffer = new byte[10];
        assertEquals(10, os.read(both, buffer, 0));
        assertEquals("ab23456789", new String(buffer, StandardCharsets.US_ASCII));
        os.write(both, "xyz".getBytes(StandardCharsets.US_ASCII));
        os.close(both);
        assertEquals("xyz3456789", Files.readString(Path.of(path)));
    }

    @Test
    void refusedWriteNamesTheText() {
        final int file = os.openForReading("/proc/self/statm");
        final var failure = assertThrows(OsException.class,
                () -> os.write(file, "some 1 2".getBytes(StandardCharsets.US_ASCII)));
        assertEquals("write(file " + file + ", some 1 2) failed: EBADF (9)", failure.getMessage());
        os.close(file);
    }

    @Test
    void signalWakesAWaitingThread() throws Exception {
        final int event = os.createEvent();
        final var ready = new CountDownLatch(1);
        final var woken = new FutureTask<>(() -> {
            ready.countDown();
            return awaits(event, -1);
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
        assertBadDescriptor("poll", () -> awaits(NEVER_OPEN, 1000));
        assertBadDescriptor("close", () -> os.close(NEVER_OPEN));
    }

    private static void assertBadDescriptor(String call, Runnable action) {
        final var failure = assertThrows(OsException.class, action::run);
        assertEquals(call, failure.call());
        assertEquals(Errno.EBADF.number(), failure.errno(), failure.getMessage());
        assertTrue(failure.arguments().contains(String.valueOf(NEVER_OPEN)), failure.getMessage());
    }
}
