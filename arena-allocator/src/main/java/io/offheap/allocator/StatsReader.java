package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.types.OsException;

/// Adds up what the layers know about themselves. See [AllocatorStats] for the identities.
record StatsReader(AllocatorOptions options, RegionSource regions, Shards shards, Caches caches, Purger purger,
        Governor governor) {

    AllocatorStats read() {
        final var cached = caches.stats();
        long volatileBytes = cached.volatileBytes();
        long purgedBytes = cached.purgedBytes();
        long volatileReuses = cached.volatileReuses();
        long retainedBytes = 0;
        long metadataBytes = 0;
        long slabBytes = 0;
        long usedSlotBytes = 0;
        for (final var shard : shards.all()) {
            final var extents = shard.extents().stats();
            volatileBytes += extents.volatileBytes();
            purgedBytes += extents.purgedBytes();
            retainedBytes += extents.retainedBytes();
            metadataBytes += extents.metadataBytes();
            volatileReuses += extents.volatileReuses();
            for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
                slabBytes += shard.bin(sizeClass).slabBytes();
                usedSlotBytes += shard.bin(sizeClass).usedSlots() * SizeClasses.sizeOf(sizeClass);
            }
        }
        final long mapped = regions.carvedBytes();
        final long active = mapped - volatileBytes - purgedBytes - retainedBytes;
        return new AllocatorStats(
                options.name(),
                usedSlotBytes - cached.cachedSlotBytes() + (active - slabBytes),
                cached.cachedSlotBytes(),
                slabBytes - usedSlotBytes,
                active,
                volatileBytes,
                options.freedRuns() == FreedRuns.LAZY ? volatileBytes : 0,
                purgedBytes,
                retainedBytes,
                metadataBytes,
                governor.committedBytes(),
                mapped,
                residentBytes(),
                options.hardLimit(),
                volatileReuses,
                purger.purges(),
                purger.purgedBytes(),
                purger.failures(),
                governor.directReclaims());
    }

    private long residentBytes() {
        try {
            return regions.residentBytes();
        } catch (OsException e) {
            return 0;                                   // a filtered system call; the other numbers are still right
        }
    }
}
