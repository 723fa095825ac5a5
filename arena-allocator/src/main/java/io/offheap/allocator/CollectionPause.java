package io.offheap.allocator;

/// How long a shortage of memory lasts after one collection before it is worth another: a step while they help, and twice as long each time while
/// they do not.
///
/// So a program that needs all it has pays for few collections, each after twice as much growth, or time, as the one before.
///
/// Pure: it asks neither clock nor collector. Any thread may ask, and tell; where two tell at once, one of them counts.
final class CollectionPause {

    /// A collection has helped that has found one part in so many of what was in use.
    private static final int PART = 8;

    private static final long LONGEST = Long.MAX_VALUE / 4;

    private long begin;
    private volatile long length;       // 0 before the first; written last

    /// {@return whether the next collection is worth while} Costs two loads.
    ///
    /// @param position bytes grown, or nanoseconds: it goes on from one call to the next
    boolean isOver(long position) {
        final long least = length;
        return least == 0 || position - begin >= least;
    }

    /// Notes a collection: from now on there is a pause.
    ///
    /// @param position as of [#isOver]
    /// @param step     how long the pause is at least, positive
    /// @param used     bytes that were in use before, or waiting to be found
    /// @param found    of them
    void begin(long position, long step, long used, long found) {
        final boolean helped = found > 0 && found >= used / PART;
        begin = position;
        length = helped ? step : Math.max(step, Math.min(2 * length, LONGEST));
    }
}
