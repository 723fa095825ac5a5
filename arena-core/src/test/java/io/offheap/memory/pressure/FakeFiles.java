package io.offheap.memory.pressure;

import io.offheap.memory.os.PollSet;
import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.OsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// [SystemFiles] whose files are texts by path, and that can vanish, refuse and come in pieces. With a directory it
/// serves the real files below it too.
///
/// Events are real enough to be waited for: counters, changes of files, and what was registered with a
/// `cgroup.event_control`. Thread-safe.
final class FakeFiles implements SystemFiles {
    static final int ENOENT = 2;
    static final int ESRCH = 3;
    static final int EIO = 5;
    static final int EACCES = 13;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int EROFS = 30;
    static final int EMFILE = 24;

    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, Integer> openErrors = new HashMap<>();
    private final Map<String, Integer> readErrors = new HashMap<>();
    private final Map<Integer, String> open = new HashMap<>();
    private final Map<Integer, Long> events = new HashMap<>();
    private final boolean onDisk;
    private final Map<String, Integer> writeErrors = new HashMap<>();
    private final Set<Integer> changed = new HashSet<>();
    private final List<Registered> registered = new ArrayList<>();
    private final List<String> written = new ArrayList<>();
    private int mostBytesARead = Integer.MAX_VALUE;
    private int eventError;
    private int waitError;
    private int listenError;
    private int drainError;
    private int waits;
    private long leastTimeoutNanos;
    private boolean waiting;
    private boolean listening;

    /// A counter that is counted up for what happens to a file of version 1 of control groups.
    private record Registered(int event, String path, String arguments) {}

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

    synchronized void refuseToWrite(String path, int errno) {
        writeErrors.put(path, errno);
    }

    /// What was written to files, each as `path: text`, with counters and files of version 1 by their path.
    synchronized List<String> written() {
        return List.copyOf(written);
    }

    /// What is registered, each as `path arguments`.
    synchronized List<String> registered() {
        return registered.stream().map(r -> r.path + " " + r.arguments).toList();
    }

    /// Who polls the files is told at one moment that they have changed; whose counter is registered for them, too.
    synchronized void happen(String... paths) {
        for (final var path : paths) {
            open.forEach((file, its) -> {
                if (its.equals(path)) {
                    changed.add(file);
                }
            });
            registered.stream().filter(r -> r.path.equals(path)).forEach(r -> events.merge(r.event, 1L, Long::sum));
        }
        notifyAll();
    }

    /// Whether somebody waits now for something urgent.
    synchronized boolean isListening() {
        return listening;
    }

    /// Whether somebody waits now, for whatever.
    synchronized boolean isWaiting() {
        return waiting;
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

    /// Waiting for more than one descriptor fails.
    synchronized void refuseToListen(int errno) {
        listenError = errno;
        notifyAll();
    }

    synchronized void refuseToDrain(int errno) {
        drainError = errno;
    }

    synchronized int waitCount() {
        return waits;
    }

    /// From now on no wait times out before a test has lost its patience, however slow the machine is.
    synchronized void timeOutLate() {
        leastTimeoutNanos = TimeUnit.SECONDS.toNanos(FakeClient.PATIENCE_SECONDS + 10);
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
    public int openForWriting(String path) {
        return openForReading(path);
    }

    @Override
    public int openForUpdating(String path) {
        return openForReading(path);
    }

    @Override
    public synchronized void write(int file, byte[] text) {
        final var path = open.get(file);
        if (path == null) {
            throw failed("write", "file " + file, 9);
        }
        if (writeErrors.containsKey(path)) {
            throw failed("write", "file " + file, writeErrors.get(path));
        }
        final var command = new String(text, StandardCharsets.US_ASCII);
        if (path.endsWith("/cgroup.event_control")) {
            final var words = command.split(" ", 3);
            final var of = open.get(Integer.parseInt(words[1]));
            registered.add(new Registered(Integer.parseInt(words[0]), of, words[2]));
        }
        written.add(path + ": " + command);
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
        changed.remove(file);
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
    public synchronized boolean awaitAny(PollSet set, int timeoutMillis) {
        waits++;
        final long deadline = System.nanoTime() + Math.max(timeoutMillis * 1_000_000L, leastTimeoutNanos);
        waiting = true;
        listening = set.count() > 1;
        notifyAll();
        try {
            while (true) {
                if (waitError != 0) {
                    throw failed("poll", set.toString(), waitError);
                }
                if (listenError != 0 && set.count() > 1) {
                    throw failed("poll", set.toString(), listenError);
                }
                if (noteReady(set)) {
                    return true;
                }
                final long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                wait(left / 1_000_000, (int) (left % 1_000_000));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            waiting = false;
            listening = false;
        }
    }

    private boolean noteReady(PollSet set) {
        boolean any = false;
        for (int i = 0; i < set.count(); i++) {
            final int file = set.file(i);
            if (!events.containsKey(file) && !open.containsKey(file)) {
                throw failed("poll", set.toString(), 9);
            }
            final boolean isReady = switch (set.interest(i)) {
                case READABLE -> events.getOrDefault(file, 1L) > 0;
                case URGENT -> changed.contains(file);
            };
            set.note(i, isReady);
            any |= isReady;
        }
        return any;
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
        changed.remove(file);
        registered.removeIf(r -> r.event == file);
        notifyAll();
    }

    private static OsException failed(String call, String arguments, int errno) {
        final var name = switch (errno) {
            case ENOENT -> "ENOENT";
            case ESRCH -> "ESRCH";
            case EIO -> "EIO";
            case EACCES -> "EACCES";
            case ENODEV -> "ENODEV";
            case EINVAL -> "EINVAL";
            case EROFS -> "EROFS";
            case EMFILE -> "EMFILE";
            default -> "errno";
        };
        return new OsException(call, arguments, errno, name);
    }
}
