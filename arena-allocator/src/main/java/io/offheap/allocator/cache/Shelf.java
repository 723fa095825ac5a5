package io.offheap.allocator.cache;

import io.offheap.memory.util.RankedLock;

/// The slots of one class in a [SlotDepot], the newest last.
final class Shelf {

    static final long[] NO_SLOTS = {};

    final RankedLock lock = new RankedLock(RankedLock.Rank.CACHE_SLOT);
    long[] slots = NO_SLOTS;            // guarded by the lock, as is all here
    int count;
    boolean overflowed;                 // found full since it last grew
    long changes;
    long lastChanges;                   // when the daemon last looked

    /// Whether slots of the class come here: of slabs always, runs once they are wanted.
    volatile boolean isWanted;

    /// Found empty after it was full. Not guarded: a race loses or repeats a reason to grow.
    boolean starved;

    /// {@return whether there is no room and no reason to grow} A look without the lock: who only frees finds no place at home, and
    /// pays nothing.
    boolean isFullForGood() {
        return overflowed && !starved && count == slots.length;
    }
}
