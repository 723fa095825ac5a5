package io.offheap.allocator.cache;

import io.offheap.allocator.shard.Shard;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.memory.purge.VolatileRun.State;

/// What one thread keeps at hand: a stack of free slots for each size class, and freed page runs.
///
/// Bounded in bytes ([CacheBin], [RunCache]). Confined to its owner, a platform thread or whoever holds
/// the lock of the shared slot it stands in; looks from outside are marked as such.
public final class ThreadCache {

    /// The thread whose cache this is, null for a shared one.
    final Thread owner;

    private final Shards shards;
    private final Shard shard;
    private final CacheBin[] bins = new CacheBin[SizeClasses.COUNT];
    private final long[] scratch = new long[CacheBin.MOST_SLOTS];
    final RunCache runs = new RunCache();

    ThreadCache(Shards shards, Thread owner) {
        this.owner = owner;
        this.shards = shards;
        this.shard = shards.next();
        for (int index = 0; index < bins.length; index++) {
            bins[index] = new CacheBin(SizeClasses.sizeOf(index));
        }
    }

    /// {@return a slot of a size class, or 0 if none is at hand} The fast path.
    public long pop(int sizeClass) {
        return bins[sizeClass].pop();
    }

    /// {@return whether a slot was taken in: not if there is no room} The fast path.
    public boolean push(long address, int sizeClass) {
        return bins[sizeClass].push(address);
    }

    /// {@return a slot of a size class, from the shard if none is at hand} No lock may be held.
    ///
    /// @throws OutOfMemoryError if it cannot be had
    long popOrFill(int sizeClass) {
        final var bin = bins[sizeClass];
        final long address = bin.pop();
        if (address != 0) {
            return address;
        }
        bin.fillFrom(shard.bin(sizeClass));
        return bin.pop();
    }

    /// Takes a slot in, after giving the older half back to the shards if there is no room. No lock may be held.
    void pushOrFlush(long address, int sizeClass) {
        final var bin = bins[sizeClass];
        if (!bin.push(address) && !(bin.open() && bin.push(address))) {
            shards.give(scratch, bin.takeOldest(scratch, bin.capacity() / 2), sizeClass);
            bin.push(address);
        }
    }

    /// Gives everything back. No lock may be held.
    void flush() {
        for (int sizeClass = 0; sizeClass < bins.length; sizeClass++) {
            shards.give(scratch, bins[sizeClass].takeOldest(scratch, scratch.length), sizeClass);
        }
        for (int rung = 0; rung < RunCache.RUNGS; rung++) {
            for (var extent = runs.takeOldest(rung); extent != null; extent = runs.takeOldest(rung)) {
                shards.release(extent);
            }
        }
    }

    CacheBin bin(int sizeClass) {
        return bins[sizeClass];
    }

    Shard shard() {
        return shard;
    }

    /// {@return whether a slot is at hand here} A look from outside.
    boolean contains(long address, int sizeClass) {
        return bins[sizeClass].contains(address);
    }

    /// Adds what this cache holds to a sum. A look from outside.
    void addTo(CacheStats.Sum sum) {
        for (int sizeClass = 0; sizeClass < bins.length; sizeClass++) {
            sum.cachedSlotBytes += (long) bins[sizeClass].count() * SizeClasses.sizeOf(sizeClass);
        }
        sum.volatileBytes += runs.bytes(State.VOLATILE) + runs.bytes(State.PURGING);
        sum.purgedBytes += runs.bytes(State.PURGED);
        sum.volatileReuses += runs.reuses();
    }
}
