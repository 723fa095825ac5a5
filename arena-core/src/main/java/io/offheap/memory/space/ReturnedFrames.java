package io.offheap.memory.space;

import io.offheap.memory.frame.Frames;
import io.offheap.memory.frame.Taken;
import io.offheap.memory.util.RankedLock;

/// When frames become free that were given back without the lock of the domain: before and after somebody lets go of it.
///
/// Whoever gives some back and finds the lock taken leaves them to its holder, who looks once more after he has let go of
/// it. So nobody waits for the lock who gives memory back.
final class ReturnedFrames {

    private final RankedLock lock;
    private final Frames frames;
    private final Commitment commitment;

    /// @param lock       of the domain
    /// @param frames     of the domain
    /// @param commitment is told when there are more of them
    ReturnedFrames(RankedLock lock, Frames frames, Commitment commitment) {
        this.lock = lock;
        this.frames = frames;
        this.commitment = commitment;
    }

    /// Releases the lock. Frames that others have given back meanwhile become free.
    void unlock() {
        accept();
        lock.unlock();
        acceptIfFree();
    }

    private void acceptIfFree() {
        while (frames.hasReturned() && lock.tryLock()) {
            accept();
            lock.unlock();
        }
    }

    private void accept() {
        frames.acceptReturned();
        commitment.settle();
    }

    /// Gives taken frames back, with no lock held. Waits for nobody, as [Domain#tryPurge] promises: if somebody holds the
    /// lock, the frames become free when he leaves.
    ///
    /// @param taken the caller's no longer; null if there are none
    void giveBack(Taken taken) {
        if (taken != null && taken.count() > 0) {
            frames.giveBack(taken);
            acceptIfFree();
        }
    }

    /// Returns when no frame is being given back: microseconds, for each page that others are giving back. With no lock
    /// held.
    void awaitAll() {
        while (areThereSome()) {
            Thread.yield();
        }
    }

    private boolean areThereSome() {
        lock.lock();
        try {
            frames.acceptReturned();
            return frames.taken() > 0;
        } finally {
            unlock();
        }
    }
}
