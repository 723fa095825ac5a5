package io.offheap.allocator.shard;

/// What becomes of the memory of a run of pages when it is freed.
public enum FreedRuns {
    /// It stays, to be used again without a fault, and may be purged at any time. No system call.
    VOLATILE,
    /// It is given back at once (`MADV_DONTNEED`): resident memory is what is in use, at the price of a
    /// fault a page when it is used again.
    PURGED,
    /// The kernel may take it when it is short (`MADV_FREE` at every free): resident memory looks larger
    /// than it is until then.
    LAZY
}
