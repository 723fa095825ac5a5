package io.offheap.allocator;

import io.offheap.allocator.cache.CacheStats;
import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.extent.ExtentStats;
import io.offheap.allocator.pin.VolatileBlocks;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.types.OsException;
import java.util.ArrayList;

/// Adds up what the layers know about themselves. See [AllocatorStats] for the identities.
///
/// Takes each lock for a few loads, one at a time, and reads what other threads count for themselves plainly.
record StatsReader(AllocatorOptions options, RegionSource regions, Shards shards, Caches caches,
        VolatileBlocks volatileBlocks, Purger purger, Governor governor, DirectBuffers directBuffers, LastResort lastResort,
        long pageSize) {

    /// A read takes some 20 us, and what moves a cache's slots some milliseconds.
    private static final int MOST_READS = 100;

    /// {@return everything but the resident bytes, which are 0} Without a system call.
    AllocatorStats readCounted() {
        return readWhenQuiet(0);
    }

    AllocatorStats read() {
        return readWhenQuiet(residentBytes());
    }

    /// What the daemon moves from a cache to slabs meanwhile would count as allocated; in doubt it is read again.
    private AllocatorStats readWhenQuiet(long residentBytes) {
        for (int reads = 1; ; reads++) {
            final long quiet = caches.quiet();
            final var stats = read(residentBytes);
            if (reads == MOST_READS || quiet >= 0 && caches.isQuietSince(quiet)) {
                return stats;
            }
            Thread.yield();
        }
    }

    private AllocatorStats read(long residentBytes) {
        final var cached = caches.stats().plusSlots(directBuffers.vacantSlots(), shards.classes());
        final var free = freeRuns();
        final var blocks = volatileBlocks.stats();
        final var classes = new ArrayList<SizeClassStats>(SizeClasses.COUNT);
        long usedBytes = 0;
        long slabBytes = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            final var each = sizeClass(sizeClass, cached);
            usedBytes += each.usedSlots() * each.slotBytes();
            slabBytes += each.slabs() * shards.layout().slabBytes(sizeClass);
            classes.add(each);
        }
        final long freeVolatileBytes = free.volatileBytes() + cached.volatileBytes();
        final long volatileBytes = freeVolatileBytes + blocks.volatileBytes();
        final long purgedBytes = free.purgedBytes() + cached.purgedBytes() + blocks.purgedBytes();
        final long reused = free.reusedBytes() + cached.reusedBytes() + blocks.reusedBytes();
        final long mapped = regions.carvedBytes();
        final long active = Math.max(0, mapped - volatileBytes - purgedBytes - free.retainedBytes());
        final long cachedInSlabs = slabSlotBytes(cached);
        final long large = Math.max(0, active - slabBytes - (cached.cachedSlotBytes() - cachedInSlabs));
        return new AllocatorStats(
                options.name(),
                usedBytes + large,
                large,
                cached.cachedSlotBytes(),
                Math.max(0, slabBytes - usedBytes - cachedInSlabs),
                active,
                volatileBytes,
                options.freedRuns() == FreedRuns.LAZY ? freeVolatileBytes : 0,
                purgedBytes,
                free.retainedBytes(),
                free.metadataBytes() + regions.shadowBytes(),
                governor.committedBytes(),
                mapped,
                residentBytes,
                options.hardLimit(),
                directBuffers.count(),
                directBuffers.bytes(),
                free.volatileReuses() + cached.volatileReuses() + blocks.reuses(),
                reused,
                reused / pageSize,
                purger.purges(),
                purger.purgedBytes(),
                purger.failures(),
                governor.directReclaims(),
                lastResort.hits(),
                cached.caches(),
                classes);
    }

    /// {@return bytes of the cached slots that are cut from slabs; the others are runs}
    private static long slabSlotBytes(CacheStats cached) {
        long sum = 0;
        for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
            sum += cached.cachedSlots().get(sizeClass) * SizeClasses.sizeOf(sizeClass);
        }
        return sum;
    }

    private ExtentStats freeRuns() {
        var sum = new ExtentStats(0, 0, 0, 0, 0, 0);
        for (final var shard : shards.all()) {
            for (final var runs : shard.extents()) {
                sum = sum.plus(runs.stats());
            }
        }
        return sum;
    }

    /// What is cached was counted before, and may be in its slab by now: used slots are not less than none.
    private SizeClassStats sizeClass(int sizeClass, CacheStats cached) {
        long slabs = 0;
        long slots = 0;
        long out = 0;
        long taken = 0;
        for (final var shard : shards.all()) {
            final var bin = shard.bin(sizeClass).stats();
            slabs += bin.slabs();
            slots += bin.slots();
            out += bin.usedSlots();
            taken += bin.slotsTaken();
        }
        final long atHand = cached.cachedSlots().get(sizeClass);
        return new SizeClassStats(SizeClasses.sizeOf(sizeClass), slabs, slots, Math.max(0, out - atHand), atHand,
                slots - out, taken, taken - out);
    }

    /// Where nobody can tell, memory counts as resident as long as it is committed.
    private long residentBytes() {
        if (!regions.measuresResidency()) {
            return governor.committedBytes();
        }
        try {
            return regions.residentBytes();
        } catch (OsException e) {
            return 0;                                   // a filtered system call; the other numbers are still right
        }
    }
}
