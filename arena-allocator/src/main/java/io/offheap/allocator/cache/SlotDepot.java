package io.offheap.allocator.cache;

import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.util.RankedLock;

/// Free slots on their way from threads that free to threads that allocate.
///
/// Where one thread allocates what another frees, slots pile up with one and are wanted by the other. They change hands
/// here in batches, untouched: to their slabs and back each would be looked up, counted and searched for again. So a
/// pair of threads costs one lock for a batch on either side. Bounded ([#CAPACITY_BYTES] for each class); what finds no
/// place goes to its slab. Only slots that are cut from slabs: a slot that is a run of its own is volatile
/// elsewhere ([RunDepot]). (The transfer cache of tcmalloc does the same.)
///
/// Any thread; one lock for a class, held while a batch of addresses is copied.
final class SlotDepot {

    /// What may lie here of each class, bytes of slots.
    static final long CAPACITY_BYTES = 128 << 10;

    private static final int MOST_SLOTS = 2048;

    /// The slots of one class, the newest last.
    private static final class Shelf {
        final RankedLock lock = new RankedLock(RankedLock.Rank.CACHE_SLOT);
        long[] slots = {};              // guarded by the lock, as is all here
        int count;
        long changes;
        long lastChanges;               // when the daemon last looked
    }

    private final SlotClasses classes;
    private final Shelf[] shelves = new Shelf[SizeClasses.COUNT];

    SlotDepot(SlotClasses classes) {
        this.classes = classes;
        for (int slotClass = 0; slotClass < shelves.length; slotClass++) {
            shelves[slotClass] = new Shelf();
        }
    }

    int capacity(int slotClass) {
        return (int) Math.min(CAPACITY_BYTES / classes.sizeOf(slotClass), MOST_SLOTS);
    }

    /// Takes slots of a class in, the last ones first.
    ///
    /// @param slots filled from index 0
    /// @param count how many
    /// @return how many found no place: the first ones
    int put(long[] slots, int count, int slotClass) {
        final var shelf = shelves[slotClass];
        shelf.lock.lock();
        try {
            if (shelf.slots.length == 0) {
                shelf.slots = new long[capacity(slotClass)];
            }
            final int kept = Math.min(count, shelf.slots.length - shelf.count);
            System.arraycopy(slots, count - kept, shelf.slots, shelf.count, kept);
            shelf.count += kept;
            shelf.changes++;
            return count - kept;
        } finally {
            shelf.lock.unlock();
        }
    }

    /// {@return how many slots of a class find a place} A look from outside.
    int room(int slotClass) {
        return capacity(slotClass) - shelves[slotClass].count;
    }

    /// Hands out the newest slots of a class.
    ///
    /// @param into filled from index 0
    /// @param most how many at most
    /// @return how many, or 0
    int take(long[] into, int most, int slotClass) {
        final var shelf = shelves[slotClass];
        if (shelf.count == 0) {
            return 0;                   // a look without the lock: who only allocates finds nothing here, and pays nothing
        }
        shelf.lock.lock();
        try {
            final int taken = Math.min(most, shelf.count);
            shelf.count -= taken;
            System.arraycopy(shelf.slots, shelf.count, into, 0, taken);
            shelf.changes++;
            return taken;
        } finally {
            shelf.lock.unlock();
        }
    }

    /// {@return whether all that was ever left here was taken: somebody allocates what others free} A look from outside.
    boolean isDrained(int slotClass) {
        final var shelf = shelves[slotClass];
        return shelf.count == 0 && shelf.slots.length > 0;
    }

    /// Gives all slots back to their bins. No lock may be held.
    void flush(Shards shards) {
        for (int slotClass = 0; slotClass < shelves.length; slotClass++) {
            flush(shards, slotClass, false);
        }
    }

    /// Gives those slots back to their bins whose class nobody has asked for or given since the last call. For the daemon.
    void flushIdle(Shards shards) {
        for (int slotClass = 0; slotClass < shelves.length; slotClass++) {
            flush(shards, slotClass, true);
        }
    }

    private void flush(Shards shards, int slotClass, boolean onlyIfIdle) {
        final var shelf = shelves[slotClass];
        if (shelf.count == 0) {
            return;                     // a look without the lock: what comes in this moment came after the flush
        }
        final long[] slots;
        final int count;
        shelf.lock.lock();
        try {
            final boolean idle = shelf.changes == shelf.lastChanges;
            shelf.lastChanges = shelf.changes;
            if (shelf.count == 0 || onlyIfIdle && !idle) {
                return;
            }
            slots = shelf.slots;
            count = shelf.count;
            shelf.slots = new long[0];
            shelf.count = 0;
        } finally {
            shelf.lock.unlock();
        }
        shards.give(slots, count, slotClass);
    }

    /// Adds the number of slots of each class to a sum.
    void addTo(long[] counts) {
        for (int slotClass = 0; slotClass < shelves.length; slotClass++) {
            final var shelf = shelves[slotClass];
            shelf.lock.lock();
            try {
                counts[slotClass] += shelf.count;
            } finally {
                shelf.lock.unlock();
            }
        }
    }
}
