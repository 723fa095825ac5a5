package io.offheap.memory.types;

/// One look at one limit: how much may be used and how much is used, by everybody who counts against it.
///
/// @param limitBytes the most that may be used; positive. [#UNLIMITED] means that nothing is limited
/// @param usageBytes what is used now, without what the kernel can reclaim by itself; not negative,
///                   and above the limit while an overdraft is being worked off
public record MemoryReading(long limitBytes, long usageBytes) {

    /// A limit that is none.
    public static final long UNLIMITED = Long.MAX_VALUE;

    /// @throws IllegalArgumentException if the limit is not positive or the usage is negative
    public MemoryReading {
        if (limitBytes <= 0 || usageBytes < 0) {
            throw new IllegalArgumentException("limitBytes=" + limitBytes + ", usageBytes=" + usageBytes);
        }
    }

    /// {@return what is left below the limit, in bytes: negative when it is exceeded}
    public long headroomBytes() {
        return limitBytes - usageBytes;
    }

    /// {@return the used share of the limit: 0 when nothing is limited, above 1 when the limit is exceeded}
    public double usedShare() {
        return limitBytes == UNLIMITED ? 0 : (double) usageBytes / limitBytes;
    }
}
