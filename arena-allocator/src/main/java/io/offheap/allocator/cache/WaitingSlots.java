package io.offheap.allocator.cache;

import io.offheap.allocator.slab.SlotVisitor;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.RankedLock;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongToIntFunction;

/// Slots that nobody has any more, and that found no place for want of Java heap, until there is some.
///
/// Room for them cannot be had when it is needed, so they are a chain: the first word of each leads to the next one, and is 0 again once the slot
/// is taken out. Who writes to a buffer that he has freed may break it. So the words are mixed with a key, which nothing that is written by chance has, and
/// no address is followed that is not one of a slot: what hangs on a word that was overwritten stays in use for good.
///
/// Any thread may add one. One thread at a time may take them out.
final class WaitingSlots {

    private static final long NONE = 0;

    private final RankedLock lock = new RankedLock(RankedLock.Rank.CACHE_SLOT);
    private final LongToIntFunction classOf;
    private final long key = ThreadLocalRandom.current().nextLong();

    /// The one added last. Written under the lock.
    private volatile long first = NONE;

    /// @param classOf the slot class of an address, any address; negative if it has none
    WaitingSlots(LongToIntFunction classOf) {
        this.classOf = classOf;
    }

    /// Takes a slot in. Needs no Java heap.
    void add(long slot) {
        lock.lock();
        try {
            RawMemory.putLong(slot, first ^ key);
            first = slot;
        } finally {
            lock.unlock();
        }
    }

    /// {@return whether there is none} A look from outside.
    boolean isEmpty() {
        return first == NONE;
    }

    /// {@return a slot, which waits no longer, or 0 if there is none} Needs no Java heap.
    long take() {
        lock.lock();
        try {
            final long taken = first;
            if (taken != NONE) {
                first = next(taken);
                RawMemory.putLong(taken, 0);
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private long next(long slot) {
        final long next = RawMemory.getLong(slot) ^ key;
        return classOf.applyAsInt(next) >= 0 ? next : NONE;
    }

    /// Visits them. For checks.
    void forEach(SlotVisitor visitor) {
        lock.lock();
        try {
            for (long slot = first; slot != NONE; slot = next(slot)) {
                visitor.visit(slot, classOf.applyAsInt(slot));
            }
        } finally {
            lock.unlock();
        }
    }

    /// Adds them to a sum, by their class.
    void addTo(long[] counts) {
        forEach((_, slotClass) -> counts[slotClass]++);
    }
}
