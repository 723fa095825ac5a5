package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.PurgeBatch;
import io.offheap.memory.purge.VolatileSource;
import java.util.function.LongPredicate;

/// All caches of one allocator, as one source and sink of slots and runs.
///
/// ```
///   a slot            --> CachedSlots --> ThreadCache, or one of SharedCaches --> SlotDepot --> bins of the shard
///   a run             --> CachedRuns  --> ThreadCache, or one of SharedCaches --> RunDepot  --> runs of the shard
///   daemon, purge()   --> Emptying    --> all of them
/// ```
///
/// The fast paths of the allocator find what is at the thread's hand without this class ([ThreadCaches#currentIn]); it
/// is asked when they have found nothing. Purgers find here the runs that wait in caches.
///
/// ## Concurrency
/// Any thread; no lock may be held by the caller. No cache is seized while slots or runs are fetched or given back.
public final class Caches implements VolatileSource {

    private final SlotClasses classes;
    private final Shards shards;
    private final long pageSize;
    private final Transit transit = new Transit();
    private final ThreadCaches threads;
    private final SharedCaches shared;
    private final CachedRuns runs;
    private final CachedSlots slots;
    private final Emptying emptying;

    /// @param os         makes threads pass a fence
    /// @param shards     where slots and runs come from
    /// @param governor   is asked before a purged run becomes resident again
    /// @param processors how many threads run at a time
    public Caches(SystemMemory os, Shards shards, Governor governor, int processors) {
        this.shards = shards;
        this.pageSize = os.pageSize();
        this.classes = shards.classes();
        final var depot = new SlotDepot(shards);
        this.threads = new ThreadCaches(os, shards, depot, transit);
        this.shared = new SharedCaches(shards, depot, transit, processors);
        this.runs = new CachedRuns(threads, shared, shards, governor, pageSize);
        this.slots = new CachedSlots(threads, shared, runs, depot, transit, shards, pageSize);
        this.emptying = new Emptying(threads, shared, slots, runs, transit, shards);
    }

    /// {@return the table of caches, for [ThreadCaches#currentIn] without a load of it}
    public ThreadCache[] table() {
        return threads.table();
    }

    /// {@return the calling thread's own cache, or null if it is not at hand}
    ThreadCache current() {
        return ThreadCaches.currentIn(threads.table());
    }

    /// {@return a free slot of a slot class}
    ///
    /// @throws OutOfMemoryError      if it cannot be had
    /// @throws IllegalStateException if the allocator is closed
    public long allocateSlot(int slotClass) {
        return slots.allocate(slotClass);
    }

    /// Takes a slot back.
    ///
    /// @throws OutOfMemoryError   if the Java heap is full and no place is left that needs none; the slot is live then, as before
    /// @throws StackOverflowError if the stack may not do; the slot is live then, as before
    public void freeSlot(long address, int slotClass) {
        slots.free(address, slotClass);
    }

    /// Takes a hidden slot back. Nobody could free it again, so what finds no place for want of Java heap or of stack waits, until the
    /// daemon, or whoever empties caches, tries again.
    ///
    /// @throws StackOverflowError if the stack does not do for waiting either; the slot is in use for good then
    public void freeHiddenSlot(long address, int slotClass) {
        slots.freeHidden(address, slotClass);
    }

    /// {@return an active run of at least `size` bytes: rounded up to the ladder where limits allow}
    ///
    /// @param size      bytes, a positive multiple of the page size
    /// @param alignment of the start, bytes, a power of two
    /// @throws OutOfMemoryError      if it cannot be had
    /// @throws IllegalStateException if the allocator is closed
    public Extent allocateRun(long size, long alignment) {
        return runs.allocate(size, alignment);
    }

    /// Takes back a run that was just marked. Never fails: without Java heap for a place in a cache it goes to its shard.
    public void freeRun(Extent extent) {
        runs.free(extent);
    }

    /// Notes that the calling thread has opened an arena, whose end it will note with [#arenaClosed].
    ///
    /// @throws IllegalStateException if the allocator is closed
    public void arenaOpened() {
        threads.arenaOpened();
    }

    /// Notes that an arena of the calling thread is closed.
    public void arenaClosed() {
        threads.arenaClosed();
    }

    /// Ends the caches, unless an arena is open: no thread gets one any more.
    ///
    /// @return arenas that are open; if none, nothing is taken from a cache from now on but by who was about to.
    ///         Arenas of threads that have ended are not counted, since nobody can use or close them
    public long close() {
        return threads.close();
    }

    /// {@return whether there will be no more caches, because the allocator is closed}
    public boolean isClosed() {
        return threads.isClosed();
    }

    /// Gives back what threads left that have ended. For the daemon.
    public void reapDeadThreads() {
        emptying.reapDeadThreads();
    }

    /// Gives back what caches hold that nobody has used since the last call, and what ended threads left. For the
    /// daemon, which calls it now and then. Where threads cannot be fenced, those that live keep what they have.
    public void trim() {
        emptying.trim();
    }

    /// Gives back what all caches hold, but for those that their owners are using at this moment.
    public void flushAll() {
        emptying.flushAll();
    }

    /// Gives back what the calling thread's own cache and the shared ones hold, and what dead threads left.
    public void flushOwn() {
        emptying.flushOwn();
    }

    @Override
    public long oldestMark() {
        final var oldest = oldestVolatile();
        return oldest == null ? NOTHING : oldest.markedAt();
    }

    @Override
    public boolean claimOldest(PurgeBatch batch, long wantedBytes, long until) {
        return claimOldestWithin(batch, Long.MAX_VALUE);
    }

    /// Runs in caches are not split.
    @Override
    public boolean claimOldestWithin(PurgeBatch batch, long mostBytes) {
        for (var oldest = oldestVolatile(); oldest != null && oldest.size() <= mostBytes; oldest = oldestVolatile()) {
            if (oldest.claim()) {
                batch.add(oldest);
                return true;
            }
        }
        return false;
    }

    private Extent oldestVolatile() {
        Extent oldest = runs.oldestVolatile();
        for (final var cache : threads.all()) {
            oldest = RunCache.older(oldest, cache.runs().oldestVolatile());
        }
        return RunCache.older(oldest, shared.oldestVolatile());
    }

    /// {@return a moment at which no slot was between a slab and a cache, or -1}
    public long quiet() {
        return transit.quiet();
    }

    /// {@return whether no slot has left a slab or a cache since a quiet moment}
    public boolean isQuietSince(long moment) {
        return transit.isQuietSince(moment);
    }

    /// Looks at all slots and runs that are here. When nobody allocates or frees.
    ///
    /// @param isUsed tells of slots that somebody has
    /// @return true
    /// @throws AssertionError naming the invariant
    public boolean checkInvariants(LongPredicate isUsed) {
        final var check = new CachesCheck(shards, pageSize);
        threads.all().forEach(check::add);
        shared.addTo(check);
        runs.addTo(check);
        slots.addTo(check);
        shards.forEachRefused(check::addSlot);
        return check.check(isUsed);
    }

    /// {@return what all caches hold} Exact when nobody allocates or frees meanwhile.
    public CacheStats stats() {
        final var sum = new CacheStats.Sum(classes.count());
        for (final var cache : threads.all()) {
            sum.caches++;
            cache.addTo(sum);
        }
        shared.addTo(sum);
        runs.addTo(sum);
        slots.addTo(sum);
        shards.addRefusedTo(sum.cachedSlots);
        return sum.total(classes);
    }
}
