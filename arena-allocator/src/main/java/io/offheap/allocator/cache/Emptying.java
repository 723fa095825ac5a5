package io.offheap.allocator.cache;

import io.offheap.allocator.shard.Shards;
import io.offheap.memory.util.RankedLock;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Takes out of caches and depots what nobody has at hand any more, and gives it back to the shards: of threads that have ended, of
/// those that have long not used theirs, or of all.
///
/// ## Concurrency
/// Any thread; no lock may be held by the caller. No cache is seized while slots or runs are given back.
final class Emptying {

    /// Held until what was taken out has arrived, so that who empties caches next, to purge it all, does not miss what is on its way.
    /// Guards nothing and keeps nobody from allocating or freeing, so it is held across system calls.
    private final ReentrantLock turn = new ReentrantLock();

    private final ThreadCaches threads;
    private final SharedCaches shared;
    private final CachedSlots slots;
    private final CachedRuns runs;
    private final Transit transit;
    private final Shards shards;

    Emptying(ThreadCaches threads, SharedCaches shared, CachedSlots slots, CachedRuns runs, Transit transit, Shards shards) {
        this.threads = threads;
        this.shared = shared;
        this.slots = slots;
        this.runs = runs;
        this.transit = transit;
        this.shards = shards;
    }

    private void inTurn(Runnable work) {
        assert RankedLock.noneHeld();
        turn.lock();
        try {
            work.run();
        } finally {
            turn.unlock();
        }
    }

    private void inTransit(Runnable move) {
        transit.begin();
        try {
            move.run();
        } finally {
            transit.end();
        }
    }

    /// Empties the caches of threads that have ended.
    void reapDeadThreads() {
        inTurn(() -> {
            for (final var cache : threads.all()) {
                // isAlive() answering false makes everything the thread did visible here
                if (!cache.owner().isAlive()) {
                    inTransit(() -> reap(cache));
                }
            }
        });
    }

    private void reap(ThreadCache cache) {
        cache.empty().giveBack(shards);
        threads.forget(cache);
        runs.addReusesOf(cache);
    }

    /// Empties what nobody has used since the last call. Where threads cannot be fenced, those that live keep what they have.
    void trim() {
        inTurn(this::trimInTurn);
    }

    private void trimInTurn() {
        reapDeadThreads();
        placeWaitingElsewhere();
        runs.flushIdleDepot();
        inTransit(slots::flushIdleDepot);
        giveRefused();
        seizeAndEmpty(threads.all().stream().filter(cache -> !cache.isEmpty() && cache.isIdle()).toList());
        shared.flushIdle();
    }

    /// Empties the cache of the calling thread, those that virtual threads share, the depots, and the caches of threads that have ended.
    void flushOwn() {
        inTurn(this::flushOwnInTurn);
    }

    private void flushOwnInTurn() {
        placeWaiting();
        emptyOwn();
        reapDeadThreads();
        shared.flush();
        runs.flushDepot();
        inTransit(slots::flushDepot);
        giveRefused();
    }

    /// Empties everything, but for the caches that their owners are using at this moment.
    void flushAll() {
        inTurn(() -> {
            flushOwn();
            seizeAndEmpty(List.copyOf(threads.all()));
        });
    }

    private void seizeAndEmpty(List<ThreadCache> caches) {
        if (caches.isEmpty() || !threads.canSeize()) {
            return;
        }
        transit.begin();
        try {
            final var emptied = threads.emptySeized(caches);
            for (int i = 0; i < emptied.size(); i++) {  // and no iterator, which takes Java heap
                emptied.get(i).giveBack(shards);
            }
        } finally {
            transit.end();
        }
    }

    /// Takes in what found no place before.
    private void placeWaiting() {
        if (slots.hasWaiting()) {
            inTransit(slots::placeWaiting);
        }
    }

    /// The same, but not at the hand of the calling thread, which is the daemon and will not want it.
    private void placeWaitingElsewhere() {
        if (slots.hasWaiting()) {
            placeWaiting();
            emptyOwn();
        }
    }

    private void emptyOwn() {
        final var own = threads.own();
        if (own != null) {
            inTransit(() -> own.emptyByOwner().giveBack(shards));
        }
    }

    /// Gives back what slabs could not take for want of Java heap.
    private void giveRefused() {
        if (shards.hasRefused()) {
            inTransit(shards::giveRefused);
        }
    }
}
