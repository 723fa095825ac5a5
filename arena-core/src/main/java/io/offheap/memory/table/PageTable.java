package io.offheap.memory.table;

import io.offheap.memory.frame.Frames;
import java.util.concurrent.atomic.AtomicLong;

/// What is behind each page of one address space: a tree of three levels, 2^27 pages wide.
///
/// ```
///   space A: root --+
///                    +--> Root --> Directory --> Leaf --> frame, frame, page of a file, ...
///   space B: root --+     (2)       (1)          (1)
/// ```
///
/// A fork shares the root and so costs one count, whatever is below. Who writes first copies the nodes on the way
/// to its page: each at most once, and then the other may have the old ones for itself. A page is nobody else's
/// when every count on its way is 1, that of its frame included.
///
/// ## Who may write in place
/// Looking at every count would be slow, so a leaf says who owns it: the token of a table. Both sides of a fork
/// get new tokens, and with that nobody owns any leaf of the shared tree. A WRITE bit counts only in a leaf that
/// carries the token of the table through which it was reached; whoever takes a leaf over clears its WRITE bits
/// first.
///
/// ## Concurrency
/// [#get], [#writable], [#epoch], [#addressToRead], [#addressToWrite] and what [Lines] find are called without a lock. They
/// may meet an entry that is just being changed; the epoch and the writer gate make that safe (docs/concurrency.md).
/// Everything else is guarded by the lock of the domain.
///
/// ## Short ways
/// Nodes lay the arrays of their children out beside them, so that a lookup goes through three arrays and nothing else.
/// Leaves whose pages lie in memory in their order need no lookup at all: [Lines].
///
/// ## Invariants (checked by [TableCheck])
/// - **I10** what [Lines] say of a leaf is what its entries say; to write, nothing unless it is owned
public final class PageTable {

    /// Pages of an address space.
    public static final long PAGES = 1L << Root.SHIFT + Directory.SHIFT + Leaf.SHIFT;

    private static final int DIRECTORY_PAGES_SHIFT = Directory.SHIFT + Leaf.SHIFT;

    /// Tokens are never used again.
    private static final AtomicLong TOKENS = new AtomicLong();

    private final Frames frames;
    private final long pageSize;
    private final Lines readable;
    private final Lines writable;
    private Root root;                                                  // guarded by the lock
    private volatile long[][][] entries;                                // of the root
    private volatile long token = TOKENS.incrementAndGet();
    private volatile long epoch;

    /// An empty table.
    ///
    /// @param frames what its frames are counted in
    public PageTable(Frames frames) {
        this(frames, new Root(), new Lines());
    }

    private PageTable(Frames frames, Root root, Lines readable) {
        this.frames = frames;
        this.pageSize = frames.address(1) - frames.address(0);
        this.readable = readable;
        this.writable = new Lines();
        setRoot(root);
    }

    private void setRoot(Root newRoot) {
        root = newRoot;
        entries = newRoot.entries;
    }

    /// {@return how often an entry was taken away or replaced} A reader without a lock compares it before and after.
    public long epoch() {
        return epoch;
    }

    /// Tells readers without a lock that what they have read may be another's: after an entry was taken away or
    /// replaced, before what was behind it may change.
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // guarded by the lock
    public void advanceEpoch() {
        epoch = epoch + 1;
    }

    /// {@return the entry of a page, 0 if there is none or the page is beyond the table} Its WRITE bit means nothing.
    public long get(long page) {
        final long[] leaf = entriesAt(page);
        return leaf == null ? 0 : Leaf.get(leaf, (int) page & Leaf.SIZE - 1);
    }

    /// {@return the leaves whose pages may be read and lie in memory in their order} The quickest lookup.
    public Lines readableLines() {
        return readable;
    }

    /// {@return the leaves whose pages may be written in place and lie in memory in their order}
    public Lines writableLines() {
        return writable;
    }

    /// {@return the native address of a byte, or 0 if it is not there or is misaligned}
    ///
    /// @param pageShift  of the page size: a constant of the caller's, so that it is not loaded
    /// @param alignShift of what the address must be a multiple of
    public long addressToRead(long address, int pageShift, int alignShift) {
        final long entry = get(address >>> pageShift);
        return PageEntry.isReadable(entry) && isAligned(address, alignShift)
                ? PageEntry.address(entry) + (address & (1L << pageShift) - 1) : 0;
    }

    /// {@return the native address of a byte, or 0 if it may not be written in place or is misaligned}
    ///
    /// @param pageShift  of the page size: a constant of the caller's, so that it is not loaded
    /// @param alignShift of what the address must be a multiple of
    public long addressToWrite(long address, int pageShift, int alignShift) {
        final long entry = writable(address >>> pageShift);
        return entry != 0 && isAligned(address, alignShift)
                ? PageEntry.address(entry) + (address & (1L << pageShift) - 1) : 0;
    }

    private static boolean isAligned(long address, int alignShift) {
        return (address & (1L << alignShift) - 1) == 0;
    }

    private void noteLines(long page, Leaf leaf) {
        noteLines(page, leaf, Leaf.SIZE);
    }

    /// @param most pages of the leaf that may be reached by lines
    private void noteLines(long page, Leaf leaf, int most) {
        final long number = page >>> Leaf.SHIFT;
        readable.put(number, leaf.lineStart(), Math.min(leaf.readableLine(), most));
        writable.put(number, leaf.lineStart(), leaf.owner() == token ? Math.min(leaf.writableLine(), most) : 0);
    }

    /// Notes that a shared leaf may have been emptied through another table ([#clearShared]), at a page of it. Whoever
    /// does so tells every table that may have the leaf.
    public void noteShared(long page) {
        final var leaf = leafAt(page);
        if (leaf != null) {
            noteLines(page, leaf);
        }
    }

    /// The same for all leaves of `[start, end)`.
    public void noteShared(long start, long end) {
        for (long page = start; page < end; page = next(page, Leaf.SHIFT)) {
            noteShared(page);
        }
    }

    private void forgetLines(long start, long end) {
        readable.forget(start >>> Leaf.SHIFT, end >>> Leaf.SHIFT);
        writable.forget(start >>> Leaf.SHIFT, end >>> Leaf.SHIFT);
    }

    /// Changes an entry of a leaf, and what is known of the leaf.
    private void change(Leaf leaf, long page, long entry) {
        leaf.set((int) page & Leaf.SIZE - 1, entry);
        noteLines(page, leaf);
    }

    /// {@return the entry of a page if it may be written in place, else 0}
    public long writable(long page) {
        final long[] leaf = entriesAt(page);
        if (leaf == null || Leaf.get(leaf, Leaf.OWNER) != token) {
            return 0;
        }
        final long entry = Leaf.get(leaf, (int) page & Leaf.SIZE - 1);
        return PageEntry.isWritable(entry) ? entry : 0;
    }

    private long[] entriesAt(long page) {
        if (page >>> Root.SHIFT + DIRECTORY_PAGES_SHIFT != 0) {
            return null;
        }
        final long[][] directory = entries[(int) (page >>> DIRECTORY_PAGES_SHIFT)];
        return directory == null ? null : directory[(int) (page >>> Leaf.SHIFT) & Directory.SIZE - 1];
    }

    private Leaf leafAt(long page) {
        final var directory = root.children[(int) (page >>> DIRECTORY_PAGES_SHIFT)];
        return directory == null ? null : directory.children[(int) (page >>> Leaf.SHIFT) & Directory.SIZE - 1];
    }

    /// {@return a table with the same entries, which shares all nodes} O(1). Nobody writes in place any more; the
    /// caller waits for writers that have begun.
    public PageTable fork() {
        final var child = new PageTable(frames, root, readable.share());
        root.references++;
        writable.forget();
        token = TOKENS.incrementAndGet();
        return child;
    }

    /// Sets the entry of a page that has none. Whoever calls brings the reference to the frame.
    public void set(long page, long entry) {
        final var leaf = ownLeaf(page);
        final int index = (int) page & Leaf.SIZE - 1;
        assert leaf.entries[index] == 0 : PageEntry.toString(leaf.entries[index]);
        change(leaf, page, entry);
    }

    /// Sets the entry of a page to another frame, and drops the reference to the old one.
    ///
    /// Lines end before the page first: a writer that goes by the new entry at once must not then read by a line that still leads to
    /// the old frame. Where an entry is taken away, or its bits are, whoever finds that waits for the lock.
    public void replace(long page, long entry) {
        final var leaf = ownLeaf(page);
        final int index = (int) page & Leaf.SIZE - 1;
        final long old = leaf.entries[index];
        noteLines(page, leaf, index);
        change(leaf, page, entry);
        if (PageEntry.isFrame(old)) {
            frames.release(frames.frameAt(PageEntry.address(old)));
        }
    }

    /// Changes the READ and WRITE bits of a page.
    public void setAccess(long page, long readAndWrite) {
        final var leaf = ownLeaf(page);
        final int index = (int) page & Leaf.SIZE - 1;
        change(leaf, page, leaf.entries[index] & ~(PageEntry.READ | PageEntry.WRITE) | readAndWrite);
    }

    /// Takes the WRITE bit from a page, so that the next write asks. A leaf that is not owned needs no change.
    public void forbidWrites(long page) {
        final var leaf = leafAt(page);
        if (leaf != null && leaf.owner() == token) {
            final int index = (int) page & Leaf.SIZE - 1;
            change(leaf, page, leaf.entries[index] & ~PageEntry.WRITE);
        }
    }

    /// Makes the leaf of a page the table's own, so that nothing else sees what is done with its entries.
    public void own(long page) {
        ownLeaf(page);
    }

    /// Takes the entry from a page, with its reference to a frame.
    ///
    /// @return the entry, 0 if there was none
    public long take(long page) {
        if (get(page) == 0) {
            return 0;
        }
        final var leaf = ownLeaf(page);
        final int index = (int) page & Leaf.SIZE - 1;
        final long entry = leaf.entries[index];
        change(leaf, page, 0);
        return entry;
    }

    /// Empties an entry where it stands, for all tables that share the leaf: they lose the page together.
    public void clearShared(long page) {
        final var leaf = leafAt(page);
        if (leaf != null) {
            leaf.clear((int) page & Leaf.SIZE - 1, frames);
            noteLines(page, leaf);
        }
    }

    /// Takes the entry from a page, and drops its reference to a frame. Needs no Java heap if the leaf is the table's [own][#own].
    public void clear(long page) {
        final var leaf = ownLeaf(page);
        leaf.clear((int) page & Leaf.SIZE - 1, frames);
        noteLines(page, leaf);
    }

    /// Makes all nodes the table's own that [#clear(long, long)] changes, so that it needs no Java heap.
    public void prepareToClear(long start, long end) {
        for (long page = start; page < end; ) {
            final long nextDirectory = next(page, DIRECTORY_PAGES_SHIFT);
            final var directory = root.children[(int) (page >>> DIRECTORY_PAGES_SHIFT)];
            if (directory == null) {
                page = nextDirectory;
            } else if (isStart(page, DIRECTORY_PAGES_SHIFT) && nextDirectory <= end) {
                ownRoot();
                page = nextDirectory;
            } else {
                page = prepareInDirectory(directory, page, Math.min(end, nextDirectory));
            }
        }
    }

    private long prepareInDirectory(Directory directory, long start, long end) {
        final long nextLeaf = next(start, Leaf.SHIFT);
        final var leaf = directory.children[(int) (start >>> Leaf.SHIFT) & Directory.SIZE - 1];
        if (leaf == null) {
            return nextLeaf;
        }
        if (isStart(start, Leaf.SHIFT) && nextLeaf <= end) {
            ownDirectory(start);
            return nextLeaf;
        }
        final long stop = Math.min(end, nextLeaf);
        for (long page = start; page < stop; page++) {
            if (leaf.entries[(int) page & Leaf.SIZE - 1] != 0) {
                ownLeaf(page);
                return stop;
            }
        }
        return stop;
    }

    /// Empties `[start, end)`. Nodes that lie in it as a whole are let go of without a look inside. Needs no Java heap after
    /// [#prepareToClear].
    ///
    /// @return whether there may have been an entry
    public boolean clear(long start, long end) {
        boolean found = false;
        for (long page = start; page < end; ) {
            final long nextDirectory = next(page, DIRECTORY_PAGES_SHIFT);
            final var directory = root.children[(int) (page >>> DIRECTORY_PAGES_SHIFT)];
            if (directory == null) {
                page = nextDirectory;
                continue;
            }
            found |= leafAt(page) != null || isStart(page, DIRECTORY_PAGES_SHIFT);
            if (isStart(page, DIRECTORY_PAGES_SHIFT) && nextDirectory <= end) {
                ownRoot().set((int) (page >>> DIRECTORY_PAGES_SHIFT), null);
                forgetLines(page, nextDirectory);
                directory.release(frames);
                page = nextDirectory;
            } else {
                page = clearInDirectory(directory, page, Math.min(end, nextDirectory));
            }
        }
        return found;
    }

    private long clearInDirectory(Directory directory, long start, long end) {
        final long nextLeaf = next(start, Leaf.SHIFT);
        final int index = (int) (start >>> Leaf.SHIFT) & Directory.SIZE - 1;
        final var leaf = directory.children[index];
        if (leaf == null) {
            return nextLeaf;
        }
        if (isStart(start, Leaf.SHIFT) && nextLeaf <= end) {
            ownDirectory(start).set(index, null);
            forgetLines(start, nextLeaf);
            leaf.release(frames);
            return nextLeaf;
        }
        final long stop = Math.min(end, nextLeaf);
        for (long page = start; page < stop; page++) {
            if (leaf.entries[(int) page & Leaf.SIZE - 1] != 0) {
                clear(page);
            }
        }
        return stop;
    }

    /// Calls the visitor for each page of `[start, end)` that has an entry, ascending. The visitor may change the
    /// entry that it is shown.
    public void forEach(long start, long end, Visitor visitor) {
        for (long page = start; page < end; ) {
            final var directory = root.children[(int) (page >>> DIRECTORY_PAGES_SHIFT)];
            if (directory == null) {
                page = next(page, DIRECTORY_PAGES_SHIFT);
                continue;
            }
            final var leaf = directory.children[(int) (page >>> Leaf.SHIFT) & Directory.SIZE - 1];
            if (leaf == null) {
                page = next(page, Leaf.SHIFT);
                continue;
            }
            for (final long stop = Math.min(end, next(page, Leaf.SHIFT)); page < stop; page++) {
                final long entry = get(page);
                if (entry != 0) {
                    visitor.visit(page, entry);
                }
            }
        }
    }

    /// {@return how many pages of `[start, end)` have an entry}
    public long count(long start, long end) {
        final long[] count = new long[1];
        forEach(start, end, (_, _) -> count[0]++);
        return count[0];
    }

    /// Lets go of everything. The table is empty afterwards.
    public void release() {
        final var empty = new Root();
        root.release(frames);
        setRoot(empty);
        readable.forget();
        writable.forget();
        token = TOKENS.incrementAndGet();
    }

    /// Lets go of everything, and is not used again. Needs no Java heap.
    public void discard() {
        root.release(frames);
    }

    private Root ownRoot() {
        final var now = root;
        if (now.references == 1) {
            return now;
        }
        final var own = new Root(now);
        now.references--;
        setRoot(own);
        return own;
    }

    private Directory ownDirectory(long page) {
        final var parent = ownRoot();
        final int index = (int) (page >>> DIRECTORY_PAGES_SHIFT);
        final var now = parent.children[index];
        if (now != null && now.references == 1) {
            return now;
        }
        final var own = now == null ? new Directory() : new Directory(now);
        if (now != null) {
            now.references--;
        }
        parent.set(index, own);
        return own;
    }

    private Leaf ownLeaf(long page) {
        final var found = leafAt(page);
        if (found != null && found.owner() == token) {
            return found;
        }
        final var parent = ownDirectory(page);
        final int index = (int) (page >>> Leaf.SHIFT) & Directory.SIZE - 1;
        final var now = parent.children[index];
        if (now != null && now.references == 1) {
            now.ownBy(token);
            noteLines(page, now);
            return now;
        }
        final var own = now == null ? new Leaf(pageSize) : new Leaf(now, frames);
        own.setOwner(token);
        if (now != null) {
            now.references--;
        }
        parent.set(index, own);
        noteLines(page, own);
        return own;
    }

    /// Recomputes I10. O(leaves that lines speak of).
    void checkLines() {
        for (long number = 0; number < Math.max(readable.size(), writable.size()); number++) {
            final var leaf = leafAt(number << Leaf.SHIFT);
            final boolean isOwned = leaf != null && leaf.owner() == token;
            checkLine(readable, number, leaf, leaf == null ? 0 : line(leaf, PageEntry.READ));
            checkLine(writable, number, leaf, isOwned ? line(leaf, PageEntry.READ | PageEntry.WRITE) : 0);
        }
    }

    private static void checkLine(Lines lines, long number, Leaf leaf, int length) {
        final boolean isForgotten = lines.isIncomplete() && lines.length(number) == 0;
        if (!isForgotten && (lines.length(number) != length || length > 0 && lines.start(number) != leaf.lineStart())) {
            throw new AssertionError("I10: leaf %d has %d pages in a line from 0x%x, lines say %d from 0x%x".formatted(
                    number, length, length > 0 ? leaf.lineStart() : 0, lines.length(number), lines.start(number)));
        }
    }

    private int line(Leaf leaf, long flags) {
        final long start = leaf.lineStart();
        int length = 0;
        while (length < Leaf.SIZE && (leaf.entries[length] & flags) == flags
                && PageEntry.address(leaf.entries[length]) == start + length * pageSize) {
            length++;
        }
        return length;
    }

    private static long next(long page, int shift) {
        return (page >>> shift) + 1 << shift;
    }

    private static boolean isStart(long page, int shift) {
        return (page & (1L << shift) - 1) == 0;
    }

    /// Counts the references of all nodes and frames of some tables.
    ///
    /// @return a count that [TableCheck#check] compares
    public static TableCheck check() {
        return new TableCheck();
    }

    Root root() {
        return root;
    }

    Frames frames() {
        return frames;
    }

    /// Takes a page and its entry.
    @FunctionalInterface
    public interface Visitor {
        /// @param page  a page
        /// @param entry its entry, not 0
        void visit(long page, long entry);
    }
}
