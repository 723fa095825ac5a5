package io.offheap.bench.purge;

/// What lies where: runs that are given back, with memory in use after each.
///
/// @param workload its name in reports
/// @param runs how many runs
/// @param runBytes the size of each
/// @param gapBytes in use after each run; 0 for none
/// @param blockBytes what an allocator is asked for; divides `runBytes`
record PurgeShape(String workload, int runs, long runBytes, long gapBytes, long blockBytes) {

    /// One run, given back as a whole.
    static PurgeShape whole(long bytes) {
        return new PurgeShape("purge", 1, bytes, 0, 1L << 20);
    }

    /// 64 runs of 64 KiB, each between blocks that are in use.
    static PurgeShape scattered() {
        return new PurgeShape("purge-scattered", 64, 64L << 10, 64L << 10, 64L << 10);
    }

    /// {@return bytes from the first run to the end of the last gap}
    long spanBytes() {
        return runs * (runBytes + gapBytes);
    }

    /// {@return bytes that are given back}
    long purgeableBytes() {
        return runs * runBytes;
    }

    /// {@return where a run begins}
    long runAt(int run) {
        return run * (runBytes + gapBytes);
    }

    /// {@return where the gap after a run begins}
    long gapAt(int run) {
        return runAt(run) + runBytes;
    }
}
