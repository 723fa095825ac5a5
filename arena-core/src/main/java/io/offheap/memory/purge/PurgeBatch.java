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

    /// Runs of which the state has been settled: the first so many.
    int finished;

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

    /// {@return how many runs are in it}
    public int count() {
        return count;
    }

    /// {@return the bytes of all its runs}
    public long bytes() {
        return bytes;
    }

    /// {@return a run of it}
    ///
    /// @param index 0 for the first
    public VolatileRun run(int index) {
        return runs[index];
    }

    /// {@return the bytes of a run when it was claimed}
    ///
    /// @param index 0 for the first
    public long bytes(int index) {
        return sizes[index];
    }

    void clear() {
        Arrays.fill(runs, 0, count, null);
        count = 0;
        finished = 0;
        bytes = 0;
    }
}
