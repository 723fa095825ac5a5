package io.offheap.memory.space;

import io.offheap.memory.frame.Taken;

/// Which frames get their memory before somebody waits for it: a batch, when many pages are being copied.
///
/// The kernel takes longer to find memory for a page than the copy takes, and under the lock everybody would wait for it.
///
/// Guarded by the lock of the domain.
final class MemoryInAdvance {

    /// Copies after which it looks as if more were to come.
    private static final int MANY_COPIES = Commitment.BATCH * 3 / 4;

    /// Frames that may be on their way to memory at a time, by a few threads, and so are not to be had.
    private static final int MOST_BARE = 16 * Commitment.BATCH;

    private final Domain domain;
    private long copies;
    private int copiesSinceMemory;                                      // was given to frames

    MemoryInAdvance(Domain domain) {
        this.domain = domain;
    }

    /// Counts a page that is copied because somebody wrote to one that others have.
    void noteCopy() {
        copies++;
        copiesSinceMemory++;
    }

    /// {@return how many pages were copied}
    long copies() {
        return copies;
    }

    /// Gives memory to a batch of frames if it will be wanted and there are enough of them. Gives the lock up meanwhile.
    void giveIfWorthIt() {
        if (copiesSinceMemory >= MANY_COPIES && domain.frames.kept() == 0 && domain.frames.available() > MOST_BARE) {
            give();
        }
    }

    private void give() {
        copiesSinceMemory = 0;
        domain.unlock();
        try {
            final long granted = domain.commitment.acquire(Commitment.BATCH);
            domain.frames.giveMemory(takeBare(granted));
        } catch (OutOfMemoryError tight) {
            assert !domain.lock.isHeldByCurrentThread();                // then only what is needed
        }
        domain.lock.lock();
        domain.frames.acceptReturned();
    }

    private Taken takeBare(long granted) {
        domain.lock.lock();
        try {
            domain.commitment.add(granted);
            return domain.frames.takeBare(domain.isClosed() ? 0 : Commitment.BATCH);    // then their addresses may be somebody else's
        } finally {
            domain.lock.unlock();
        }
    }
}
