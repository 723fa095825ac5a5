package io.offheap.memory.pressure;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.OsException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// One open descriptor that is used again and again: one `pread` a look instead of open, read and close.
///
/// A descriptor that is closed while another thread uses it could be anybody's file by then. So each use is
/// counted, without a lock, and the last one out closes: the owner, or a use that was under way when the owner closed.
///
/// ## Concurrency
/// Thread-safe.
final class KeptFile {

    private static final Set<Integer> GONE = Set.of(
            Errno.ENOENT.number(), Errno.ENOTDIR.number(), Errno.ESRCH.number(), Errno.ENODEV.number());

    private final SystemFiles files;
    private final int descriptor;
    private final String path;

    /// Uses under way, and one for the owner until it closes. At 0 the descriptor is closed, for good.
    private final AtomicInteger uses = new AtomicInteger(1);
    private final AtomicBoolean closed = new AtomicBoolean();

    private KeptFile(SystemFiles files, int descriptor, String path) {
        this.files = files;
        this.descriptor = descriptor;
        this.path = path;
    }

    /// @throws OsException if it cannot be opened
    static KeptFile open(SystemFiles files, String path) {
        return new KeptFile(files, files.openForReading(path), path);
    }

    /// Opens a file that answers what was written to the same descriptor, and writes.
    ///
    /// @throws OsException if it cannot be opened or refuses the text; nothing is open then
    static KeptFile openWith(SystemFiles files, String path, String text) {
        final var file = new KeptFile(files, files.openForUpdating(path), path);
        try {
            files.write(file.descriptor, text.getBytes(StandardCharsets.US_ASCII));
            return file;
        } catch (OsException e) {
            file.close();
            throw e;
        }
    }

    /// {@return a new event counter at 0}
    ///
    /// @throws OsException if there is none to be had
    static KeptFile ofEvent(SystemFiles files) {
        return new KeptFile(files, files.createEvent(), "event");
    }

    String path() {
        return path;
    }

    /// {@return the descriptor} For who has entered, or owns the file and has not closed it.
    int descriptor() {
        return descriptor;
    }

    /// Begins a use, during which the descriptor stays open.
    ///
    /// @return false if it is closed; there is nothing to [#leave] then
    boolean enter() {
        for (int now = uses.get(); now > 0 && !closed.get(); now = uses.get()) {
            if (uses.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    /// Ends a use.
    void leave() {
        if (uses.decrementAndGet() == 0) {
            closeDescriptor();
        }
    }

    /// Reads what the file says now.
    ///
    /// @throws OsException if it cannot be read, EBADF if it is closed; the text is empty then
    void look(Text into) {
        if (!enter()) {
            into.clear();
            throw Errno.EBADF.of("pread", path + ", closed");
        }
        try {
            into.load(files, descriptor);
        } finally {
            leave();
        }
    }

    /// Adds 1 to an event counter. Does nothing if it is closed.
    ///
    /// @throws OsException if that fails
    void signal() {
        if (enter()) {
            try {
                files.signal(descriptor);
            } finally {
                leave();
            }
        }
    }

    /// Sets an event counter back to 0. Does nothing if it is closed.
    ///
    /// @throws OsException if that fails
    void drain() {
        if (enter()) {
            try {
                files.drain(descriptor);
            } finally {
                leave();
            }
        }
    }

    /// Closes as soon as no use is under way; no use begins any more. Idempotent.
    void close() {
        if (!closed.getAndSet(true)) {
            leave();
        }
    }

    /// A `close` that fails has closed the descriptor nevertheless (close(2)), and there was nothing to write.
    private void closeDescriptor() {
        try {
            files.close(descriptor);
        } catch (OsException _) {
            // closed: see above
        }
    }

    /// {@return whether a call failed because what it asks about is not there}: no such file; a process that has
    /// ended (ESRCH); a cgroup that was removed while its files were open (ENODEV).
    static boolean isGone(OsException failure) {
        return GONE.contains(failure.errno());
    }
}
