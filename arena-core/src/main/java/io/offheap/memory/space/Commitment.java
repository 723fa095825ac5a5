package io.offheap.memory.space;

import io.offheap.memory.frame.Frames;

/// How many pages of a domain may have memory without asking: what its [Headroom] granted, less what is used of it.
///
/// ```
///   granted = frames in use, kept for re-use or being given back + pages of memory files that were written + left
/// ```
///
/// Whoever may need pages asks for them with no lock held, and takes them under the lock of the domain. Some are kept in
/// hand, so that a fault need not ask each time.
///
/// Guarded by the lock of the domain.
final class Commitment {

    /// Pages that are asked for at a time, at least, and kept in hand: 256 KiB at pages of 4 KiB.
    static final int BATCH = 64;

    private final Headroom headroom;
    private final Frames frames;
    private final int pageShift;
    private long granted;
    private boolean closed;
    private long filled;

    Commitment(Headroom headroom, Frames frames, int pageShift) {
        this.headroom = headroom;
        this.frames = frames;
        this.pageShift = pageShift;
    }

    /// {@return pages that may be taken} Negative if others have filled pages of a file that we share with them.
    long left() {
        return granted - frames.charged() - filled;
    }

    /// {@return pages that were granted}
    long granted() {
        return granted;
    }

    /// {@return pages of memory files that have memory}
    long filled() {
        return filled;
    }

    /// Notes that pages of memory files have come to have memory, or have lost it.
    void addFilled(long pages) {
        filled += pages;
        assert filled >= 0 : filled;
    }

    /// Asks for pages. With no lock held.
    ///
    /// @return how many were granted: as many as were asked for, or some more
    /// @throws OutOfMemoryError if they do not fit under a limit
    long acquire(long pages) {
        if (pages < BATCH) {
            try {
                headroom.acquire((long) BATCH << pageShift);
                return BATCH;
            } catch (OutOfMemoryError tight) {
                // then only what is needed
            }
        }
        headroom.acquire(pages << pageShift);
        return pages;
    }

    /// Takes what [#acquire] granted into account. After [#close] nobody needs it.
    void add(long pages) {
        granted += pages;
        if (closed) {
            giveBack(granted);
        }
    }

    /// Gives back what is not worth keeping in hand.
    void settle() {
        if (left() > 2 * BATCH) {
            giveBack(left() - BATCH);
        }
    }

    /// Gives back all that is not used.
    void giveBackRest() {
        if (left() > 0) {
            giveBack(left());
        }
    }

    /// Gives back all, once nothing has memory any more, and what is granted to those who have asked meanwhile.
    void close() {
        closed = true;
        if (granted > 0) {
            giveBack(granted);
        }
    }

    private void giveBack(long pages) {
        granted -= pages;
        headroom.release(pages << pageShift);
    }
}
