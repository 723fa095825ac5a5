package io.offheap.allocator;

import io.offheap.allocator.shard.FreedRuns;
import io.offheap.memory.pressure.Reserve;
import io.offheap.memory.types.PressureSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What an allocator is built with, checked.
///
/// @param name            shows in statistics and messages
/// @param softLimit       bytes above which growth purges first, `Long.MAX_VALUE` for none
/// @param hardLimit       bytes that are never exceeded, `Long.MAX_VALUE` for none
/// @param reserve         what is kept free below external limits
/// @param decayNanos      how long unused memory may stay, 0 for not at all, -1 for ever
/// @param shards          how many
/// @param freedRuns       what becomes of freed page runs
/// @param checks          whether frees are checked
/// @param hugePages       whether large blocks are of huge pages
/// @param sources         external limits, empty for those that are detected
/// @param managementBeans whether they are registered
/// @param directLimit     bytes that direct buffers and automatic arenas may hold
/// @param explicitGc      whether `System.gc()` may be called when those stand in the way
/// @param zeroOnFree      whether freed blocks are overwritten
record AllocatorOptions(
        String name,
        long softLimit,
        long hardLimit,
        Reserve reserve,
        long decayNanos,
        int shards,
        FreedRuns freedRuns,
        Checks checks,
        HugePages hugePages,
        Optional<List<PressureSource>> sources,
        boolean managementBeans,
        long directLimit,
        boolean explicitGc,
        boolean zeroOnFree) {

    static final long NO_LIMIT = Long.MAX_VALUE;

    /// As jemalloc's: memory that was unused for so long is not needed by what the program does now.
    static final Duration DEFAULT_DECAY = Duration.ofSeconds(10);

    /// A longer period cannot be counted in nanoseconds.
    static final Duration LONGEST_DECAY = Duration.ofDays(365);

    static final int MOST_SHARDS = 1024;

    /// @throws IllegalArgumentException if a limit is below one page, or the soft one above the hard one
    void checkLimits(long pageSize) {
        if (hardLimit < pageSize || softLimit < pageSize) {
            throw new IllegalArgumentException("a limit must be at least one page of %d bytes: hardLimit=%s, softLimit=%s"
                    .formatted(pageSize, limitText(hardLimit), limitText(softLimit)));
        }
        if (softLimit != NO_LIMIT && softLimit > hardLimit) {
            throw new IllegalArgumentException("softLimit=%d is above hardLimit=%d".formatted(softLimit, hardLimit));
        }
    }

    static String limitText(long limit) {
        return limit == NO_LIMIT ? "none" : Long.toString(limit);
    }

    /// {@return a decay period in nanoseconds, -1 for never}
    ///
    /// @throws IllegalArgumentException if it is negative and not -1 (of nanoseconds, milliseconds or
    ///                                  seconds), or too long
    static long decayNanos(Duration decay) {
        if (decay.equals(Duration.ofNanos(-1)) || decay.equals(Duration.ofMillis(-1))
                || decay.equals(Duration.ofSeconds(-1))) {
            return -1;
        }
        if (decay.isNegative() || decay.compareTo(LONGEST_DECAY) > 0) {
            throw new IllegalArgumentException(
                    "decay=" + decay + ": not negative, except for -1 which means never, and at most " + LONGEST_DECAY);
        }
        return decay.toNanos();
    }
}
