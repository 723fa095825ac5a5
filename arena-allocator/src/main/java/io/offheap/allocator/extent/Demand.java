package io.offheap.allocator.extent;

/// How large the runs were that were wanted of late, and so which free runs are not cut.
///
/// A small request may not take the last run that fits what was recently wanted: a volatile run at least as large as
/// the largest request of the last moments ([#age]) is left whole if it would be too small afterwards, unless the
/// request takes a good part of it. So a buffer of 64 MiB that comes and goes is not refaulted because a slab was cut
/// from it, while memory that nobody wants in one piece serves anybody.
///
/// Not thread-safe.
final class Demand {

    /// A request that takes at least this part of a run may cut it, whatever else it would fit.
    private static final int GOOD_PART = 64;

    private long largest;               // since the last age(), bytes
    private long largestBefore;         // between the last two

    /// Notes a request.
    void note(long size) {
        largest = Math.max(largest, size);
    }

    /// {@return whether a run may be cut for a request}
    boolean mayCut(Extent extent, long size) {
        final long wanted = Math.max(largest, largestBefore);
        return extent.size() < wanted || extent.size() - size >= wanted || size >= extent.size() / GOOD_PART;
    }

    /// Lets a moment pass: what was wanted two moments ago is wanted no more.
    void age() {
        largestBefore = largest;
        largest = 0;
    }
}
