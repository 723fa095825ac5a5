package io.offheap.memory.os;

import io.offheap.memory.types.OsException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The error numbers this library acts on or may meet (Linux, asm-generic/errno-base.h and errno.h: the
/// same on x86-64 and AArch64), and the questions that other packages ask instead of comparing numbers.
public enum Errno {
    /// Operation not permitted: a capability is missing, or a seccomp filter says no.
    EPERM(1),
    /// No such file or directory.
    ENOENT(2),
    /// No such process.
    ESRCH(3),
    /// A signal arrived before anything happened.
    EINTR(4),
    /// Input/output error.
    EIO(5),
    /// Not an open file descriptor.
    EBADF(9),
    /// Try again; for a non-blocking descriptor: nothing there yet.
    EAGAIN(11),
    /// No memory, no address space, too many mappings; for `madvise` also: not mapped.
    ENOMEM(12),
    /// Permission denied.
    EACCES(13),
    /// Bad address.
    EFAULT(14),
    /// Device or resource busy.
    EBUSY(16),
    /// No such device.
    ENODEV(19),
    /// Not a directory.
    ENOTDIR(20),
    /// Is a directory.
    EISDIR(21),
    /// Invalid argument; also how an older kernel answers a flag or an advice that it does not know.
    EINVAL(22),
    /// Too many open files in the system.
    ENFILE(23),
    /// Too many open files in the process.
    EMFILE(24),
    /// File too large.
    EFBIG(27),
    /// No space left on the device.
    ENOSPC(28),
    /// A file system that is mounted for reading alone, as control groups often are in containers.
    EROFS(30),
    /// This kernel does not have the call.
    ENOSYS(38),
    /// The file system or device does not have the operation.
    EOPNOTSUPP(95);

    private static final Map<Integer, Errno> BY_NUMBER =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Errno::number, Function.identity()));

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /// {@return the number the kernel uses}
    public int number() {
        return number;
    }

    /// {@return the exception of a call that failed with this error}
    ///
    /// @param call      name of the system call
    /// @param arguments what it was given, as text
    public OsException of(String call, String arguments) {
        return new OsException(call, arguments, number, name());
    }

    /// {@return the name of an error number, for example `ENOMEM`, or `errno N` for one that is not listed}
    public static String nameOf(int number) {
        final var known = BY_NUMBER.get(number);
        return known == null ? "errno " + number : known.name();
    }

    /// {@return whether there was no memory or address space to be had}
    public static boolean isOutOfMemory(OsException failure) {
        return failure.errno() == ENOMEM.number;
    }

    /// {@return whether a kernel, a file system or a container says that it does not do this at all} Asking
    /// again is then in vain. The answer to correct arguments only: wrong ones look the same.
    public static boolean isUnsupported(OsException failure) {
        final var known = BY_NUMBER.get(failure.errno());
        return switch (known) {
            case EPERM, EBADF, EINVAL, ENOSYS, EOPNOTSUPP -> true;
            case null, default -> false;
        };
    }

    /// {@return the text of a range among the arguments of a call}
    static String range(long address, long size) {
        return "0x%x, %d bytes".formatted(address, size);
    }

    boolean isReasonOf(OsException failure) {
        return failure.errno() == number;
    }
}
