package io.offheap.allocator.slab;

import io.offheap.allocator.extent.Extent;

/// An extent cut into equal slots of one size class. Guarded by the lock of its [Bin].
///
/// Most slabs of a large heap are full, so a full one has no bitmap: it leaves it to the bin, which lends it to the next
/// that needs one, or asks the Java heap for another ([#getsBitmap]).
///
/// ## Invariants
/// - **S1** bit `i` of `free` is set exactly when slot `i` is in this slab, not handed to a cache or a caller
/// - **S2** `freeCount` is the number of set bits, and no bit beyond the last slot is set
/// - **S3** there is no bitmap exactly when no slot is free
public final class Slab {

    final Extent extent;
    final Bin bin;
    private long[] free;                // null if no slot is free
    private int freeCount;
    private int firstWord;              // no word below it has a free slot

    // The pairing heap of Bin: children and siblings.
    Slab child;
    Slab sibling;
    Slab parent;                        // or the elder sibling; null for the root and outside the heap

    /// All slots are free.
    ///
    /// @param bin knows how many slots there are, and their size
    Slab(Extent extent, Bin bin) {
        this.extent = extent;
        this.bin = bin;
        this.freeCount = bin.slots();
        this.free = new long[words()];
        for (int slot = 0; slot < freeCount; slot++) {
            free[slot >>> 6] |= 1L << slot;
        }
    }

    private int words() {
        return (bin.slots() + 63) >>> 6;
    }

    /// {@return the address of the first slot}
    long base() {
        return extent.address();
    }

    /// {@return the bin that the slab belongs to}
    public Bin bin() {
        return bin;
    }

    boolean isFull() {
        return freeCount == 0;
    }

    boolean isEmpty() {
        return freeCount == bin.slots();
    }

    int freeCount() {
        return freeCount;
    }

    /// Takes free slots, lowest addresses first.
    ///
    /// @return how many were taken: `count`, or all there were
    int take(long[] addresses, int from, int count) {
        if (isFull()) {
            return 0;
        }
        final long base = base();
        final int slotSize = bin.slotSize();
        int taken = 0;
        for (int word = firstWord; word < free.length && taken < count; word++) {
            long left = free[word];
            while (left != 0 && taken < count) {
                final int slot = (word << 6) + Long.numberOfTrailingZeros(left);
                addresses[from + taken++] = base + (long) slot * slotSize;
                left &= left - 1;
            }
            free[word] = left;
            firstWord = word;
        }
        freeCount -= taken;
        if (isFull()) {
            bin.keepBitmap(free);
            free = null;
        }
        return taken;
    }

    /// {@return whether a slot can be given} Not if the slab is full and the Java heap has no bitmap for it, and then nothing has
    /// changed. If so, it is given next: a bitmap belongs to a free slot.
    boolean getsBitmap() {
        if (free == null) {
            free = bin.bitmap(words());
        }
        return free != null;
    }

    /// Takes a slot back, after [#getsBitmap].
    ///
    /// @return false, and nothing has changed, if it was here already
    boolean give(long address) {
        final int slot = slotOf(address);
        final long bit = 1L << slot;
        if ((free[slot >>> 6] & bit) != 0) {
            return false;
        }
        free[slot >>> 6] |= bit;
        freeCount++;
        firstWord = Math.min(firstWord, slot >>> 6);
        return true;
    }

    /// {@return whether a slot begins at an address, and has been handed to a cache or a caller}
    boolean hasHandedOut(long address) {
        final long slot = (address - base()) / bin.slotSize();
        return 0 <= slot && slot < bin.slots() && base() + slot * bin.slotSize() == address
                && (free == null || (free[(int) slot >>> 6] & 1L << slot) == 0);
    }

    private int slotOf(long address) {
        final int slotSize = bin.slotSize();
        final int slot = (int) ((address - base()) / slotSize);
        assert 0 <= slot && slot < bin.slots() && base() + (long) slot * slotSize == address
                : "0x%x in slab 0x%x of %d slots of %d bytes".formatted(address, base(), bin.slots(), slotSize);
        return slot;
    }

    /// {@return true}
    ///
    /// @throws AssertionError naming the invariant
    boolean checkInvariants() {
        if (isFull() != (free == null)) {
            throw new AssertionError("S3: " + freeCount + " free, " + (free == null ? "no bitmap" : "a bitmap"));
        }
        return isFull() || checkBitmap();
    }

    private boolean checkBitmap() {
        final int slots = bin.slots();
        int seen = 0;
        for (int word = 0; word < free.length; word++) {
            if (word < firstWord && free[word] != 0) {
                throw new AssertionError("S2: free slot below word " + firstWord);
            }
            seen += Long.bitCount(free[word]);
        }
        if (seen != freeCount || (slots & 63) != 0 && free[free.length - 1] >>> slots != 0) {
            throw new AssertionError("S2: " + seen + " bits, " + freeCount + " counted, " + slots + " slots");
        }
        return true;
    }
}
