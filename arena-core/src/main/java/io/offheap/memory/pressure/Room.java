package io.offheap.memory.pressure;

/// What is left below one limit, and so how much growth passes before it is worth another look.
///
/// Pure.
///
/// @param bytes        left without the reserve; negative if some of that is used already
/// @param reserveBytes what is kept free below the limit
record Room(long bytes, long reserveBytes) {

    /// Growth that passes without a new look, at most.
    static final long LONGEST_CREDIT = 64L << 20;

    /// Growth that passes without a new look, at least: a part of the reserve, so that the reserve still means something,
    /// within bounds.
    static final int SHORTEST_FRACTION = 4;
    static final long SHORTEST_CREDIT = 256L << 10;
    static final long SHORTEST_CREDIT_AT_MOST = 16L << 20;

    /// The part of what is left that may pass.
    private static final int CREDIT_FRACTION = 4;

    long shortestCredit() {
        return Math.clamp(reserveBytes / SHORTEST_FRACTION, SHORTEST_CREDIT, SHORTEST_CREDIT_AT_MOST);
    }

    /// {@return growth that passes without a new look}
    ///
    /// @param untouchedBytes what was handed out, and may be touched without any growth
    long credit(long untouchedBytes) {
        return Math.clamp((bytes - untouchedBytes) / CREDIT_FRACTION, shortestCredit(), LONGEST_CREDIT);
    }
}
