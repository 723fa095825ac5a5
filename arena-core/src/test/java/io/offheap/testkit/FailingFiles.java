package io.offheap.testkit;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.PollSet;
import io.offheap.memory.os.SystemFiles;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/// A [SystemFiles] whose nth call fails. See [FailingMemory].
///
/// A failing call has no effect, but for `close`, which closes, as Linux does.
///
/// ## Concurrency
/// Thread-safe; with several threads it is not said whose call is the nth.
public final class FailingFiles implements SystemFiles {

    private final SystemFiles os;
    private final Failures failures;
    private final Set<Integer> open = new ConcurrentSkipListSet<>();

    /// @param os    what answers the other calls
    /// @param nth   the call to fail, from 1, of all that can fail; 0 for none
    /// @param errno what it fails with
    public FailingFiles(SystemFiles os, long nth, Errno errno) {
        this(os, new Failures(nth, errno));
    }

    private FailingFiles(SystemFiles os, Failures failures) {
        this.os = os;
        this.failures = failures;
    }

    /// A program that closes what it opened in every case and is deterministic.
    @FunctionalInterface
    public interface Program {
        /// Runs. May end normally, or throw the failure it met or [OutOfMemoryError].
        void run(SystemFiles os) throws Exception;
    }

    /// Runs a program once and counts its calls; then runs it again failing the 1st, 2nd, ... last call with
    /// each of ENOMEM, EAGAIN, EINVAL, EPERM and ENOSYS.
    ///
    /// @param os answers the calls that do not fail
    /// @throws AssertionError if a run leaves a descriptor open, throws anything but the failure itself or
    ///                        [OutOfMemoryError], or does not come to the call that was to fail
    public static FailureReport countThenFailEach(SystemFiles os, Program program) {
        return countThenFailEach(os, Failures.EACH_ERRNO, program);
    }

    /// Like [#countThenFailEach(SystemFiles, Program)] with errors of one's own choice.
    public static FailureReport countThenFailEach(SystemFiles os, List<Errno> errnos, Program program) {
        return Failures.countThenFailEach(errnos, failures -> {
            final var failing = new FailingFiles(os, failures);
            try {
                program.run(failing);
            } finally {
                failing.checkAllClosed();
            }
        });
    }

    /// Fails if a descriptor is open that came from here.
    ///
    /// @throws AssertionError that names what is open
    public void checkAllClosed() {
        if (!open.isEmpty()) {
            throw new AssertionError("not closed: " + open);
        }
    }

    /// {@return calls that can fail, so far, the failed one included}
    public long calls() {
        return failures.calls();
    }

    /// {@return which call has failed, as `call #n ERRNO`, or null if none has}
    public String failed() {
        return failures.failed();
    }

    @Override
    public int openForReading(String path) {
        failures.next("open", path);
        return opened(os.openForReading(path));
    }

    @Override
    public int openForWriting(String path) {
        failures.next("open", path);
        return opened(os.openForWriting(path));
    }

    @Override
    public int openForUpdating(String path) {
        failures.next("open", path);
        return opened(os.openForUpdating(path));
    }

    @Override
    public void write(int file, byte[] text) {
        failures.next("write", "file " + file);
        os.write(file, text);
    }

    @Override
    public int read(int file, byte[] buffer, long offset) {
        failures.next("pread", "file " + file + ", " + buffer.length + " bytes");
        return os.read(file, buffer, offset);
    }

    @Override
    public int createEvent() {
        failures.next("eventfd", "0");
        return opened(os.createEvent());
    }

    @Override
    public void signal(int event) {
        failures.next("write", "event " + event);
        os.signal(event);
    }

    @Override
    public void drain(int event) {
        failures.next("read", "event " + event);
        os.drain(event);
    }

    @Override
    public boolean awaitAny(PollSet set, int timeoutMillis) {
        failures.next("poll", set.toString());
        return os.awaitAny(set, timeoutMillis);
    }

    @Override
    public void close(int file) {
        final boolean fails = failures.isNext("close");
        os.close(file);
        open.remove(file);
        if (fails) {
            throw failures.failure("close", "file " + file);
        }
    }

    private int opened(int file) {
        open.add(file);
        return file;
    }
}
