package io.offheap.memory.os;

import static io.offheap.memory.os.Downcall.bindVariadic;
import static io.offheap.memory.os.Downcall.failed;
import static io.offheap.memory.os.Downcall.newState;
import static io.offheap.memory.os.Downcall.rethrow;
import static io.offheap.memory.os.Errno.range;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Ranges of private memory in which a touch of a page that has no memory is a SIGBUS (`userfaultfd`, `UFFD_FEATURE_SIGBUS`).
///
/// The JVM turns it into an `InternalError` where Java code reads or writes through `MemorySegment` or `ByteBuffer`: at the access in
/// interpreted code, at a later safepoint in compiled code, which goes on with any value until then. It does not survive one in native
/// code, nor in a compare-and-set of interpreted code. A debugging aid, therefore, and no way to learn of lost pages.
///
/// ## Concurrency
/// Thread-safe but for [#close].
public final class PageTraps implements AutoCloseable {

    // linux/userfaultfd.h; ioctl numbers as asm-generic/ioctl.h packs them: direction, size of the argument, 0xaa, number.
    private static final long UFFD_USER_MODE_ONLY = 1;                  // Linux 5.11: needs no privilege
    private static final long O_CLOEXEC = 0x80000;
    private static final long UFFD_API = 0xaa;
    private static final long UFFD_FEATURE_SIGBUS = 1 << 7;             // Linux 4.14
    private static final long UFFDIO_REGISTER_MODE_MISSING = 1;
    private static final long UFFDIO_API = 0xc018aa3fL;                 // struct { u64 api, features, ioctls; }
    private static final long UFFDIO_REGISTER = 0xc020aa00L;            // struct { u64 start, length, mode, ioctls; }
    private static final long UFFDIO_UNREGISTER = 0x8010aa01L;          // struct { u64 start, length; }

    /// `userfaultfd(flags)`.
    private static final MethodHandle SYSCALL_1 = bindVariadic("syscall", FunctionDescriptor.of(
            JAVA_LONG, JAVA_LONG, JAVA_LONG), 1);
    private static final MethodHandle IOCTL = bindVariadic("ioctl", FunctionDescriptor.of(
            JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);

    private final int file;

    private PageTraps(int file) {
        this.file = file;
    }

    /// {@return traps with no range in them}
    ///
    /// @throws io.offheap.memory.types.OsException if the kernel does not have them, or does not let this process use them
    /// @throws UnsupportedOperationException       if this is not a supported platform
    public static PageTraps open() {
        final var traps = new PageTraps(userfaultfd(Platform.current().userfaultfd()));
        boolean done = false;
        try {
            traps.ioctl(UFFDIO_API, "UFFDIO_API, UFFD_FEATURE_SIGBUS", UFFD_API, UFFD_FEATURE_SIGBUS, 0);
            done = true;
            return traps;
        } finally {
            if (!done) {
                traps.close();
            }
        }
    }

    private static int userfaultfd(long number) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final long file = (long) SYSCALL_1.invokeExact(state, number, O_CLOEXEC | UFFD_USER_MODE_ONLY);
            if (file < 0) {
                throw failed(state, "userfaultfd", "UFFD_USER_MODE_ONLY");
            }
            return (int) file;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /// Has touches of pages without memory trapped from now on.
    ///
    /// @param address page-aligned
    /// @param size    bytes, a positive multiple of the page size, of private anonymous memory
    public void set(long address, long size) {
        ioctl(UFFDIO_REGISTER, "UFFDIO_REGISTER, " + range(address, size),
                address, size, UFFDIO_REGISTER_MODE_MISSING, 0);
    }

    /// Has nothing trapped there from now on, whether or not it was.
    ///
    /// @param address page-aligned
    /// @param size    bytes, a positive multiple of the page size, of private anonymous memory
    public void clear(long address, long size) {
        ioctl(UFFDIO_UNREGISTER, "UFFDIO_UNREGISTER, " + range(address, size), address, size);
    }

    private void ioctl(long request, String arguments, long... words) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final MemorySegment argument = scratch.allocateFrom(JAVA_LONG, words);
            if ((int) IOCTL.invokeExact(state, file, request, argument) != 0) {
                throw failed(state, "ioctl", "file " + file + ", " + arguments);
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /// Has nothing trapped any more. Once.
    @Override
    public void close() {
        Downcall.close(file);
    }
}
