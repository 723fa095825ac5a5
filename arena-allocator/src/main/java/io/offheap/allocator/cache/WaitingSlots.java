package io.offheap.allocator.cache;

import io.offheap.allocator.slab.SlotVisitor;
import io.offheap.memory.util.RankedLock;
import java.util.Arrays;

/// Slots that nobody has any more, and that found no place for want of Java heap, until there is some.
///
/// Any thread may add one. One thread at a time may take them out.
final class WaitingSlots {

    /// Room that is there from the start, since it cannot be had when it is needed. Each slot that comes here has cost collections of
    /// the whole heap, so few come before the heap has room again, or the program has ended.
    private static final int PLACES = 1 << 10;

    private final RankedLock lock = new RankedLock(RankedLock.Rank.CACHE_SLOT);

    // Guarded by the lock.
    private long[] slots = new long[PLACES];
    private int[] classes = new int[PLACES];

    /// Written under the lock.
    private volatile int count;

    /// Takes a slot in.
    ///
    /// @return false, and nothing has changed, if there is no room for it
    boolean add(long slot, int slotClass) {
        lock.lock();
        try {
            if (count == slots.length && !grows()) {
                return false;
            }
            slots[count] = slot;
            classes[count] = slotClass;
            count++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean grows() {
        try {
            final var moreSlots = Arrays.copyOf(slots, 2 * count);
            classes = Arrays.copyOf(classes, 2 * count);
            slots = moreSlots;
            return true;
        } catch (OutOfMemoryError e) {
            return false;
        }
    }

    /// {@return whether there is none} A look from outside.
    boolean isEmpty() {
        return count == 0;
    }

    /// {@return the first of them, which stays; there is one} For whoever takes them out.
    long first() {
        lock.lock();
        try {
            return slots[0];
        } finally {
            lock.unlock();
        }
    }

    /// {@return the class of the first}
    int firstClass() {
        lock.lock();
        try {
            return classes[0];
        } finally {
            lock.unlock();
        }
    }

    /// Takes the first one out, which has found a place.
    void dropFirst() {
        lock.lock();
        try {
            count--;
            slots[0] = slots[count];
            classes[0] = classes[count];
        } finally {
            lock.unlock();
        }
    }

    /// Visits them. For checks.
    void forEach(SlotVisitor visitor) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                visitor.visit(slots[i], classes[i]);
            }
        } finally {
            lock.unlock();
        }
    }

    /// Adds them to a sum, by their class.
    void addTo(long[] counts) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                counts[classes[i]]++;
            }
        } finally {
            lock.unlock();
        }
    }
}
