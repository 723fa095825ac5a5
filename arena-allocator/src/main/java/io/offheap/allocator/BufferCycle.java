package io.offheap.allocator;

import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;

/// For how many bytes of dropped blocks the collector is to run: how large the cycle of blocks is in which each is dropped, found and used again.
///
/// With a large cycle much memory is made resident, once; with a small one each block pays for a larger part of a collection. What either
/// costs is measured, and nobody knows for how long the program will go on. So for each collection the cycle grows by as much
/// as costs the same. Then, whatever the program does, this costs about twice what it would have cost to know. (Who may rent skis or buy
/// them; Karlin, Manasse, Rudolph, Sleator: Competitive snoopy caching, 1988.)
///
/// Where a collection has not found half of what it might have, the program keeps its blocks, or the young generation is too large to fill: the next is
/// for twice as much, without bound.
///
/// Pure: it asks neither clock nor collector. Read by any thread; written by whoever has the collector run, one at a time.
final class BufferCycle {

    /// Bytes for each nanosecond that a collection takes, at most: more of them would make nothing cheaper (docs/performance-history.md).
    private static final long MOST_BYTES_PER_NANO = 20;

    /// As the bound, however short a collection is.
    static final long LEAST_BOUND = 32 << 20;

    /// Nanoseconds that a collection is taken for at first: to fill a young generation, by and large.
    static final long FIRST_COST = TimeUnit.MILLISECONDS.toNanos(4);

    /// What it seems to take rises by one part in so many at a time.
    private static final int COST_RISE_PART = 16;

    private final LongUnaryOperator bytesIn;

    /// Bytes for which the last collection was had, or more where it has found little.
    private volatile long bytes;

    /// Nanoseconds that a collection seems to take: down to what one has taken at once, and up by steps, since one that is disturbed
    /// takes longer, and so does the first, which makes the young generation resident.
    private volatile long cost = FIRST_COST;

    /// @param bytesIn tells how many bytes become resident in so many nanoseconds ([PageCost])
    BufferCycle(LongUnaryOperator bytesIn) {
        this.bytesIn = bytesIn;
    }

    /// {@return for how many bytes the next collection is to be}
    ///
    /// @param factor how many times as large as otherwise the cycle may become
    long next(int factor) {
        return Math.max(bytes, Math.min(most(factor), bytes + bytesIn.applyAsLong(cost)));
    }

    private long most(int factor) {
        return factor * Math.max(LEAST_BOUND, cost * MOST_BYTES_PER_NANO);
    }

    /// Notes a collection.
    ///
    /// @param asked for how many bytes it was had: what [#next] has answered
    /// @param found bytes
    /// @param nanos that it took
    /// @return whether it has found enough
    boolean had(long asked, int factor, long found, long nanos) {
        final boolean isFruitful = found >= asked / 2;
        cost = Math.min(nanos, cost + cost / COST_RISE_PART);
        bytes = isFruitful ? Math.min(asked, most(factor)) : 2 * asked;
        return isFruitful;
    }
}
