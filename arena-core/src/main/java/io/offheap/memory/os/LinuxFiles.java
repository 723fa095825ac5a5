package io.offheap.memory.os;

import static io.offheap.memory.os.Downcall.bind;
import static io.offheap.memory.os.Downcall.failed;
import static io.offheap.memory.os.Downcall.newState;
import static io.offheap.memory.os.Downcall.rethrow;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/// [SystemFiles] on 64-bit Linux: one method for each system call.
///
/// ## Concurrency
/// Without state.
public final class LinuxFiles implements SystemFiles {

    // asm-generic/fcntl.h, linux/eventfd.h: of the O_* values AArch64 has some of its own, but not these.
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_RDWR = 2;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    // asm-generic/poll.h: struct pollfd { int fd; short events; short revents; }
    private static final long POLLFD_BYTES = 8;
    private static final long POLLFD_EVENTS = 4;
    private static final long POLLFD_REVENTS = 6;
    private static final short POLLIN = 0x01;
    private static final short POLLPRI = 0x02;
    private static final short POLLNVAL = 0x20;

    private static final MethodHandle PREAD = bind("pread", FunctionDescriptor.of(
            JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle EVENTFD = bind("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle WRITE = bind("write", FunctionDescriptor.of(
            JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle READ = bind("read", FunctionDescriptor.of(
            JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle POLL = bind("poll", FunctionDescriptor.of(
            JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    /// Use [Platform#files].
    LinuxFiles() {}

    @Override
    public int openForReading(String path) {
        return Downcall.open(path, O_RDONLY);
    }

    @Override
    public int openForWriting(String path) {
        return Downcall.open(path, O_WRONLY);
    }

    @Override
    public int openForUpdating(String path) {
        return Downcall.open(path, O_RDWR);
    }

    @Override
    public void write(int file, byte[] text) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var bytes = scratch.allocateFrom(JAVA_BYTE, text);
            final long count = (long) WRITE.invokeExact(state, file, bytes, bytes.byteSize());
            final String arguments = "file %d, %s".formatted(file, new String(text, StandardCharsets.UTF_8));
            if (count < 0) {
                throw failed(state, "write", arguments);
            }
            if (count < text.length) {
                throw Errno.EIO.of("write", arguments);
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public int read(int file, byte[] buffer, long offset) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var bytes = scratch.allocate(buffer.length);
            final long count = (long) PREAD.invokeExact(state, file, bytes, (long) buffer.length, offset);
            if (count < 0) {
                throw failed(state, "pread", "file %d, %d bytes, from 0x%x".formatted(file, buffer.length, offset));
            }
            MemorySegment.copy(bytes, JAVA_BYTE, 0, buffer, 0, (int) count);
            return (int) count;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public int createEvent() {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final int event = (int) EVENTFD.invokeExact(state, 0, EFD_NONBLOCK | EFD_CLOEXEC);
            if (event < 0) {
                throw failed(state, "eventfd", "0, NONBLOCK | CLOEXEC");
            }
            return event;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public void signal(int event) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var one = scratch.allocateFrom(JAVA_LONG, 1);
            if ((long) WRITE.invokeExact(state, event, one, one.byteSize()) < 0) {
                throw failed(state, "write", "event " + event);
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public void drain(int event) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var counter = scratch.allocate(JAVA_LONG);
            if ((long) READ.invokeExact(state, event, counter, counter.byteSize()) < 0) {
                final var failure = failed(state, "read", "event " + event);
                if (!Errno.EAGAIN.isReasonOf(failure)) {                // EAGAIN: it is 0 already
                    throw failure;
                }
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public boolean awaitAny(PollSet set, int timeoutMillis) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var entries = scratch.allocate(Math.max(1, set.count()) * POLLFD_BYTES, JAVA_INT.byteAlignment());
            for (int i = 0; i < set.count(); i++) {
                set.note(i, false);
                entries.set(JAVA_INT, i * POLLFD_BYTES, set.file(i));
                entries.set(JAVA_SHORT, i * POLLFD_BYTES + POLLFD_EVENTS, flagOf(set.interest(i)));
            }
            final int found = (int) POLL.invokeExact(state, entries, (long) set.count(), timeoutMillis);
            if (found < 0) {
                final var failure = failed(state, "poll", argumentsOf(set, timeoutMillis));
                if (!Errno.EINTR.isReasonOf(failure)) {
                    throw failure;
                }
                return false;
            }
            for (int i = 0; found > 0 && i < set.count(); i++) {
                final short happened = entries.get(JAVA_SHORT, i * POLLFD_BYTES + POLLFD_REVENTS);
                if ((happened & POLLNVAL) != 0) {                       // poll(2) says it in a flag, not in errno
                    throw Errno.EBADF.of("poll", argumentsOf(set, timeoutMillis));
                }
                set.note(i, (happened & flagOf(set.interest(i))) != 0);
            }
            return found > 0;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    private static short flagOf(PollSet.Interest interest) {
        return switch (interest) {
            case READABLE -> POLLIN;
            case URGENT -> POLLPRI;
        };
    }

    private static String argumentsOf(PollSet set, int timeoutMillis) {
        return set + ", " + timeoutMillis + " ms";
    }

    @Override
    public void close(int file) {
        Downcall.close(file);
    }
}
