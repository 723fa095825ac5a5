package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.OsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/// [SystemFiles] whose files are texts by path, and that can vanish, refuse and come in pieces. With a directory it
/// serves the real files below it too.
///
/// Thread-safe; events are real enough to be waited for.
final class FakeFiles implements SystemFiles {
    static final int ENOENT = 2;
    static final int ESRCH = 3;
    static final int EIO = 5;
    static final int EACCES = 13;
    static final int ENODEV = 19;
    static final int EMFILE = 24;

    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, Integer> openErrors = new HashMap<>();
    private final Map<String, Integer> readErrors = new HashMap<>();
    private final Map<Integer, String> open = new HashMap<>();
    private final Map<Integer, Long> events = new HashMap<>();
    private final boolean onDisk;
    private int mostBytesARead = Integer.MAX_VALUE;
    private int eventError;
    private int waitError;
    private int drainError;
    private int waits;
    private int timeouts;

    /// Runs before a descriptor is closed, with no lock held.
    volatile Runnable beforeClose = () -> { };

    FakeFiles() {
        this(false);
    }

    private FakeFiles(boolean onDisk) {
        this.onDisk = onDisk;
    }

    static FakeFiles onDisk() {
        return new FakeFiles(true);
    }

    synchronized FakeFiles put(String path, String text) {
        texts.put(path, text);
        return this;
    }

    /// The file is not found from now on; descriptors that are open answer this error.
    synchronized void vanish(String path, int errnoOfOpen) {
        texts.remove(path);
        readErrors.put(path, errnoOfOpen);
    }

    synchronized void refuseToOpen(String path, int errno) {
        openErrors.put(path, errno);
    }

    synchronized void refuseToRead(String path, int errno) {
        readErrors.put(path, errno);
    }

    synchronized void inPieces(int mostBytes) {
        mostBytesARead = mostBytes;
    }

    synchronized void refuseEvents(int errno) {
        eventError = errno;
    }

    synchronized void refuseToWait(int errno) {
        waitError = errno;
        notifyAll();
    }

    synchronized void refuseToDrain(int errno) {
        drainError = errno;
    }

    synchronized int waitCount() {
        return waits;
    }

    synchronized int timeoutCount() {
        return timeouts;
    }

    /// How many descriptors are open.
    synchronized int openCount() {
        return open.size() + events.size();
    }

    @Override
    public synchronized int openForReading(String path) {
        if (openErrors.containsKey(path)) {
            throw failed("open", path, openErrors.get(path));
        }
        textOf(path, "open");
        final int file = lowestFree();
        open.put(file, path);
        return file;
    }

    @Override
    public synchronized int read(int file, byte[] buffer, long offset) {
        final var path = open.get(file);
        if (path == null) {
            throw failed("pread", "file " + file, 9);
        }
        if (readErrors.containsKey(path)) {
            throw failed("pread", "file " + file, readErrors.get(path));
        }
        final var bytes = textOf(path, "pread").getBytes(StandardCharsets.UTF_8);
        final int from = (int) Math.min(offset, bytes.length);
        final int count = Math.min(Math.min(bytes.length - from, buffer.length), mostBytesARead);
        System.arraycopy(bytes, from, buffer, 0, count);
        return count;
    }

    private String textOf(String path, String call) {
        final var text = texts.get(path);
        if (text != null) {
            return text;
        }
        if (onDisk && Files.isRegularFile(Path.of(path))) {
            try {
                return Files.readString(Path.of(path));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw failed(call, path, ENOENT);
    }

    @Override
    public synchronized int createEvent() {
        if (eventError != 0) {
            throw failed("eventfd", "", eventError);
        }
        final int event = lowestFree();
        events.put(event, 0L);
        return event;
    }

    /// A number is used again at once, as Linux does, so that a use after closing meets somebody else's file.
    private int lowestFree() {
        return IntStream.iterate(3, i -> i + 1)
                .filter(i -> !open.containsKey(i) && !events.containsKey(i)).findFirst().orElseThrow();
    }

    @Override
    public synchronized void signal(int event) {
        if (events.computeIfPresent(event, (_, count) -> count + 1) == null) {
            throw failed("write", "event " + event, 9);
        }
        notifyAll();
    }

    @Override
    public synchronized void drain(int event) {
        if (drainError != 0) {
            throw failed("read", "event " + event, drainError);
        }
        events.replace(event, 0L);
    }

    @Override
    public synchronized boolean awaitReadable(int file, int timeoutMillis) {
        waits++;
        final long deadline = System.nanoTime() + timeoutMillis * 1_000_000L;
        while (true) {
            if (waitError != 0) {
                throw failed("poll", "file " + file, waitError);
            }
            if (!events.containsKey(file)) {
                throw failed("poll", "file " + file, 9);
            }
            final long left = deadline - System.nanoTime();
            if (events.get(file) > 0) {
                return true;
            }
            if (left <= 0) {
                timeouts++;
                return false;
            }
            try {
                wait(left / 1_000_000, (int) (left % 1_000_000));
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    @Override
    public void close(int file) {
        beforeClose.run();
        closeNow(file);
    }

    private synchronized void closeNow(int file) {
        if (open.remove(file) == null && events.remove(file) == null) {
            throw failed("close", "file " + file, 9);
        }
        notifyAll();
    }

    private static OsException failed(String call, String arguments, int errno) {
        final var name = switch (errno) {
            case ENOENT -> "ENOENT";
            case ESRCH -> "ESRCH";
            case EIO -> "EIO";
            case EACCES -> "EACCES";
            case ENODEV -> "ENODEV";
            case EMFILE -> "EMFILE";
            default -> "errno";
        };
        return new OsException(call, arguments, errno, name);
    }
}
