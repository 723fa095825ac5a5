package io.offheap.memory.table;

import java.lang.invoke.VarHandle;
import java.util.Arrays;

/// Leaves whose pages lie in memory in their order, from the first page to some page: one look instead of four.
///
/// Random accesses to much memory wait for the memory, and a processor waits for as many at a time as it can hold of
/// the instructions between them; so a lookup must be short. Most memory is first written in order, and then its
/// frames are neighbours. Everything else is looked up in the tree.
///
/// ```
///   63                                                                12 11             0
///  |  how far pages lie in memory from their addresses in the space      |  how many pages  |
/// ```
///
/// A word for each leaf, of the first 32 GiB. Belongs to one table. Tables that were forked share the words until one of
/// them changes.
///
/// ## Concurrency
/// Written under the lock of the domain. Read without it, after the epoch or the announcement of a writer, like entries.
public final class Lines {

    /// Leaves that are covered.
    private static final int MOST = 1 << 14;

    private static final int FEWEST = 8;
    private static final int LENGTH_MASK = (1 << 12) - 1;
    private static final long[] NONE = {};

    private final int leafShift;
    private volatile long[] words = NONE;
    private boolean isShared;                                           // the words; guarded by the lock

    /// @param leafShift of the bytes of a leaf
    Lines(int leafShift) {
        this.leafShift = leafShift;
    }

    /// {@return the same for another table} O(1).
    Lines share() {
        final var other = new Lines(leafShift);
        other.words = words;
        other.isShared = true;
        isShared = true;
        return other;
    }

    /// {@return the address of a byte, or 0 if it is not known to lie in a line}
    ///
    /// @param address    in the address space
    /// @param pageShift  of the page size: a constant of the caller's, so that it is not loaded
    /// @param alignShift of what the address must be a multiple of, else the answer is 0
    public long find(long address, int pageShift, int alignShift) {
        final long[] now = words;
        final long leaf = Long.rotateRight(address, alignShift) >>> pageShift + Leaf.SHIFT - alignShift;
        if (leaf < now.length) {
            final long word = now[(int) leaf];
            if ((address >>> pageShift & Leaf.SIZE - 1) < (word & LENGTH_MASK)) {
                return address + (word & ~LENGTH_MASK);
            }
        }
        return 0;
    }

    /// Says how many pages of a leaf lie in a line.
    ///
    /// @param start  of its first page, if there is one
    /// @param length pages from the first one on
    void put(long leaf, long start, int length) {
        long[] now = words;
        if (leaf >= MOST || length == 0 && leaf >= now.length) {
            return;
        }
        final long word = length == 0 ? 0 : start - (leaf << leafShift) + length;
        if (leaf < now.length && now[(int) leaf] == word) {
            return;
        }
        if (leaf >= now.length) {
            now = Arrays.copyOf(now, Math.max(FEWEST, Integer.highestOneBit((int) leaf) << 1));
            isShared = false;
        } else {
            now = own();
        }
        VarHandle.releaseFence();
        now[(int) leaf] = word;
        words = now;
    }

    /// {@return the words, which are no other table's}
    private long[] own() {
        if (isShared) {
            isShared = false;
            return words.clone();
        }
        return words;
    }

    /// Forgets the leaves of `[from, to)`.
    void forget(long from, long to) {
        if (from < words.length) {
            final long[] now = own();
            Arrays.fill(now, (int) from, (int) Math.min(to, now.length), 0);
            words = now;
        }
    }

    /// Forgets everything. O(1).
    void forget() {
        words = NONE;
        isShared = false;
    }

    /// {@return a number above those of all leaves of which something was said}
    int size() {
        return words.length;
    }

    /// {@return where a leaf starts, or 0}
    long start(long leaf) {
        return length(leaf) == 0 ? 0 : (words[(int) leaf] & ~LENGTH_MASK) + (leaf << leafShift);
    }

    /// {@return how many pages of a leaf lie in a line}
    int length(long leaf) {
        final long[] now = words;
        return leaf < now.length ? (int) now[(int) leaf] & LENGTH_MASK : 0;
    }
}
