package io.offheap.memory.table;

import java.lang.invoke.VarHandle;
import java.util.Arrays;

/// Where leaves start in memory whose 512 pages lie there in their order: one look instead of four.
///
/// Random accesses to much memory wait for the memory, and a processor waits for as many at a time as it can hold of
/// the instructions between them; so a lookup must be short. Most memory is first written in order, and then its
/// frames are neighbours. Everything else is looked up in the tree.
///
/// ```
///   63                                 16 15       0
///  |  address of the first page, or 0    |    0     |
/// ```
///
/// A word for each leaf, of the first 32 GiB. Belongs to one table and speaks of leaves that this table owns.
///
/// ## Concurrency
/// Written under the lock of the domain. Read without it, after the epoch or the announcement of a writer, like entries.
final class Lines {

    /// Leaves that are covered.
    private static final int MOST = 1 << 14;

    private static final int FEWEST = 8;
    private static final int ADDRESS_SHIFT = 16;
    private static final long[] NONE = {};

    private volatile long[] words = NONE;

    Lines() {}

    /// {@return the address of a byte, or 0 if it is not known to lie in a line}
    ///
    /// @param address    in the address space
    /// @param leafShift  of the bytes of a leaf
    /// @param alignShift of what the address must be a multiple of, else the answer is 0
    long find(long address, int leafShift, int alignShift) {
        final long[] now = words;
        final long leaf = Long.rotateRight(address, alignShift) >>> leafShift - alignShift;
        if (leaf < now.length) {
            final long start = now[(int) leaf] >>> ADDRESS_SHIFT;
            if (start != 0) {
                return start + (address & (1L << leafShift) - 1);
            }
        }
        return 0;
    }

    /// Says where a leaf starts.
    ///
    /// @param start 0 if not in a line
    void put(long leaf, long start) {
        long[] now = words;
        if (leaf >= MOST || start == 0 && leaf >= now.length) {
            return;
        }
        if (leaf >= now.length) {
            now = Arrays.copyOf(now, Math.max(FEWEST, Integer.highestOneBit((int) leaf) << 1));
        }
        final long word = start << ADDRESS_SHIFT;
        if (now[(int) leaf] != word) {
            VarHandle.releaseFence();
            now[(int) leaf] = word;
            words = now;
        }
    }

    /// Forgets the leaves of `[from, to)`.
    void forget(long from, long to) {
        final long[] now = words;
        Arrays.fill(now, (int) Math.min(from, now.length), (int) Math.min(to, now.length), 0);
    }

    /// Forgets everything. O(1).
    void forget() {
        words = NONE;
    }

    /// {@return a number above those of all leaves of which something was said}
    int size() {
        return words.length;
    }

    /// {@return where a leaf starts, or 0}
    long start(long leaf) {
        final long[] now = words;
        return leaf < now.length ? now[(int) leaf] >>> ADDRESS_SHIFT : 0;
    }
}
