package io.offheap.memory.types;

/// A system call failed. [#errno] decides what a program may do; the message is for the human.
public final class OsException extends OffHeapException {
    private static final long serialVersionUID = 1L;

    /// The name of the call, for example `mmap`.
    private final String call;

    /// What the call was given, as text, for example `0x7f0000000000, 4096 bytes`.
    private final String arguments;

    private final int errno;

    /// @param call      name of the system call, for example `madvise`
    /// @param arguments what it was given, as text
    /// @param errno     the Linux error number
    /// @param errnoName its name, for example `ENOMEM`
    public OsException(String call, String arguments, int errno, String errnoName) {
        super("%s(%s) failed: %s (%d)".formatted(call, arguments, errnoName, errno));
        this.call = call;
        this.arguments = arguments;
        this.errno = errno;
    }

    /// {@return the name of the system call, for example `madvise`}
    public String call() {
        return call;
    }

    /// {@return what the call was given, as text}
    public String arguments() {
        return arguments;
    }

    /// {@return the Linux error number, for example 12 for ENOMEM}
    public int errno() {
        return errno;
    }
}
