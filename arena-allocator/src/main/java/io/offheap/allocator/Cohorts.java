package io.offheap.allocator;

/// Whether small buffers are to share their end ([Cohort]): only where buffers are dropped, and hardly any is kept.
///
/// One member that is kept keeps the memory of the others, [#MOST_BYTES] if all are alike. So there are no cohorts before [#LEAST_CALM] sweeps in a row
/// have found all there were but a few, and none from the first sweep on that leaves more in use than was usual. What a kept member keeps of
/// the others is in use too, so it gives itself away. Whoever is caught by that with cohorts has to be calm for twice as long the next
/// time. So what is kept in vain is what is kept of the buffers of one cycle, now and then, times a cohort; a program that keeps one in a
/// hundred has no cohorts.
///
/// Pure: it looks at nothing but what sweeps tell. Read by any thread; told by any, one after the other or, harmlessly, at once.
final class Cohorts {

    /// Bytes of a cohort whose members are as large as the first one, at most. Others at neighbouring places may be nearly twice as large.
    static final int MOST_BYTES = 16 << 10;

    /// Capacity of a member, at most: beyond, zeroing memory that is in no cache is most of what a buffer costs.
    static final int LARGEST = 2 << 10;

    /// Sweeps that have to find hardly any more buffers in use, one after the other.
    static final int LEAST_CALM = 2;
    private static final int MOST_CALM = 1 << 20;

    /// A sweep that has found fewer says nothing.
    static final int LEAST_FOUND = 1 << 10;

    /// So many more may be in use than was usual, one part of those found: what threads have made since the collection.
    private static final int NEW_PART = 256;
    private static final int USUAL_FALLS_PART = 8;

    private long usual;                 // buffers in use after a sweep, at most
    private int calm;                   // sweeps since there were more
    private int needed = LEAST_CALM;
    private volatile boolean areWorthIt;

    /// {@return whether the next small buffers may share their end}
    boolean areWorthIt() {
        return areWorthIt;
    }

    /// {@return how many buffers of about this capacity may share one}
    static int size(int capacity) {
        return Math.min(Cohort.MOST, MOST_BYTES / Math.max(capacity, 1));
    }

    /// Notes a sweep.
    ///
    /// @param found buffers that it has taken out
    /// @param left  those that are in use after it, as far as it can tell
    void swept(long found, long left) {
        if (found < LEAST_FOUND) {
            return;
        }
        if (left > usual + found / NEW_PART) {
            needed = areWorthIt ? Math.min(2 * needed, MOST_CALM) : needed;
            usual = left;
            calm = 0;
        } else {
            usual -= Math.max(usual - left, 0) / USUAL_FALLS_PART;
            calm++;
        }
        areWorthIt = calm >= needed;
    }
}
