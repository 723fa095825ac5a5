package io.offheap.allocator.cache;

import io.offheap.allocator.shard.Shards;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.util.RankedLock;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// The caches of platform threads: which of them serves the calling thread, and how their owners are kept out of them.
///
/// A thread gets its cache when it first needs one. The fast path finds it through a small table, indexed by the thread's
/// number: one comparison with the cache's owner says whether it is the right one, so that entries may be stale, overwritten
/// or raced for. It is faster than a thread-local, and a pool that clears thread-locals between tasks does not lose caches.
/// Virtual threads never own an entry of the table, so the same comparison sorts them out; they have [SharedCaches].
///
/// The caches end all at once, and only while no arena is open: so each of those is counted here, by its thread's cache
/// where the thread has one.
///
/// ## Concurrency
/// Any thread; no lock may be held by the caller. [Seizable] says how an owner is kept out of its cache.
public final class ThreadCaches {

    /// Threads whose numbers differ by a multiple of this displace each other and go through the map.
    private static final int TABLE_SIZE = 1 << 10;

    /// Looks at a cache that is busy before the JVM is asked for its owner's stack.
    private static final int PATIENCE = 1 << 10;

    private final SystemMemory os;
    private final Shards shards;
    private final SlotDepot depot;
    private final Transit transit;

    /// Caches by the low bits of their owner's number. Plain: an entry counts only for the thread that owns it,
    /// which wrote what it reads.
    private final ThreadCache[] table = new ThreadCache[TABLE_SIZE];

    /// By the number of the owner, which no other thread ever has: a class of threads may say that two of them are equal.
    private final Map<Long, ThreadCache> byThread = new ConcurrentHashMap<>();

    /// Arenas of virtual threads, which have no cache of their own to count them.
    private final AtomicLong arenasOfVirtualThreads = new AtomicLong();

    /// Held while threads are added and while caches are seized.
    private final RankedLock membership = new RankedLock(RankedLock.Rank.CACHE_SLOT);
    private volatile boolean closed;    // written under `membership`, while all caches are seized

    /// @param os makes threads pass a fence
    ThreadCaches(SystemMemory os, Shards shards, SlotDepot depot, Transit transit) {
        this.os = os;
        this.shards = shards;
        this.depot = depot;
        this.transit = transit;
    }

    /// {@return the table of caches, for [#currentIn] without a load of it}
    ThreadCache[] table() {
        return table;
    }

    /// {@return the calling thread's own cache in a table, or null if it is not at hand} The fast path.
    public static ThreadCache currentIn(ThreadCache[] table) {
        final long id = Thread.currentThread().threadId();
        final int place = (int) id & TABLE_SIZE - 1;
        if (Integer.compareUnsigned(place, table.length) >= 0) {
            return null;
        }
        final var cache = table[place];
        return cache != null && cache.ownerId == id ? cache : null;
    }

    /// {@return the calling thread's own cache, which is made if need be, or null if the thread is virtual}
    ///
    /// @throws IllegalStateException if the allocator is closed
    ThreadCache own() {
        final var at = currentIn(table);
        final var thread = Thread.currentThread();
        return at != null || thread.isVirtual() ? at : enrol(thread);
    }

    private ThreadCache enrol(Thread thread) {
        final Long id = thread.threadId();
        final var known = byThread.get(id);
        final var cache = known != null ? known : new ThreadCache(shards, depot, transit, thread);
        membership.lock();
        try {
            if (closed) {
                throw closedAlready();
            }
            byThread.put(id, cache);
            table[placeOf(cache)] = cache;
            return cache;
        } finally {
            membership.unlock();
        }
    }

    private static int placeOf(ThreadCache cache) {
        return (int) cache.ownerId & TABLE_SIZE - 1;
    }

    private static IllegalStateException closedAlready() {
        return new IllegalStateException("the allocator is closed");
    }

    /// {@return all caches, in no order, as they are at any moment of the look}
    Collection<ThreadCache> all() {
        return byThread.values();
    }

    /// Takes out the cache of a thread that has ended. A race with a thread of the same place costs that thread one look into the map.
    void forget(ThreadCache cache) {
        final Long id = cache.ownerId;
        byThread.remove(id);
        if (table[placeOf(cache)] == cache) {
            table[placeOf(cache)] = null;
        }
    }

    /// {@return whether owners can be kept out of their caches} Where threads cannot be fenced, those that live keep what they have.
    boolean canSeize() {
        return os.fencesThreads();
    }

    /// Seizes caches and takes everything out, but for those that their owners are using at this moment. Without Java heap for what a
    /// cache holds, it and those after it keep what they have.
    ///
    /// @return what was in them
    List<Emptied> emptySeized(List<ThreadCache> caches) {
        final var emptied = new ArrayList<Emptied>(caches.size());
        membership.lock();                              // one at a time
        try {
            caches.forEach(ThreadCache::seize);
            os.fenceThreads();
            for (final var cache : caches) {
                if (!cache.isBusy()) {
                    emptied.add(cache.empty());
                }
                cache.letGo();
            }
            return emptied;
        } catch (OutOfMemoryError e) {
            return emptied;
        } finally {
            for (int i = 0; i < caches.size(); i++) {
                caches.get(i).letGo();
            }
            membership.unlock();
        }
    }

    /// {@return whether there will be no more caches, because the allocator is closed}
    boolean isClosed() {
        return closed;
    }

    /// Ends the caches, unless an arena is open: no thread gets one any more.
    ///
    /// @return arenas that are open; if none, nothing is taken from a cache from now on but by who was about to.
    ///         Arenas of threads that have ended are not counted, since nobody can use or close them
    long close() {
        membership.lock();
        try {
            seizeAll();
            long open = arenasOfVirtualThreads.get();
            for (final var cache : byThread.values()) {
                open += cache.owner().isAlive() ? cache.openArenas() : 0;
            }
            if (open == 0 && arenasOfVirtualThreads.compareAndSet(0, Long.MIN_VALUE)) {
                closed = true;
                byThread.values().forEach(ThreadCache::end);
                Arrays.fill(table, null);
            }
            byThread.values().forEach(ThreadCache::letGo);
            return closed ? 0 : Math.max(open, 1);
        } finally {
            membership.unlock();
        }
    }

    /// Keeps all owners out of their caches, once they have finished what they are doing.
    private void seizeAll() {
        byThread.values().forEach(ThreadCache::seize);
        fenceThreads();
        for (final var cache : byThread.values()) {
            for (int looks = 1; cache.isBusy() && (looks % PATIENCE != 0 || !cache.isLeft()); looks++) {
                Thread.yield();
            }
        }
    }

    /// Makes all threads pass a fence. Where the kernel does not, the JVM does: the end of a shared arena stops every thread for a moment.
    private void fenceThreads() {
        if (os.fencesThreads()) {
            os.fenceThreads();
        } else {
            Arena.ofShared().close();
        }
    }

    /// Notes that the calling thread has opened an arena, whose end it will note with [#arenaClosed].
    ///
    /// @throws IllegalStateException if the allocator is closed
    void arenaOpened() {
        final var own = own();
        if (own != null) {
            own.arenaOpened();
            if (closed) {                               // since it was found
                own.arenaClosed();
                throw closedAlready();
            }
            return;
        }
        for (long open = arenasOfVirtualThreads.get(); open >= 0; open = arenasOfVirtualThreads.get()) {
            if (arenasOfVirtualThreads.compareAndSet(open, open + 1)) {
                return;
            }
        }
        throw closedAlready();
    }

    /// Notes that an arena of the calling thread is closed.
    void arenaClosed() {
        final var own = own();
        if (own != null) {
            own.arenaClosed();
        } else {
            arenasOfVirtualThreads.decrementAndGet();
        }
    }
}
