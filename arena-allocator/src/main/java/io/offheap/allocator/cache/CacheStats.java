package io.offheap.allocator.cache;

/// What all caches of one allocator hold.
///
/// @param caches          how many there are
/// @param cachedSlotBytes bytes of free slots
/// @param volatileBytes   bytes of page runs whose memory is there
/// @param purgedBytes     bytes of page runs whose memory was purged under the cache
/// @param volatileReuses  how often a run was taken back with its memory, since the start
public record CacheStats(int caches, long cachedSlotBytes, long volatileBytes, long purgedBytes, long volatileReuses) {

    /// The record while it is added up.
    static final class Sum {
        int caches;
        long cachedSlotBytes;
        long volatileBytes;
        long purgedBytes;
        long volatileReuses;

        CacheStats total() {
            return new CacheStats(caches, cachedSlotBytes, volatileBytes, purgedBytes, volatileReuses);
        }
    }
}
