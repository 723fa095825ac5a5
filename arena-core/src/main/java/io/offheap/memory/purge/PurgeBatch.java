package io.offheap.memory.purge;

import java.util.Arrays;

/// Runs that one purger has claimed and will give back together. Confined to that purger's thread.
public final class PurgeBatch {

    /// Runs in a full batch. One `process_madvise` of 64 ranges costs a third of 64 calls of `madvise`
    /// (docs/performance.md); a larger batch would keep its runs from their owners longer.
    public static final int CAPACITY = 64;

    final VolatileRun[] runs = new VolatileRun[CAPACITY];
    final long[] addresses = new long[CAPACITY];
    final long[] sizes = new long[CAPACITY];
    private int count;
    private long bytes;

    PurgeBatch() {}

    /// Adds a run that the caller has claimed for this batch.
    public void add(VolatileRun run) {
        assert run.state() == VolatileRun.State.PURGING : run;
        runs[count] = run;
        addresses[count] = run.address();
        sizes[count] = run.size();
        bytes += run.size();
        count++;
    }

    /// {@return whether no further run fits}
    public boolean isFull() {
        return count == CAPACITY;
    }

    int count() {
        return count;
    }

    long bytes() {
        return bytes;
    }

    void clear() {
        Arrays.fill(runs, 0, count, null);
        count = 0;
        bytes = 0;
    }
}
