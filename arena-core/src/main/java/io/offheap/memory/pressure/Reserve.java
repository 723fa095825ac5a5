package io.offheap.memory.pressure;

/// How much room is kept free below an external limit: growth that would use it purges first. It is what others that
/// count against the limit, the rest of this process among them, may take between two looks.
///
/// Pure.
public final class Reserve {

    /// `max(32 MiB, 5 %)`, at most a quarter of the limit. A thread that touches fresh pages fills 32 MiB in 10 to 40 ms.
    /// A purge gives more than that back in the same time (docs/performance.md).
    public static final Reserve DEFAULT = new Reserve(-1);

    private static final long DEFAULT_BYTES = 32L << 20;
    private static final int DEFAULT_FRACTION = 20;

    /// At most this part of a limit by default, and at most [#LARGEST_FRACTION] whatever was asked for: a limit that is
    /// set while running may be small.
    private static final int LARGEST_DEFAULT_FRACTION = 4;
    private static final int LARGEST_FRACTION = 2;

    /// -1 for the default.
    private final long bytes;

    private Reserve(long bytes) {
        this.bytes = bytes;
    }

    /// {@return a fixed reserve, at most half of a limit}
    ///
    /// @param bytes 0 or more
    /// @throws IllegalArgumentException if it is negative
    public static Reserve of(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("reserve=" + bytes + " is negative");
        }
        return new Reserve(bytes);
    }

    /// {@return bytes to keep free below a limit}
    ///
    /// @param limitBytes positive
    long below(long limitBytes) {
        return bytes >= 0
                ? Math.min(bytes, limitBytes / LARGEST_FRACTION)
                : Math.min(Math.max(DEFAULT_BYTES, limitBytes / DEFAULT_FRACTION), limitBytes / LARGEST_DEFAULT_FRACTION);
    }
}
