package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.RankedLock;
import java.util.List;
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
///   grants: their numbers are estimates, and the operating system has reserves that are not ours to know.
///
/// Reacting here, before the pages exist, and not when the kernel reports a shortage, is what keeps a
/// process below a container's limit: reacting at the limit is a race (docs/pressure.md).
///
/// ## Cost
/// One compare-and-set a growth. The sources are read when the growth since the last reading has used up
/// a quarter of the room that it found, at most [#LONGEST_CREDIT], or [#FUTILE_CREDIT] where nothing was left to
/// purge; how much of our memory is resident is
/// asked only when the pessimistic answer, nothing, leaves too little room.
///
/// ## Concurrency
/// Any thread, with no lock of this library held.
///
/// ## Invariants
/// - **G1** `0 <= committed <= hardLimit`
public final class Governor {

    /// Growth that passes without a new look at the sources, at most.
    static final long LONGEST_CREDIT = 64L << 20;

    /// Growth that passes without a new look at the sources, at least, when they leave room.
    static final long SHORTEST_CREDIT = 256L << 10;

    /// The room that is kept free below an external limit, of which purging starts:
    /// `max(RESERVE_BYTES, limit / RESERVE_FRACTION)`, for what other parts of the process take meanwhile.
    static final long RESERVE_BYTES = 32L << 20;
    static final long RESERVE_FRACTION = 20;

    /// Growth that passes without a new look when there is too little room and nothing left to purge: looking
    /// again at once would find the same. An eighth of the reserve, so that the reserve still means something.
    static final long FUTILE_CREDIT = RESERVE_BYTES / 8;

    private final long softLimit;
    private final long hardLimit;
    private final List<PressureSource> sources;
    private final Reclaimer reclaimer;

    private final AtomicLong committed = new AtomicLong();
    private final AtomicLong credit = new AtomicLong();
    private final LongAdder directReclaims = new LongAdder();

    /// @param softLimit bytes above which growth purges first; `Long.MAX_VALUE` for none
    /// @param hardLimit bytes that are never exceeded; `Long.MAX_VALUE` for none
    /// @param sources   external limits
    /// @param reclaimer who makes room
    public Governor(long softLimit, long hardLimit, List<PressureSource> sources, Reclaimer reclaimer) {
        assert softLimit > 0 && hardLimit > 0 : "softLimit=" + softLimit + ", hardLimit=" + hardLimit;
        this.softLimit = softLimit;
        this.hardLimit = hardLimit;
        this.sources = List.copyOf(sources);
        this.reclaimer = reclaimer;
    }

    /// Commits memory, making room first where it is short.
    ///
    /// @param bytes how much may be touched from now on, positive
    /// @throws OutOfMemoryError if it does not fit under the hard limit; nothing is committed then
    public void acquire(long bytes) {
        assert bytes > 0 : bytes;
        assert RankedLock.noneHeld();
        if (!tryCommit(bytes)) {
            acquireAtLimit(bytes);
        }
        if (committed.get() > softLimit || credit.addAndGet(-bytes) < 0) {
            makeRoom();
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

    /// {@return how often growth had to make room first}
    public long directReclaims() {
        return directReclaims.sum();
    }

    private boolean tryCommit(long bytes) {
        for (long now = committed.get(); bytes <= hardLimit - now; now = committed.get()) {
            if (committed.compareAndSet(now, now + bytes)) {
                return true;
            }
        }
        return false;
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
        throw new OutOfMemoryError("%d bytes requested, %d committed, limit %d: nothing is left to purge"
                .formatted(bytes, committed.get(), hardLimit));
    }

    private void makeRoom() {
        final long excess = committed.get() - softLimit;
        if (excess > 0 && reclaimer.reclaim(excess) > 0) {
            directReclaims.increment();
        }
        long missing = missingBelowSources(committed.get());
        if (missing > 0) {
            missing = missingBelowSources(committed.get() - reclaimer.residentBytes());
        }
        if (missing > 0) {
            directReclaims.increment();
            if (reclaimer.reclaim(missing) < missing) {
                credit.set(FUTILE_CREDIT);
            }
        }
    }

    /// Reads every source, and sets the credit from the tightest.
    ///
    /// @param untouched committed bytes that no usage counts yet
    /// @return bytes that must be given back so that room and reserve remain; 0 or less if they do
    private long missingBelowSources(long untouched) {
        long least = Long.MAX_VALUE;
        for (final var source : sources) {
            final var reading = source.read();
            if (reading.isPresent()) {
                least = Math.min(least, roomBelow(reading.get(), Math.max(0, untouched)));
            }
        }
        credit.set(least == Long.MAX_VALUE
                ? LONGEST_CREDIT
                : Math.clamp(least / 4, SHORTEST_CREDIT, LONGEST_CREDIT));
        return least == Long.MAX_VALUE ? 0 : -least;
    }

    /// {@return what is left below the limit and its reserve, when all that was committed is touched}
    private static long roomBelow(MemoryReading reading, long untouched) {
        if (reading.limitBytes() == MemoryReading.UNLIMITED) {
            return Long.MAX_VALUE;
        }
        final long reserve = Math.min(Math.max(RESERVE_BYTES, reading.limitBytes() / RESERVE_FRACTION),
                reading.limitBytes() / 4);
        return reading.headroomBytes() - reserve - untouched;
    }
}
