package io.offheap.memory.os;

import io.offheap.memory.types.OsException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// [SystemFiles] by means of the JDK alone: files are read, events are a condition, descriptors are numbers of our own.
///
/// Files that take commands or report events are the kernel's business, and a number that means nothing to it must never
/// be written to one: opening for writing is ENOSYS. A file that is waited for never has anything to say.
///
/// ## Concurrency
/// Thread-safe; reads of one file take turns.
final class PortableFiles implements SystemFiles {

    private static final int FIRST_DESCRIPTOR = 1 << 20;

    private final AtomicInteger next = new AtomicInteger(FIRST_DESCRIPTOR);
    private final Map<Integer, RandomAccessFile> files = new ConcurrentHashMap<>();

    /// Whether an event counter is above 0. Changed under the lock.
    private final Map<Integer, Boolean> events = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition signalled = lock.newCondition();

    @Override
    public int openForReading(String path) {
        try {
            final var file = new RandomAccessFile(path, "r");           // a channel would close when its reader is interrupted
            final int descriptor = next.getAndIncrement();
            files.put(descriptor, file);
            return descriptor;
        } catch (FileNotFoundException e) {
            throw because(e, (Files.exists(Path.of(path)) ? Errno.EACCES : Errno.ENOENT).of("open", path));
        }
    }

    @Override
    public int openForWriting(String path) {
        throw Errno.ENOSYS.of("open", path + ", for writing");
    }

    @Override
    public int openForUpdating(String path) {
        throw Errno.ENOSYS.of("open", path + ", for updating");
    }

    @Override
    public void write(int file, byte[] text) {
        throw Errno.EBADF.of("write", "file " + file);
    }

    @Override
    public int read(int file, byte[] buffer, long offset) {
        final var opened = files.get(file);
        if (opened == null) {
            throw Errno.EBADF.of("read", "file " + file);
        }
        synchronized (opened) {
            try {
                opened.seek(offset);
                return Math.max(0, opened.read(buffer));                // -1 at the end
            } catch (IOException e) {
                throw because(e, Errno.EIO.of("read", "file " + file + ", from " + offset));
            }
        }
    }

    @Override
    public int createEvent() {
        final int event = next.getAndIncrement();
        events.put(event, false);
        return event;
    }

    @Override
    public void signal(int event) {
        lock.lock();
        try {
            set(event, true);
            signalled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void drain(int event) {
        lock.lock();
        try {
            set(event, false);
        } finally {
            lock.unlock();
        }
    }

    private void set(int event, boolean above) {
        if (events.replace(event, above) == null) {
            throw Errno.EBADF.of("event", "event " + event);
        }
    }

    /// {@inheritDoc} An interrupt stays set and does not end the wait, as it does not end that of the kernel.
    @Override
    public boolean awaitAny(PollSet set, int timeoutMillis) {
        final long deadline = System.nanoTime()
                + (timeoutMillis < 0 ? Long.MAX_VALUE : TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
        boolean interrupted = false;
        lock.lock();
        try {
            boolean any = look(set);
            for (long left = deadline - System.nanoTime(); !any && left > 0; left = deadline - System.nanoTime()) {
                interrupted |= isInterruptedIn(left);
                any = look(set);
            }
            return any;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean isInterruptedIn(long nanos) {
        try {
            signalled.awaitNanos(nanos);
            return false;
        } catch (InterruptedException _) {
            return true;
        }
    }

    private boolean look(PollSet set) {
        boolean any = false;
        for (int i = 0; i < set.count(); i++) {
            final Boolean event = events.get(set.file(i));
            if (event == null && !files.containsKey(set.file(i))) {
                throw Errno.EBADF.of("poll", set.toString());
            }
            final boolean ready = event != null && event && set.interest(i) == PollSet.Interest.READABLE;
            set.note(i, ready);
            any |= ready;
        }
        return any;
    }

    @Override
    public void close(int file) {
        final var opened = files.remove(file);
        if (opened == null && events.remove(file) == null) {
            throw Errno.EBADF.of("close", "file " + file);
        }
        if (opened != null) {
            try {
                opened.close();
            } catch (IOException e) {
                throw because(e, Errno.EIO.of("close", "file " + file));
            }
        }
    }

    private static OsException because(IOException cause, OsException failure) {
        failure.initCause(cause);
        return failure;
    }
}
