package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shard;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.slab.SlotBatch;
import io.offheap.memory.util.RankedLock;

/// The caches of virtual threads, of which there may be millions: a bounded number that all share. Each is taken by try-lock for a few
/// instructions, from the thread's own place on.
///
/// ## Concurrency
/// Any thread; no lock may be held by the caller. A cache is never locked while slots or runs are fetched or given back.
final class SharedCaches {

    /// Caches for each processor: with fewer, threads that run meet; with more, memory lies idle.
    private static final int PER_PROCESSOR = 2;

    private static final class Place {
        final RankedLock lock = new RankedLock(RankedLock.Rank.CACHE_SLOT);
        final ThreadCache cache;

        Place(ThreadCache cache) {
            this.cache = cache;
        }
    }

    private final Shards shards;
    private final SlotDepot depot;
    private final Transit transit;
    private final Place[] places;

    /// @param processors how many threads run at a time
    SharedCaches(Shards shards, SlotDepot depot, Transit transit, int processors) {
        this.shards = shards;
        this.depot = depot;
        this.transit = transit;
        this.places = new Place[PER_PROCESSOR * processors];
        for (int i = 0; i < places.length; i++) {
            places[i] = new Place(new ThreadCache(shards, depot, transit, null));
        }
        linkSeizing(places[0].cache);
    }

    /// Has the JVM link what must not fail with locks held and caches seized, of shared and of other ones: the first time takes Java heap,
    /// which may be full by then.
    private static void linkSeizing(ThreadCache cache) {
        cache.seize();
        cache.letGo();
    }

    /// {@return a place, locked: the first free one from the thread's own on}
    private Place lock() {
        final int own = ownPlace();
        for (int i = 0; i < places.length; i++) {
            final var place = places[(own + i) % places.length];
            if (place.lock.tryLock()) {
                return place;
            }
        }
        places[own].lock.lock();
        return places[own];
    }

    private int ownPlace() {
        return Math.floorMod(Thread.currentThread().threadId(), places.length);
    }

    /// {@return the shard of the calling thread's own place}
    Shard shard() {
        return places[ownPlace()].cache.shard();
    }

    /// {@return a slot of a small class}
    ///
    /// @throws OutOfMemoryError if it cannot be had
    long allocateSlot(int sizeClass) {
        final var place = lock();
        final var cache = place.cache;
        final long address = cache.stacks().pop(sizeClass);
        place.lock.unlock();
        if (address != 0) {
            return address;
        }
        final int wanted = cache.stacks().firstCapacity(sizeClass) / 2;
        final var batch = new SlotBatch(wanted);
        transit.begin();
        try {
            final long[] slots = batch.slots();
            int left = depot.take(slots, wanted, sizeClass);
            if (left == 0) {
                left = cache.shard().bin(sizeClass).take(slots, wanted);
            }
            final long first = slots[--left];
            shards.give(batch.of(sizeClass, keep(place, slots, left, sizeClass)));
            return first;
        } finally {
            transit.end();
        }
    }

    /// {@return how many of the slots found no room}
    private static int keep(Place place, long[] batch, int count, int sizeClass) {
        int left = count;
        place.lock.lock();
        try {
            final var stacks = place.cache.stacks();
            stacks.open(sizeClass);
            while (left > 0 && stacks.push(batch[left - 1], sizeClass)) {
                left--;
            }
        } finally {
            place.lock.unlock();
        }
        return left;
    }

    /// Takes a slot of a small class in.
    ///
    /// @throws OutOfMemoryError if slots must leave, and the Java heap is full; nothing has changed then
    void freeSlot(long address, int sizeClass) {
        transit.begin();
        try {
            final var evicted = push(address, sizeClass);
            if (evicted != null) {
                shards.give(evicted.of(sizeClass, depot.put(evicted.slots(), evicted.count(), sizeClass)));
            }
        } finally {
            transit.end();
        }
    }

    /// {@return the slots that had to leave for this one, or null}
    private SlotBatch push(long address, int sizeClass) {
        final var place = lock();
        try {
            final var stacks = place.cache.stacks();
            if (stacks.push(address, sizeClass) || stacks.open(sizeClass) && stacks.push(address, sizeClass)) {
                return null;
            }
            final int half = stacks.capacity(sizeClass) / 2;
            final var oldest = new SlotBatch(Math.max(half, 1));
            int count = stacks.takeOldest(sizeClass, oldest.slots(), half);
            if (!stacks.push(address, sizeClass)) {     // no Java heap for a stack
                oldest.slots()[count++] = address;
            }
            return oldest.of(sizeClass, count);
        } finally {
            place.lock.unlock();
        }
    }

    /// {@return a run: active if its memory is still there, whatever its state if not; null if there is none}
    Extent takeRun(int rung) {
        final var place = lock();
        final var taken = place.cache.runs().take(rung);
        place.lock.unlock();
        return taken;
    }

    /// {@return whether a marked run was taken in: not without a place, nor without Java heap for one}
    boolean keepRun(Extent extent, int rung) {
        final var place = lock();
        try {
            return place.cache.runs().push(extent, rung);
        } catch (OutOfMemoryError _) {
            return false;
        } finally {
            place.lock.unlock();
        }
    }

    /// Gives everything back that the caches hold. No lock may be held.
    void flush() {
        for (final var place : places) {
            flush(place);
        }
    }

    /// Gives back what caches hold that nobody has used since somebody asked.
    void flushIdle() {
        for (final var place : places) {
            if (!place.cache.isEmpty() && place.cache.isIdle()) {
                flush(place);
            }
        }
    }

    /// A cache is emptied under its lock; what it had is given back without it.
    private void flush(Place place) {
        transit.begin();
        try {
            empty(place).giveBack(shards);
        } finally {
            transit.end();
        }
    }

    private static Emptied empty(Place place) {
        place.lock.lock();
        try {
            return place.cache.empty();
        } finally {
            place.lock.unlock();
        }
    }

    /// {@return the run of all caches that was marked first, or null} A look from outside.
    Extent oldestVolatile() {
        Extent oldest = null;
        for (final var place : places) {
            oldest = RunCache.older(oldest, place.cache.runs().oldestVolatile());
        }
        return oldest;
    }

    /// Adds the caches.
    void addTo(CachesCheck check) {
        for (final var place : places) {
            place.lock.lock();
            try {
                check.add(place.cache);
            } finally {
                place.lock.unlock();
            }
        }
    }

    /// Adds what the caches hold to a sum. A look from outside.
    void addTo(CacheStats.Sum sum) {
        for (final var place : places) {
            sum.caches++;
            place.cache.addTo(sum);
        }
    }
}
