package io.offheap.bench.vm;

/// How much of everything is measured.
///
/// @param accessBytes of the memory that is read and written at random places, a power of two
/// @param largeBytes  of the space that is forked, and of the snapshot
/// @param touchBytes  of the space that is forked and touched as a whole
/// @param warmUpMillis CPU time before each comparison: what is measured in nanoseconds must be compiled
/// @param rounds      repetitions that are counted
/// @param batch       accesses of a batch
/// @param lifeMillis  how long a snapshot lives
record VmShape(long accessBytes, long largeBytes, long touchBytes, long warmUpMillis, int rounds, int batch,
               long lifeMillis) {

    /// Names of contestants.
    static final String SPACE = "offheap-space";
    static final String SEGMENT = "jdk-segment";
    static final String COPY = "raw-copy";

    /// Bytes of a small space that is forked beside the large one.
    static final long SMALL_BYTES = 1 << 20;

    /// Pages that share a leaf of the page table.
    static final int LEAF_PAGES = 512;

    /// {@return the full form}
    static VmShape full() {
        return new VmShape(64 << 20, 1 << 30, 256 << 20, 2_000, 21, 200_000, 5_000);
    }

    /// {@return the short form}
    static VmShape quick() {
        return new VmShape(64 << 20, 1 << 30, 256 << 20, 700, 7, 200_000, 2_000);
    }

    /// {@return rounds of what takes about a second each}
    int fewRounds() {
        return Math.max(1, rounds / 3);
    }
}
