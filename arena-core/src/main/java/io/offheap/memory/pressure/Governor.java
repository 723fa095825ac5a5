package io.offheap.memory.pressure;

import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.RankedLock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// Asked before any page goes from not resident to in use; makes room first where there is too little.
///
/// Memory is *committed* when it may be touched without asking again: pages that are active or volatile,
/// and metadata. Two kinds of limits bound it:
///
/// - the own **hard limit** is exact: committed bytes never exceed it, and what cannot be fitted under it
///   even after everything volatile was purged and caches were flushed is an `OutOfMemoryError`. The own
///   **soft limit** is a wish: exceeding it purges, but never fails;
/// - **pressure sources** (container, host, a budget shared with other processes) report what everybody
///   uses. The room they leave is `limit - (usage - our resident) - our committed`, so that memory which
///   was handed out but not touched yet counts as used. Too little room purges (*direct reclaim*) and then
///   grants: their numbers are estimates, and the operating system has reserves that are not ours to know. But
///   one request for more than there is at all below a limit is an `OutOfMemoryError`: no estimate is in that.
///
/// Reacting here, before the pages exist, and not when the kernel reports a shortage, is what keeps a
/// process below a container's limit: reacting at the limit is a race (docs/pressure.md).
///
/// ## Cost
/// One compare-and-set and one addition a growth. A source is read when the growth since the last reading has
/// used up a quarter of the room that it left, at most [Room#LONGEST_CREDIT], at least a quarter of the reserve, or half
/// of the reserve where nothing was left to purge; what is far away is not read for what is near ([Headroom]). How much of
/// our memory is resident is asked seldom, see [UntouchedBound], and not at all while there is nothing to purge and too much is
/// used already. `GovernorCostTest` measures the share of all that in growth.
///
/// ## Concurrency
/// Any thread, with no lock of this library held. Of threads that grow at once one reads the sources and purges; the
/// others go on, and read themselves once they have grown by the shortest credit meanwhile. A source or a
/// listener that allocates from here while it is asked is granted without being asked again.
///
/// ## Invariants
/// - **G1** `0 <= committed <= hardLimit`
public final class Governor {

    /// So many times the shortest credit passes where there is too little room and nothing left to purge: looking
    /// again at once would find the same.
    static final int FUTILE_FACTOR = 2;

    /// Growth above the soft limit that passes without trying to purge again where there was nothing to purge.
    static final long FUTILE_SOFT_CREDIT = 1L << 20;

    private final long softLimit;
    private final long hardLimit;
    private final Headroom headroom;
    private final Reclaimer reclaimer;

    private final AtomicLong committed = new AtomicLong();

    /// Bytes acquired since the start; never falls.
    private final AtomicLong grown = new AtomicLong();

    /// When to look at the sources next, in bytes grown. Whoever moves it looks.
    private final AtomicLong nextLook = new AtomicLong();

    /// When to try next to purge down to the soft limit, in bytes grown.
    private volatile long nextSoft;

    private final UntouchedBound untouched = new UntouchedBound();

    /// See [#shortSince].
    private volatile long shortSince;

    /// Numbers of threads: a class of threads may say that two of them are equal.
    private final Set<Long> looking = ConcurrentHashMap.newKeySet();
    private final LongAdder directReclaims = new LongAdder();

    /// As the other, with the default reserve.
    public Governor(long softLimit, long hardLimit, List<PressureSource> sources, Reclaimer reclaimer) {
        this(softLimit, hardLimit, Reserve.DEFAULT, sources, reclaimer);
    }

    /// @param softLimit bytes above which growth purges first; `Long.MAX_VALUE` for none
    /// @param hardLimit bytes that are never exceeded; `Long.MAX_VALUE` for none
    /// @param reserve   what is kept free below external limits
    /// @param sources   external limits
    /// @param reclaimer who makes room
    public Governor(long softLimit, long hardLimit, Reserve reserve, List<PressureSource> sources,
            Reclaimer reclaimer) {
        assert softLimit > 0 && hardLimit > 0 : "softLimit=" + softLimit + ", hardLimit=" + hardLimit;
        this.softLimit = softLimit;
        this.hardLimit = hardLimit;
        this.headroom = new Headroom(reserve, sources);
        this.reclaimer = reclaimer;
    }

    /// Commits memory, making room first where it is short.
    ///
    /// @param bytes how much may be touched from now on, positive
    /// @throws LimitReachedError if it does not fit under the hard limit, or is more than a source's whole limit; nothing is
    ///                           committed then
    public void acquire(long bytes) {
        assert bytes > 0 : bytes;
        assert RankedLock.noneHeld();
        if (bytes > Room.LONGEST_CREDIT) {
            checkPossible(bytes);
        }
        if (!tryCommit(bytes)) {
            acquireAtLimit(bytes);
        }
        boolean done = false;
        try {
            makeRoomAfter(bytes);
            done = true;
        } finally {
            if (!done) {
                release(bytes);                                         // a source has thrown, or the Java heap is full
            }
        }
    }

    /// Looks whether growth has come too near to a limit, when it is due.
    private void makeRoomAfter(long bytes) {
        final long now = grown.addAndGet(bytes);
        if (committed.get() > softLimit && now - nextSoft >= 0) {
            purgeToSoftLimit(now);
        }
        final long due = nextLook.get();
        if (now > due && nextLook.compareAndSet(due, now + Room.SHORTEST_CREDIT)) {
            final Long thread = Thread.currentThread().threadId();
            if (looking.add(thread)) {
                try {
                    makeRoom(now);
                } finally {
                    looking.remove(thread);
                }
            }
        }
    }

    /// Takes back what [#acquire] granted: the memory was given back, or was not needed after all.
    public void release(long bytes) {
        final long left = committed.addAndGet(-bytes);
        assert left >= 0 : "G1: committed " + left + " after a release of " + bytes;
    }

    /// {@return bytes that may be touched without asking}
    public long committedBytes() {
        return committed.get();
    }

    /// {@return the hard limit in bytes, `Long.MAX_VALUE` for none}
    public long hardLimit() {
        return hardLimit;
    }

    /// {@return the own limits, for the daemon}
    public List<PressureSource> ownLimits() {
        final var limits = new ArrayList<PressureSource>(2);
        if (softLimit != Long.MAX_VALUE) {
            limits.add(OwnLimitSource.soft(softLimit, committed::get));
        }
        if (hardLimit != Long.MAX_VALUE) {
            limits.add(OwnLimitSource.hard(hardLimit, committed::get));
        }
        return limits;
    }

    /// {@return how often growth had to make room first}
    public long directReclaims() {
        return directReclaims.sum();
    }

    /// {@return the growth, in bytes since the start, at which too little room was left below an external limit and purging gave less than was
    /// missing, or 0 if there was enough at the last look} Positive then, and another one for each look that finds it. Costs one load.
    ///
    /// There is nothing more to be had from what is volatile; who holds memory otherwise that nobody uses may give that back.
    public long shortSince() {
        return shortSince;
    }

    private boolean tryCommit(long bytes) {
        for (long now = committed.get(); bytes <= hardLimit - now; now = committed.get()) {
            if (committed.compareAndSet(now, now + bytes)) {
                return true;
            }
        }
        return false;
    }

    /// Refuses what can never be resident, whatever is purged. Only for growth that is followed by a look at the sources anyway.
    private void checkPossible(long bytes) {
        final Long thread = Thread.currentThread().threadId();
        if (!looking.add(thread)) {
            return;                                                     // a source that allocates
        }
        try {
            final long limit = headroom.leastLimit();
            if (bytes > limit) {
                throw new LimitReachedError(bytes, committed.get(), Math.min(hardLimit, limit));
            }
        } finally {
            looking.remove(thread);
        }
    }

    /// The order before failure: purge what is volatile, flush caches, purge again and let others finish theirs.
    private void acquireAtLimit(long bytes) {
        if (bytes <= hardLimit) {
            directReclaims.increment();
            while (reclaimer.reclaim(bytes) > 0) {
                if (tryCommit(bytes)) {
                    return;
                }
            }
            reclaimer.flushCaches();
            do {
                if (tryCommit(bytes)) {
                    return;
                }
            } while (reclaimer.reclaimOrAwait(bytes) > 0);
        }
        throw new LimitReachedError(bytes, committed.get(), hardLimit);
    }

    private void purgeToSoftLimit(long now) {
        final long excess = committed.get() - softLimit;
        if (excess > 0) {
            if (reclaimer.reclaim(excess) > 0) {
                directReclaims.increment();
            } else {
                nextSoft = now + FUTILE_SOFT_CREDIT;
            }
        }
    }

    private void makeRoom(long now) {
        final long handedOut = untouched.bytes(committed.get(), now);
        final var room = headroom.look(now, handedOut);
        if (room == null) {
            nextLook.set(now + Room.LONGEST_CREDIT);
            shortSince = 0;
            return;
        }
        nextLook.set(now + room.credit(handedOut));
        final long missing = room.bytes() >= handedOut ? 0 : missing(room, now);
        if (missing <= 0) {
            shortSince = 0;
            return;
        }
        directReclaims.increment();
        reclaimer.shortage();
        final boolean isFutile = reclaimer.reclaim(missing) < missing;
        shortSince = isFutile ? now : 0;
        if (isFutile) {
            nextLook.set(now + FUTILE_FACTOR * room.shortestCredit());
        }
    }

    /// {@return bytes that are missing, where so much was handed out that there may be too little room} Where purging has just not
    /// helped, it is what is missing whether or not anything was touched, if that is so: how much was is not worth asking then.
    private long missing(Room room, long now) {
        if (shortSince != 0 && room.bytes() < 0) {
            return -room.bytes();
        }
        if (untouched.isWorthAsking(committed.get(), now, room.shortestCredit())) {
            untouched.asked(committed.get(), reclaimer.residentBytes(), now);
        }
        final long handedOut = untouched.bytes(committed.get(), now);
        nextLook.set(now + room.credit(handedOut));
        return handedOut - room.bytes();
    }
}
