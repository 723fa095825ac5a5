package io.offheap.memory.source;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.AlignedMath;

/// How address space is asked for that is wanted ahead, where there may be little of it (`ulimit -v`, strict overcommit): less and less,
/// until it is granted.
///
/// What is granted after a refusal leaves as much for others: before each further attempt twice the size is reserved and
/// released again. Without that the first who asks would have all but a rest of chance, and the Java virtual machine,
/// which ends when it is refused, needs some of it too. Only the least is taken even if nothing is left.
public final class Reservations {

    private Reservations() {}

    /// Reserves something of one size.
    ///
    /// @param <T> what it is
    @FunctionalInterface
    public interface Attempt<T> {
        /// @param size bytes
        /// @throws OsException if it is refused; nothing is left of it then
        T reserve(long size);
    }

    /// {@return what the first attempt made that succeeds} Halves the size as long as there is no address space. A few microseconds
    /// a system call, two or three of them a size.
    ///
    /// @param os      whose address space it is
    /// @param wanted  bytes of the first attempt
    /// @param needed  bytes of the last attempt, at most `wanted`
    /// @param unit    what all sizes are rounded to, a power of two
    /// @param attempt makes it
    /// @throws OutOfMemoryError if the last attempt is refused for want of address space
    /// @throws OsException      if an attempt is refused for another reason
    public static <T> T halving(SystemMemory os, long wanted, long needed, long unit, Attempt<T> attempt) {
        final long least = AlignedMath.alignUp(needed, unit);
        final long most = AlignedMath.alignUp(wanted, unit);
        for (long size = most; ; size = Math.max(least, AlignedMath.alignUp(size / 2, unit))) {
            try {
                if (least < size && size < most) {
                    os.release(os.reserve(2 * size), 2 * size);
                }
                return attempt.reserve(size);
            } catch (OsException e) {
                if (!Errno.isOutOfMemory(e)) {
                    throw e;
                }
                if (size <= least) {
                    throw outOfAddresses(e, needed);
                }
            }
        }
    }

    /// {@return the error of who needs so much address space and is refused}
    static OutOfMemoryError outOfAddresses(OsException cause, long neededBytes) {
        final var error = new OutOfMemoryError("no address space for " + neededBytes + " bytes: " + cause.getMessage());
        error.initCause(cause);
        return error;
    }
}
