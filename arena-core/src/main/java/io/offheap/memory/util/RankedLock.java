package io.offheap.memory.util;

import java.io.Serial;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// A lock that knows its place: a thread takes locks in ascending [Rank] only, never two of one rank.
///
/// The order is asserted at every acquisition when assertions are on, so that a possible deadlock shows
/// the first time the order is broken, not the first time two threads meet. Not reentrant by use: taking
/// it twice breaks the order too. A try-lock cannot deadlock, but is held to the same order to keep one rule.
public final class RankedLock extends ReentrantLock {
    @Serial
    private static final long serialVersionUID = 1L;

    /// All locks of the library, in the order in which they may be taken. See docs/concurrency.md.
    public enum Rank {
        /// Taking from the queue of blocks that nobody can reach any more.
        UNREACHABLE_BLOCKS,
        /// All address spaces and files of one domain.
        ADDRESS_SPACES,
        /// One cache that virtual threads share.
        CACHE_SLOT,
        /// Who rebuilds one block that its owner lets go of.
        VOLATILE_BLOCK,
        /// All blocks of one allocator that their owners let go of, by age.
        VOLATILE_BLOCKS,
        /// One size class of one shard.
        BIN,
        /// The page runs of one shard.
        EXTENTS,
        /// The age order of volatile runs.
        VOLATILE_REGISTRY,
        /// Address space of one allocator.
        REGIONS,
        /// The table from run numbers to runs.
        RUN_TABLE
    }

    /// Ranks held by each thread, as a bit set; only maintained when assertions are on.
    private static final ThreadLocal<long[]> HELD = ThreadLocal.withInitial(() -> new long[1]);

    /// A few microseconds; none where nobody else can be at work meanwhile.
    private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 100 : 1;

    private final Rank rank;

    /// @param rank where this lock stands in the order
    public RankedLock(Rank rank) {
        this.rank = rank;
    }

    /// {@inheritDoc}
    ///
    /// @throws StackOverflowError if it is the lock of address spaces, which is taken first, and the stack may not do for what is done
    ///                            under it; it is not held then
    @Override
    public void lock() {
        if (rank == Rank.ADDRESS_SPACES) {
            StackRoom.requireMuch();
        }
        assert mayTake();
        if (!spin()) {
            super.lock();
        }
        assert noteTaken();
    }

    /// What is done under a lock of this library takes microseconds at most, and parking and waking a thread takes more: so
    /// a thread that meets another one waits a little before it parks.
    private boolean spin() {
        for (int spins = 0; spins < SPINS; spins++) {
            if (super.tryLock()) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    @Override
    public boolean tryLock() {
        assert mayTake();
        final boolean taken = super.tryLock();
        assert !taken || noteTaken();
        return taken;
    }

    @Override
    public void unlock() {
        super.unlock();
        assert noteReleased();
    }

    /// Not offered: waits are short, and the order is checked in [#lock] and [#tryLock()].
    ///
    /// @throws UnsupportedOperationException always
    @Override
    public void lockInterruptibly() {
        throw new UnsupportedOperationException("a ranked lock is taken by lock() or tryLock()");
    }

    /// Not offered: waits are short, and the order is checked in [#lock] and [#tryLock()].
    ///
    /// @throws UnsupportedOperationException always
    @Override
    public boolean tryLock(long timeout, TimeUnit unit) {
        throw new UnsupportedOperationException("a ranked lock is taken by lock() or tryLock()");
    }

    /// {@return true} For `assert`: the calling thread must hold no lock of this library, because what
    /// follows may block or enter the operating system.
    public static boolean noneHeld() {
        if (HELD.get()[0] != 0) {
            throw new AssertionError("a lock is held where none may be: ranks " + Long.toBinaryString(HELD.get()[0]));
        }
        return true;
    }

    private boolean mayTake() {
        final long held = HELD.get()[0];
        if (held >>> rank.ordinal() != 0) {
            throw new AssertionError(
                    "lock of rank " + rank + " taken while holding ranks " + Long.toBinaryString(held));
        }
        return true;
    }

    private boolean noteTaken() {
        HELD.get()[0] |= 1L << rank.ordinal();
        return true;
    }

    private boolean noteReleased() {
        HELD.get()[0] &= ~(1L << rank.ordinal());
        return true;
    }
}
