package io.offheap.memory.pressure;

/// How many committed bytes have no memory behind them yet, at most.
///
/// Committed memory that nobody touched is in no usage that the kernel counts, and will be. How much that is can be
/// asked exactly, page by page, which costs in proportion to all memory. So the exact answer is remembered, and all
/// growth since counts as untouched. Memory that was touched meanwhile is counted twice for that long, here and by the
/// kernel, so the bound errs towards purging more.
///
/// The exact answer is worth its price again after growth of an eighth of what is committed: at 1.0 ns a page asked
/// and 250 ns or more a page touched, asking is then 3 % of growth on the fastest machine and less than 1 % where a
/// fault costs a microsecond (docs/performance.md); and it is only asked when the bound says that room is missing.
///
/// ## Concurrency
/// Thread-safe; of two threads that ask at once the last one counts.
final class UntouchedBound {

    private static final int GROWTH_FRACTION = 8;

    /// @param untouchedBytes exact, when so many bytes had been acquired in all
    private record Exact(long untouchedBytes, long grownBytes) {}

    private volatile Exact last = new Exact(0, 0);

    /// {@return the bound}
    ///
    /// @param committed bytes, now
    /// @param grown     bytes that were acquired since the start, now
    long bytes(long committed, long grown) {
        final var exact = last;
        return Math.clamp(exact.untouchedBytes + (grown - exact.grownBytes), 0, Math.max(0, committed));
    }

    /// {@return whether there was enough growth since the last exact answer to ask again}
    ///
    /// @param leastGrowth growth that is never worth it
    boolean isWorthAsking(long committed, long grown, long leastGrowth) {
        return grown - last.grownBytes >= Math.max(leastGrowth, committed / GROWTH_FRACTION);
    }

    /// Takes in an exact answer.
    void asked(long committed, long resident, long grown) {
        last = new Exact(Math.max(0, committed - resident), grown);
    }
}
