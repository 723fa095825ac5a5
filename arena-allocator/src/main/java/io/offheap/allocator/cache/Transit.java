package io.offheap.allocator.cache;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// Whether free slots are on their way between slabs and caches, where a look at both does not find them.
///
/// Whoever moves a batch says so before the first slot leaves and after the last has arrived, which costs two
/// uncontended additions. Whoever looks asks for a quiet moment before, and whether it has lasted after: then the look
/// has missed nothing.
///
/// Any thread.
final class Transit {

    /// What [#quiet] answers when something is on its way.
    static final long NOT_QUIET = -1;

    private final LongAdder begun = new LongAdder();
    private final LongAdder ended = new LongAdder();

    /// What ended when the adder had no Java heap for a further cell.
    private final AtomicLong endedBeside = new AtomicLong();

    void begin() {
        begun.increment();
    }

    /// Never fails.
    void end() {
        try {
            ended.increment();
        } catch (OutOfMemoryError e) {
            endedBeside.getAndIncrement();
        }
    }

    /// {@return a moment at which nothing was on its way, or [#NOT_QUIET]}
    ///
    /// Sums of adders are not of one moment, but never too high at their end nor too low at their beginning. So if what
    /// has ended, read first, is as much as what has begun, read afterwards, it was so between the two.
    long quiet() {
        final long before = ended.sum() + endedBeside.get();
        return begun.sum() == before ? before : NOT_QUIET;
    }

    /// {@return whether nothing has begun since a quiet moment}
    boolean isQuietSince(long moment) {
        return begun.sum() == moment;
    }
}
