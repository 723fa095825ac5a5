package io.offheap.bench.purge;

/// What lies where: runs that are given back, with memory in use after each.
///
/// @param workload its name in reports
/// @param runs how many runs
/// @param runBytes the size of each
/// @param gapBytes in use after each run; 0 for none
/// @param blockBytes what an allocator is asked for; divides `runBytes`
/// @param isHuge whether it is of huge pages, which the kernel is asked for and must have given
record PurgeShape(String workload, int runs, long runBytes, long gapBytes, long blockBytes, boolean isHuge) {

    /// The size of a huge page where base pages are of 4 KiB.
    static final long HUGE_PAGE = 2L << 20;

    private static final long LARGE_BLOCK = 16L << 20;

    /// One run of base pages, given back as a whole.
    static PurgeShape whole(long bytes) {
        return new PurgeShape("purge", 1, bytes, 0, 1L << 20, false);
    }

    /// One run of huge pages, given back as a whole; blocks that a thread does not keep at hand.
    ///
    /// @param bytes rounded up to whole blocks
    static PurgeShape huge(long bytes) {
        final long block = Math.min(LARGE_BLOCK, (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
        return new PurgeShape("purge-huge", 1, (bytes + block - 1) / block * block, 0, block, true);
    }

    /// 64 runs of 64 KiB, each between blocks that are in use.
    static PurgeShape scattered() {
        return new PurgeShape("purge-scattered", 64, 64L << 10, 64L << 10, 64L << 10, false);
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
