package io.offheap.allocator;

import io.offheap.allocator.debug.Debugging;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.memory.pressure.Reserve;
import io.offheap.memory.purge.Decay;
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
/// @param coreDumps       whether core dumps show its memory
/// @param debug           what the safety kit does
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
        boolean zeroOnFree,
        boolean coreDumps,
        Debugging debug) {

    static final long NO_LIMIT = Long.MAX_VALUE;

    /// As jemalloc's: memory that was unused for so long is not needed by what the program does now.
    static final Duration DEFAULT_DECAY = Decay.DEFAULT;

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
}
