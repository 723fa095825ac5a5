package io.offheap.allocator.extent;

/// Bytes of the free runs of one shard, by tier, and of what describes its address space.
///
/// @param volatileBytes  free with memory, among them what is being purged
/// @param purgedBytes    free, memory given back
/// @param retainedBytes  free, never had memory
/// @param metadataBytes  page map words for what was carved
/// @param volatileReuses how often a volatile run, or a part of one, was handed out again, since the start
/// @param reusedBytes    bytes of those runs
public record ExtentStats(long volatileBytes, long purgedBytes, long retainedBytes, long metadataBytes,
        long volatileReuses, long reusedBytes) {

    /// {@return the sum with what another shard has}
    public ExtentStats plus(ExtentStats other) {
        return new ExtentStats(
                volatileBytes + other.volatileBytes,
                purgedBytes + other.purgedBytes,
                retainedBytes + other.retainedBytes,
                metadataBytes + other.metadataBytes,
                volatileReuses + other.volatileReuses,
                reusedBytes + other.reusedBytes);
    }
}
