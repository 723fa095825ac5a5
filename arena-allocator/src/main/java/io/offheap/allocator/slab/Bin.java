package io.offheap.allocator.slab;

import io.offheap.allocator.extent.Extent;
import io.offheap.memory.util.RankedLock;

/// All slabs of one size class in one shard: hands slots out in batches and takes them back in batches.
///
/// The bin serves the slab with the lowest address first. A slab that runs empty is given back at once, as
/// one run of pages, so the pages of an idle size class do not stay here.
///
/// Taking slots back allocates nothing but bitmaps of slabs that were full, and where the Java heap has none the slots stay with
/// the caller: no slot is lost.
///
/// ## Concurrency
/// One lock, of rank `BIN`, taken once a batch. Slabs are built and given back outside of it, because
/// pages come from layers that may enter the operating system.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **B1** the heap holds exactly the slabs that have free slots, and none of them is empty for longer than
///   the call that emptied it
/// - **B2** `usedSlots` is the number of slots handed to caches and callers
public final class Bin {

    private final RankedLock lock = new RankedLock(RankedLock.Rank.BIN);
    private final SlabPages pages;
    private final int sizeClass;
    private final int slotSize;
    private final int slots;

    // Guarded by the lock.
    private final SlabHeap open = new SlabHeap();
    private long[] spareBitmap;         // of a slab that is full now, without a bit; null if there is none
    private int slabs;
    private long usedSlots;
    private long slotsTaken;

    /// @param pages     where runs for slabs come from and go to
    /// @param sizeClass index of the class
    /// @param slotSize  bytes
    /// @param slots     in a slab
    public Bin(SlabPages pages, int sizeClass, int slotSize, int slots) {
        this.pages = pages;
        this.sizeClass = sizeClass;
        this.slotSize = slotSize;
        this.slots = slots;
    }

    /// Takes slots, lowest addresses first. No lock may be held.
    ///
    /// @param addresses filled from index 0
    /// @param count     how many are wanted, positive
    /// @return how many were taken: at least one, fewer than wanted rather than a further slab
    /// @throws OutOfMemoryError if a slab is needed and cannot be had
    public int take(long[] addresses, int count) {
        final int taken = takeOrBuild(addresses, count);
        pages.handedOut(sizeClass, taken);
        return taken;
    }

    private int takeOrBuild(long[] addresses, int count) {
        final int taken = takeOpen(addresses, count);
        if (taken > 0) {
            return taken;
        }
        try {
            return takeFromNewSlab(addresses, count);
        } catch (OutOfMemoryError e) {
            final int cameBack = takeOpen(addresses, count);    // from the caches that were flushed to make room
            if (cameBack > 0) {
                return cameBack;
            }
            throw e;
        }
    }

    private int takeFromNewSlab(long[] addresses, int count) {
        final var extent = pages.allocate(sizeClass);
        final var slab = slabIn(extent);
        pages.publish(extent, slab, sizeClass);
        final int taken;
        final boolean isUnused;
        lock.lock();
        try {
            open.add(slab);
            slabs++;
            taken = takeLocked(addresses, count);
            isUnused = slab.isEmpty();                  // others gave slots back meanwhile, at lower addresses
            if (isUnused) {
                open.remove(slab);
                slabs--;
            }
        } finally {
            lock.unlock();
        }
        if (isUnused) {
            pages.release(extent);
        }
        return taken;
    }

    private Slab slabIn(Extent extent) {
        Slab slab = null;
        try {
            slab = new Slab(extent, this);
            return slab;
        } finally {
            if (slab == null) {
                pages.discard(extent);
            }
        }
    }

    private int takeOpen(long[] addresses, int count) {
        lock.lock();
        try {
            return takeLocked(addresses, count);
        } finally {
            lock.unlock();
        }
    }

    private int takeLocked(long[] addresses, int count) {
        assert lock.isHeldByCurrentThread();
        int taken = 0;
        for (var slab = open.lowest(); slab != null && taken < count; slab = open.lowest()) {
            taken += slab.take(addresses, taken, count - taken);
            if (slab.isFull()) {
                open.remove(slab);
            }
        }
        usedSlots += taken;
        slotsTaken += taken;
        return taken;
    }

    /// Takes back those of the slots that belong to this bin, as far as the Java heap has bitmaps for slabs that were full. No
    /// lock may be held.
    ///
    /// @param batch  slots of this size class; those of other bins are left to be looked at, those of this bin that could not be
    ///               taken are refused
    /// @param lookup finds the slab of a slot
    public void give(SlotBatch batch, SlabLookup lookup) {
        Slab emptied = null;
        lock.lock();
        try {
            emptied = giveLocked(batch, lookup);
        } finally {
            lock.unlock();
        }
        while (emptied != null) {
            final var slab = emptied;
            emptied = slab.sibling;
            slab.sibling = null;
            pages.release(slab.extent);
        }
    }

    /// {@return the slabs that are empty now, linked through `sibling`}
    private Slab giveLocked(SlotBatch batch, SlabLookup lookup) {
        assert lock.isHeldByCurrentThread();
        final long[] slots = batch.slots();
        Slab emptied = null;
        int refused = batch.refused();
        int others = 0;
        boolean heapIsFull = false;
        for (int i = refused; i < batch.count(); i++) {
            final long address = slots[i];
            final var slab = lookup.slabOf(address);
            if (slab.bin != this) {
                slots[refused + others++] = address;
            } else if (slab.isFull() && heapIsFull || !slab.getsBitmap()) {
                heapIsFull = true;                      // asked once a batch: each time may be a collection, under the lock
                slots[refused + others] = slots[refused];
                slots[refused++] = address;
            } else if (giveLocked(slab, address)) {
                slab.sibling = emptied;
                emptied = slab;
            }
        }
        batch.setLeft(refused, others);
        return emptied;
    }

    /// {@return whether the slab is empty now, and out of the heap}
    private boolean giveLocked(Slab slab, long address) {
        final boolean wasFull = slab.isFull();
        if (!slab.give(address)) {
            return false;                               // two threads freed it at once: the second changes nothing
        }
        usedSlots--;
        if (slab.isEmpty()) {
            if (!wasFull) {
                open.remove(slab);
            }
            slabs--;
            return true;
        }
        if (wasFull) {
            open.add(slab);
        }
        return false;
    }

    /// {@return what it holds and has handed out}
    public BinStats stats() {
        lock.lock();
        try {
            return new BinStats(slabs, (long) slabs * slots, usedSlots, slotsTaken);
        } finally {
            lock.unlock();
        }
    }

    /// {@return slots handed to caches and callers}
    public long usedSlots() {
        lock.lock();
        try {
            return usedSlots;
        } finally {
            lock.unlock();
        }
    }

    /// {@return whether a slot of a slab of this bin begins at an address, and has been handed to a cache or a caller} For checks.
    public boolean hasHandedOut(Slab slab, long address) {
        lock.lock();
        try {
            return slab.bin == this && slab.hasHandedOut(address);
        } finally {
            lock.unlock();
        }
    }

    /// {@return the size of a slot, bytes}
    public int slotSize() {
        return slotSize;
    }

    /// {@return the index of the class}
    public int sizeClass() {
        return sizeClass;
    }

    /// {@return how many slots a slab has}
    int slots() {
        return slots;
    }

    /// {@return a bitmap without a bit, for a slab of this bin; null if the Java heap has none} Under the lock.
    long[] bitmap(int words) {
        final var spare = spareBitmap;
        spareBitmap = null;
        if (spare != null) {
            return spare;
        }
        try {
            return pages.newBitmap(words);
        } catch (OutOfMemoryError e) {
            return null;                                // the slots wait elsewhere until there is one
        }
    }

    /// Takes the bitmap of a slab that is full, without a bit. Under the lock.
    void keepBitmap(long[] bitmap) {
        spareBitmap = bitmap;
    }

    /// {@return bytes of all slabs}
    public long slabBytes() {
        lock.lock();
        try {
            return slabs * pages.slabBytes(sizeClass);
        } finally {
            lock.unlock();
        }
    }

    /// Recomputes what the fields cache and compares. O(slabs).
    ///
    /// @return true
    /// @throws AssertionError naming the invariant
    public boolean checkInvariants() {
        lock.lock();
        try {
            open.checkInvariants();
            final long[] free = new long[1];
            open.forEach(slab -> {
                slab.checkInvariants();
                if (slab.isFull() || slab.isEmpty()) {
                    throw new AssertionError("B1: slab with " + slab.freeCount() + " of " + slots + " free");
                }
                free[0] += slab.freeCount();
            });
            if ((long) slabs * slots - free[0] != usedSlots) {
                throw new AssertionError("B2: " + slabs + " slabs of " + slots + ", " + free[0] + " free, "
                        + usedSlots + " counted");
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Where runs for slabs come from and go to. Called with no lock held.
    public interface SlabPages {
        /// {@return a held run for a slab of the class}
        ///
        /// @throws OutOfMemoryError if none can be had
        Extent allocate(int sizeClass);

        /// Lets lookups find the slab from its addresses, before any of its slots is handed out, and makes the run
        /// active.
        void publish(Extent extent, Slab slab, int sizeClass);

        /// Takes a run back that was allocated and not published.
        void discard(Extent extent);

        /// Takes the run of an empty slab back; no lookup finds the slab afterwards.
        void release(Extent extent);

        /// Notes that slots of the class went to a cache.
        void handedOut(int sizeClass, int slots);

        /// {@return the bytes of a slab of the class}
        long slabBytes(int sizeClass);

        /// {@return a bitmap without a bit} Called under the lock of the bin.
        ///
        /// @throws OutOfMemoryError if the Java heap is full
        default long[] newBitmap(int words) {
            return new long[words];
        }
    }

    /// From a slot to its slab.
    @FunctionalInterface
    public interface SlabLookup {
        /// {@return the slab that an address handed out by a bin lies in}
        Slab slabOf(long address);
    }
}
