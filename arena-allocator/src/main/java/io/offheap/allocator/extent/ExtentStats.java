package io.offheap.allocator.extent;

/// Bytes of the free runs of one shard, by tier, and of what describes its address space.
///
/// @param volatileBytes  free with memory, among them what is being purged
/// @param purgedBytes    free, memory given back
/// @param retainedBytes  free, never had memory
/// @param metadataBytes  page map words for what was carved
/// @param volatileReuses how often a volatile run was handed out again, since the start
public record ExtentStats(long volatileBytes, long purgedBytes, long retainedBytes, long metadataBytes,
        long volatileReuses) {}
