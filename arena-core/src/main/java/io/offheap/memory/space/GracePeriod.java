package io.offheap.memory.space;

import io.offheap.memory.util.RankedLock;

/// When an operation waits for those who write or copy: after it has taken entries away, before what is behind them is
/// another's.
///
/// They have looked before something was taken away, and use what they have found: through a window, or announced
/// ([WriterGate]). An operation notes what it does, and waits once for all of it.
///
/// Guarded by the lock of the domain.
final class GracePeriod {

    private final RankedLock lock;
    private final Windows windows;
    private boolean hasNewEpochs;                                       // since accesses were waited for last
    private boolean hasTaken;                                           // entries, since then

    /// Nothing was taken away yet.
    ///
    /// @param lock    of the domain
    /// @param windows of its spaces, which end with each wait
    GracePeriod(RankedLock lock, Windows windows) {
        this.lock = lock;
        this.windows = windows;
    }

    /// Notes that the epoch of a space was advanced: somebody may still copy what was there before.
    void noteEpoch() {
        hasNewEpochs = true;
    }

    /// Notes that the operation has taken entries away, so that its end waits for those who use what is behind them.
    void noteTaken() {
        hasTaken = true;
    }

    /// Waits for all who have looked before something was taken away, and use what they have found.
    void awaitAccesses() {
        assert lock.isHeldByCurrentThread();
        windows.end();
        WriterGate.awaitAll();
        hasNewEpochs = false;
        hasTaken = false;
    }

    /// Waits for all writers who have looked before write access was taken away, and store to what they have found: for a
    /// change that leaves readers what they have.
    void awaitWriters() {
        assert lock.isHeldByCurrentThread();
        windows.end();
        WriterGate.awaitWriters();
    }

    /// Waits for all, unless nothing was taken away since they were waited for. If the wait fails, the next waits.
    ///
    /// @return whether something was
    boolean awaitTaken() {
        if (hasTaken) {
            awaitAccesses();
            return true;
        }
        return false;
    }

    /// Waits for all, unless nothing was taken away or replaced since they were waited for.
    void awaitReaders() {
        if (hasNewEpochs) {
            awaitAccesses();
        }
    }
}
