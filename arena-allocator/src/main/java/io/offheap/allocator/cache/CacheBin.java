package io.offheap.allocator.cache;

import io.offheap.allocator.slab.Bin;

/// Free slots of one size class at one thread's hand: a bounded stack of addresses.
///
/// Written by the cache's owner alone. Another thread may look in ([#contains]) and sees at least what was
/// pushed before something that happened before its look.
final class CacheBin {

    private static final long[] NOTHING = {};

    /// The bound of a bin, bytes of slots: together some 1.15 MiB a thread when every class is full.
    private static final int CAPACITY_BYTES = 32 << 10;
    static final int MOST_SLOTS = 128;
    private static final int LEAST_SLOTS = 8;

    private final int capacity;
    private long[] slots = NOTHING;     // allocated at the first fill
    private int count;

    /// @param slotSize bytes
    CacheBin(int slotSize) {
        this.capacity = Math.clamp(CAPACITY_BYTES / slotSize, LEAST_SLOTS, MOST_SLOTS);
    }

    /// {@return the slot pushed last, which is the warmest, or 0}
    long pop() {
        final int last = count - 1;
        if (last < 0) {
            return 0;
        }
        count = last;
        return slots[last];
    }

    /// {@return whether the slot was taken in: not if the bin is full}
    boolean push(long address) {
        final int place = count;
        final var into = slots;
        if (place == into.length) {
            return false;
        }
        into[place] = address;
        count = place + 1;
        return true;
    }

    /// Makes room for a first push.
    ///
    /// @return whether there is more room now
    boolean open() {
        if (slots.length == capacity) {
            return false;
        }
        slots = new long[capacity];
        return true;
    }

    /// Takes slots in from the bins of the shard, into an empty stack, and the lowest address on top.
    ///
    /// @param bin where they come from; no lock may be held
    void fillFrom(Bin bin) {
        assert count == 0 : count;
        if (slots.length == 0) {
            slots = new long[capacity];
        }
        final int taken = bin.take(slots, fillCount());
        for (int low = 0, high = taken - 1; low < high; low++, high--) {
            final long address = slots[low];
            slots[low] = slots[high];
            slots[high] = address;
        }
        count = taken;
    }

    /// {@return how many slots a fill asks for: half of the capacity, so that frees find room too}
    int fillCount() {
        return capacity / 2;
    }

    /// Moves the oldest slots, which are the coldest, out.
    ///
    /// @param into filled from index 0
    /// @param most how many at most
    /// @return how many
    int takeOldest(long[] into, int most) {
        final int taken = Math.min(most, count);
        System.arraycopy(slots, 0, into, 0, taken);
        count -= taken;
        System.arraycopy(slots, taken, slots, 0, count);
        return taken;
    }

    int capacity() {
        return capacity;
    }

    int count() {
        return count;
    }

    /// {@return whether the slot is here} Looks at what another thread may be changing.
    boolean contains(long address) {
        final var look = slots;
        for (int i = Math.min(count, look.length) - 1; i >= 0; i--) {
            if (look[i] == address) {
                return true;
            }
        }
        return false;
    }
}
