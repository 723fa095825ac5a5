package io.offheap.allocator.cache;

import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.SlotVisitor;
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

    /// Visits the slots.
    void forEach(int slotClass, SlotVisitor visitor) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                visitor.visit(slots[i], slotClass);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Checks D1, D2 and D4 of [SlotDepot].
    ///
    /// @param size  of a slot, bytes
    /// @param first how many places there are at first
    /// @return bytes of slots that the places exceed the first ones by
    /// @throws AssertionError naming the invariant
    long check(int slotClass, long size, int first) {
        lock.lock();
        try {
            final int places = slots.length;
            check("D1", 0 <= count && count <= places, slotClass, count);
            for (int i = 0; i < count; i++) {
                check("D1", slots[i] != 0, slotClass, i);
            }
            check("D2", places % first == 0 && Integer.bitCount(places / first) <= 1, slotClass, places);
            check("D2", places <= first || places <= SlotDepot.MOST_SLOTS && places * size <= SlotDepot.mostBytes(slotClass), slotClass, places);
            check("D4", isWanted || SlotClasses.isRun(slotClass), slotClass, 0);
            return Math.max(places - first, 0) * size;
        } finally {
            lock.unlock();
        }
    }

    private static void check(String invariant, boolean holds, int slotClass, int what) {
        if (!holds) {
            throw new AssertionError(invariant + ": class " + slotClass + ": " + what);
        }
    }
}
