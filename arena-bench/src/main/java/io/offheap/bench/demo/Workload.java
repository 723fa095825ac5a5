package io.offheap.bench.demo;

/// What ebizzy is asked to do.
///
/// @param threads how many threads copy and search
/// @param chunks how many chunks there are to copy from
/// @param chunkBytes the size of each, a multiple of 8
/// @param randomSizes whether each copy is of a random number of records, from one to all
/// @param stockGenerator whether the historic program's generator is used
/// @param seed equal seeds give equal choices
/// @param seconds how long is measured
/// @param idleBytes what was in use before measuring begins, and was freed
record Workload(
        int threads,
        int chunks,
        long chunkBytes,
        boolean randomSizes,
        boolean stockGenerator,
        long seed,
        double seconds,
        long idleBytes) {

    /// The longest time before measuring, in seconds.
    private static final double LONGEST_WARM_UP = 0.6;

    /// @throws IllegalArgumentException naming what cannot be
    Workload {
        require(threads > 0, "threads must be 1 or more, not " + threads);
        require(chunks > 0, "chunks must be 1 or more, not " + chunks);
        require(
                chunkBytes > 0 && chunkBytes % Records.BYTES == 0 && chunkBytes <= Integer.MAX_VALUE,
                "chunk bytes must be a multiple of 8 below 2 GiB, not " + chunkBytes);
        require(seconds > 0 && seconds <= 3600, "seconds must be above 0 and at most 3600, not " + seconds);
        require(idleBytes >= 0, "idle bytes must not be negative: " + idleBytes);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    /// {@return how many records a chunk holds}
    int recordsPerChunk() {
        return (int) (chunkBytes / Records.BYTES);
    }

    /// {@return how many blocks were in use before measuring begins}
    int idleBlocks() {
        return Math.toIntExact((idleBytes + chunkBytes - 1) / chunkBytes);
    }

    /// {@return what the measured work has allocated at most: all chunks and a block for each thread}
    long loadBytes() {
        return (chunks + (long) threads) * chunkBytes;
    }

    /// {@return how long the JIT gets before anything is measured, in seconds}
    double warmUpSeconds() {
        return Math.min(LONGEST_WARM_UP, seconds);
    }
}
