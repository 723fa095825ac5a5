package io.offheap.allocator.pin;

/// What the volatile blocks of one allocator hold and have done.
///
/// @param blocks        that are not closed
/// @param volatileBytes of blocks that are not pinned and have their memory, or are losing it
/// @param purgedBytes   of blocks that have lost their memory and were not pinned since
/// @param reuses        how often a block was pinned that was not and had its memory
/// @param reusedBytes   bytes of those
public record BlockStats(long blocks, long volatileBytes, long purgedBytes, long reuses, long reusedBytes) {}
