package io.offheap.memory.os;

import static io.offheap.memory.os.Downcall.bind;
import static io.offheap.memory.os.Downcall.bindVariadic;
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

/// [SystemFiles] on 64-bit Linux: one method for each system call.
///
/// ## Concurrency
/// Without state.
public final class LinuxFiles implements SystemFiles {

    // asm-generic/fcntl.h, linux/eventfd.h: of the O_* values AArch64 has some of its own, but not these.
    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = O_CLOEXEC;

    // asm-generic/poll.h: struct pollfd { int fd; short events; short revents; }
    private static final long POLLFD_BYTES = 8;
    private static final long POLLFD_EVENTS = 4;
    private static final long POLLFD_REVENTS = 6;
    private static final short POLLIN = 0x01;
    private static final short POLLNVAL = 0x20;

    private static final MethodHandle OPEN = bindVariadic("open", FunctionDescriptor.of(
            JAVA_INT, ADDRESS, JAVA_INT), 2);
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
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final int file = (int) OPEN.invokeExact(state, scratch.allocateFrom(path), O_RDONLY | O_CLOEXEC);
            if (file < 0) {
                throw failed(state, "open", path);
            }
            return file;
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
    public boolean awaitReadable(int file, int timeoutMillis) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final var entry = scratch.allocate(POLLFD_BYTES, JAVA_INT.byteAlignment());
            entry.set(JAVA_INT, 0, file);
            entry.set(JAVA_SHORT, POLLFD_EVENTS, POLLIN);
            final String arguments = "file " + file + ", " + timeoutMillis + " ms";
            if ((int) POLL.invokeExact(state, entry, 1L, timeoutMillis) < 0) {
                final var failure = failed(state, "poll", arguments);
                if (!Errno.EINTR.isReasonOf(failure)) {
                    throw failure;
                }
                return false;
            }
            final short happened = entry.get(JAVA_SHORT, POLLFD_REVENTS);
            if ((happened & POLLNVAL) != 0) {
                throw Errno.EBADF.of("poll", arguments);                // poll(2) says it in a flag, not in errno
            }
            return (happened & POLLIN) != 0;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    @Override
    public void close(int file) {
        Downcall.close(file);
    }
}
