package io.offheap.allocator;

/// How many bytes of the allowance buffers and automatic arenas use, or will be found to use no more.
///
/// Any thread may call any method. Exact when nobody is at work; no method needs Java heap: a sweep asks, which may find it full.
final class CollectedUse {

    private final Allowance allowance;
    private final BufferTable buffers;
    private final KeptBlocks kept;

    /// Bytes: half of what buffers may have at most, by whichever limit.
    private final long half;

    private volatile long sweptBytes;   // of [#bytes], after the last sweep

    /// @param hardLimit bytes of everything
    CollectedUse(Allowance allowance, long hardLimit, BufferTable buffers, KeptBlocks kept) {
        this.allowance = allowance;
        this.half = Math.min(allowance.limit(), hardLimit) / 2;
        this.buffers = buffers;
        this.kept = kept;
    }

    /// {@return whether half is left of the allowance, and of the hard limit if nobody else had any of it} Fast. What is kept for the next
    /// buffers is taken too.
    boolean isLessThanHalfTaken() {
        return allowance.taken() <= half;
    }

    /// {@return whether anything but so many bytes is in use, or spare}
    boolean mayHaveGarbage(long own) {
        return allowance.taken() - buffers.room() > own;
    }

    /// {@return bytes that are in use, or waiting to be found}
    long bytes() {
        return allowance.taken() - buffers.room() - kept.bytes();
    }

    /// Notes that a sweep has been.
    void swept() {
        sweptBytes = bytes();
    }

    /// {@return whether so many bytes more are in use, or waiting to be found, than were after the last sweep} Fast where there are so
    /// few that spares need not be counted.
    boolean hasMore(long bytes) {
        return allowance.taken() - sweptBytes >= bytes && bytes() - sweptBytes >= bytes;
    }
}
