package io.offheap.allocator;

import io.offheap.memory.util.StackRoom;
import java.lang.ref.PhantomReference;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// What the collector has found unreachable: noticed, taken out, and handed on.
///
/// That the collector has run is told by one sentinel for all buffers, which is unreachable from the start; the buffers themselves are
/// found by a look at all of their references. Automatic arenas that have ended wait in a queue.
///
/// Any thread may call any method, with no lock held.
final class Findings {

    /// Is told of each sweep; no lock is held.
    interface SweepListener {
        /// @param found buffers that it has taken out
        /// @param left  those that it has left, by and large, without what threads have put in meanwhile
        void swept(long found, long left);
    }

    /// After a collection the buffers are swept if so many of them, one part, are new: a sweep that looks at old ones in the main is
    /// left to the daemon and to the limit. So each new buffer pays for looking at a few.
    private static final int NEW_PART = 4;

    /// The daemon looks for what a collection has found unnoticed this often at most, and for one part in so many of its time.
    private static final long UNASKED_SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int UNASKED_PART = 100;

    private final BufferTable buffers;
    private final BufferBerths berths;
    private final BufferTable.Taker taker;
    private final AutoBlocks autoBlocks;
    private final Handovers handovers;
    private final SweepListener listener;

    /// Cleared when the collector has run. In no queue: one that is would wait there behind all others that were cleared.
    private final AtomicReference<PhantomReference<Object>> sentinel = new AtomicReference<>(newSentinel());

    /// Collections that were noticed, and how many of them the last sweep knew of.
    private final AtomicLong collections = new AtomicLong();
    private volatile long sweptCollections;
    private volatile long sweptAdded;
    private volatile long sweptAt = System.nanoTime();
    private volatile long sweepNanos;

    /// How often anybody has freed buffers that the collector had found.
    private final AtomicLong finds = new AtomicLong();

    /// @param berths     of which the buffers are in the table from a sweep on
    /// @param taker      what becomes of the blocks of buffers; made once, since a sweep may find the Java heap full
    /// @param autoBlocks the blocks of automatic arenas
    /// @param handovers  where it is noted that something was found and is not handed on yet
    /// @param listener   called after each sweep
    Findings(BufferTable buffers, BufferBerths berths, BufferTable.Taker taker, AutoBlocks autoBlocks, Handovers handovers,
            SweepListener listener) {
        this.buffers = buffers;
        this.berths = berths;
        this.taker = taker;
        this.autoBlocks = autoBlocks;
        this.handovers = handovers;
        this.listener = listener;
    }

    /// Looks whether the collector has run, and what has ended. Fast where neither is.
    void notice() {
        if (isCollected()) {
            noticeAndSweep();
        }
        takeEnded();
    }

    /// {@return whether the collector has run, and nobody has noticed}
    boolean isCollected() {
        return sentinel.get().refersTo(null);
    }

    private void noticeAndSweep() {
        StackRoom.requireMuch();
        if (noticeCollection() && isWorthSweeping()) {
            sweep();
        }
    }

    /// A collector that clears references beside the program may clear others after the sentinel: those are found by a later
    /// sweep.
    ///
    /// @return whether it was this thread that noticed
    private boolean noticeCollection() {
        final var known = sentinel.get();
        if (!known.refersTo(null)) {
            return false;
        }
        handovers.begin();                              // a berth that is about to be replaced is in hand, with its scope
        try {
            if (!sentinel.compareAndSet(known, newSentinel())) {
                return false;
            }
            collections.incrementAndGet();
            berths.renew();
            return true;
        } finally {
            handovers.end();
        }
    }

    private static PhantomReference<Object> newSentinel() {
        return new PhantomReference<>(new Object(), null);
    }

    private boolean isWorthSweeping() {
        return buffers.added() - sweptAdded >= buffers.count() / NEW_PART;
    }

    /// Finds the buffers whose references the collector has cleared.
    void sweep() {
        final long begin = System.nanoTime();
        sweptCollections = collections.get();
        handovers.begin();
        try {
            final long found = sweepAll();
            if (found > 0) {
                finds.incrementAndGet();
            }
            listener.swept(found, Math.max(0, buffers.left() - (buffers.added() - sweptAdded)));
            sweptAt = System.nanoTime();
            sweepNanos = sweptAt - begin;
        } finally {
            handovers.end();
        }
    }

    private long sweepAll() {
        berths.moveOut();
        sweptAdded = buffers.added();
        return buffers.sweep(taker);
    }

    /// Moves the buffers that are at berths into the table, where a collection can find them.
    void moveOut() {
        handovers.begin();
        try {
            berths.moveOut();
        } finally {
            handovers.end();
        }
    }

    private void takeEnded() {
        if (autoBlocks.isWaitedFor()) {
            giveBackEnded();
        }
    }

    private void giveBackEnded() {
        handovers.begin();
        try {
            autoBlocks.drain();
        } finally {
            handovers.end();
        }
    }

    /// {@return how often anything was found, of buffers or of arenas}
    long finds() {
        return finds.get() + autoBlocks.told();
    }

    /// {@return whether automatic arenas were ever found}
    boolean hasArenas() {
        return autoBlocks.told() != 0;
    }

    /// Takes all that can be found now.
    void takeAll() {
        noticeCollection();
        sweep();
        takeEnded();
    }

    /// Finds what is unreachable although nobody asks for memory. For the daemon, now and then.
    void maintain() {
        noticeCollection();
        final long idle = System.nanoTime() - sweptAt;
        if (collections.get() != sweptCollections || idle > Math.max(UNASKED_SWEEP_NANOS, UNASKED_PART * sweepNanos)) {
            sweep();
        }
        takeEnded();
    }

    /// Takes what a collection that was not known has found, and arenas that have ended.
    void takeNews(long known) {
        noticeCollection();
        if (collections.get() != known) {
            sweep();
        }
        takeEnded();
    }

    /// {@return collections that were noticed}
    long collections() {
        return collections.get();
    }

    /// {@return how many of them the last sweep knew of}
    long sweptCollections() {
        return sweptCollections;
    }

    /// {@return whether somebody has something in hand, or is about to}
    boolean isAtWork() {
        return handovers.ended() != handovers.begun();
    }

    /// {@return how often anybody has let go of what he had in hand}
    long lettingsGo() {
        return handovers.ended();
    }

    /// {@return whether somebody has, or has had, anything in hand since}
    ///
    /// @param lettingsGo of [#lettingsGo]
    boolean wasAtWorkSince(long lettingsGo) {
        return handovers.begun() != lettingsGo;
    }

    /// {@return whether anything was found since, or somebody may have in hand what he has found} In this order: who has let go of it
    /// has counted it.
    ///
    /// @param finds of [#finds]
    boolean mayHaveFoundSince(long finds) {
        return isAtWork() || finds() != finds;
    }

    /// {@return a moment at which nobody was at work, and no end of an arena was being told of, or -1} For checks.
    long quiet() {
        final long before = handovers.ended() + autoBlocks.told();
        return handovers.begun() + autoBlocks.begunToTell() == before ? before : -1;
    }

    /// {@return whether nobody has begun anything since a quiet moment} For checks.
    boolean isQuietSince(long moment) {
        return handovers.begun() + autoBlocks.begunToTell() == moment;
    }
}
