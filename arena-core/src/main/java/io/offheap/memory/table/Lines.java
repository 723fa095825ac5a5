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
///   63                                                 16 15             0
///  |   native address of the first page                   |  how many pages  |
/// ```
///
/// A word for each leaf, of the first 32 GiB. Addresses of a process have 47 bits, unless it asks for more. Belongs to one
/// table. Tables that were forked share the words until one of them changes.
///
/// ## Java heap
/// Words are copied before they are changed, if another table has them too. If there is no heap for that, all is forgotten: a short
/// way that is missing costs time, one that is wrong leads to memory of others.
///
/// ## Concurrency
/// Written under the lock of the domain. Read without it, after the epoch or the announcement of a writer, like entries.
public final class Lines {

    /// Leaves that are covered.
    private static final int MOST = 1 << 14;

    private static final int FEWEST = 8;
    private static final int START_SHIFT = 16;
    private static final int LENGTH_MASK = (1 << START_SHIFT) - 1;
    private static final long[] NONE = {};

    /// Less than any address of a process.
    static final long NOWHERE = -1;

    private volatile long[] words = NONE;
    private boolean isShared;                                           // the words; guarded by the lock
    private boolean isIncomplete;                                       // guarded by the lock

    /// {@return the same for another table} O(1).
    Lines share() {
        final var other = new Lines();
        other.words = words;
        other.isIncomplete = isIncomplete;
        other.isShared = true;
        isShared = true;
        return other;
    }

    /// {@return the first page of the longest run of neighbours in memory that a page lies in, as far as lines tell, or -1 if none does}
    /// O(leaves of the run).
    public long firstOfRun(long page, int pageShift) {
        long leaf = page >>> Leaf.SHIFT;
        if ((page & Leaf.SIZE - 1) >= length(leaf)) {
            return NOWHERE;
        }
        while (leaf > 0 && continues(leaf - 1, pageShift)) {
            leaf--;
        }
        return leaf << Leaf.SHIFT;
    }

    /// {@return how many pages from the first page of a leaf on are neighbours in memory, as far as lines tell} O(leaves of the run).
    public long lengthOfRun(long firstPage, int pageShift) {
        long leaf = firstPage >>> Leaf.SHIFT;
        while (continues(leaf, pageShift)) {
            leaf++;
        }
        return (leaf << Leaf.SHIFT) + length(leaf) - firstPage;
    }

    /// {@return the native address of the first page of a leaf, which lies in a line}
    public long address(long firstPage) {
        return start(firstPage >>> Leaf.SHIFT);
    }

    private boolean continues(long leaf, int pageShift) {
        return length(leaf) == Leaf.SIZE && length(leaf + 1) > 0
                && start(leaf + 1) == start(leaf) + ((long) Leaf.SIZE << pageShift);
    }

    /// {@return the native address of a byte, or -1 if it is not known to lie in a line}
    ///
    /// Its code is inlined in the loops of others, which keep the more of their values in memory the more registers it needs
    /// at a time. The JIT sees that what is answered is no negative number, and that it is in bounds of all memory.
    ///
    /// @param address    in the address space
    /// @param pageShift  of the page size: a constant of the caller's, so that it is not loaded
    /// @param alignShift of what the address must be a multiple of, else the answer is -1
    public long find(long address, int pageShift, int alignShift) {
        final long[] now = words;
        final long leaf = address >>> pageShift + Leaf.SHIFT;
        if (leaf < now.length && (address & (1L << alignShift) - 1) == 0) {
            final long word = now[(int) leaf];
            final long offset = address & (1L << pageShift + Leaf.SHIFT) - 1;
            if (offset >>> pageShift < (word & LENGTH_MASK)) {
                return (word >>> START_SHIFT) + offset;
            }
        }
        return NOWHERE;
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
        assert start << START_SHIFT >>> START_SHIFT == start : "0x%x".formatted(start);
        final long word = length == 0 ? 0 : start << START_SHIFT | length;
        if (leaf < now.length && now[(int) leaf] == word) {
            return;
        }
        try {
            now = leaf < now.length ? own() : longer(now, leaf);
        } catch (OutOfMemoryError heapIsFull) {
            forget();
            isIncomplete = true;
            return;
        }
        VarHandle.releaseFence();
        now[(int) leaf] = word;
        words = now;
    }

    private long[] longer(long[] now, long leaf) {
        final long[] longer = Arrays.copyOf(now, Math.max(FEWEST, Integer.highestOneBit((int) leaf) << 1));
        isShared = false;
        return longer;
    }

    /// {@return the words, which are no other table's}
    private long[] own() {
        if (isShared) {
            final long[] own = words.clone();
            isShared = false;
            return own;
        }
        return words;
    }

    /// Forgets the leaves of `[from, to)`.
    void forget(long from, long to) {
        if (from < words.length) {
            try {
                final long[] now = own();
                Arrays.fill(now, (int) from, (int) Math.min(to, now.length), 0);
                words = now;
            } catch (OutOfMemoryError heapIsFull) {
                forget();
                isIncomplete = true;
            }
        }
    }

    /// Forgets everything. O(1).
    void forget() {
        words = NONE;
        isShared = false;
    }

    /// {@return whether leaves may lie in a line of which nothing is said, because there was no Java heap}
    boolean isIncomplete() {
        return isIncomplete;
    }

    /// {@return a number above those of all leaves of which something was said}
    int size() {
        return words.length;
    }

    /// {@return where a leaf starts, or 0}
    long start(long leaf) {
        final long[] now = words;
        return leaf < now.length ? now[(int) leaf] >>> START_SHIFT : 0;
    }

    /// {@return how many pages of a leaf lie in a line}
    int length(long leaf) {
        final long[] now = words;
        return leaf < now.length ? (int) now[(int) leaf] & LENGTH_MASK : 0;
    }
}
