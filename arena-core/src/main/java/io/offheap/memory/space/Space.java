package io.offheap.memory.space;

import io.offheap.memory.mapping.Mapping;
import io.offheap.memory.mapping.Mappings;
import io.offheap.memory.mapping.Translations;
import io.offheap.memory.policy.NodePolicy;
import io.offheap.memory.range.IntervalMap;
import io.offheap.memory.range.MarkSet;
import io.offheap.memory.range.PageRanges;
import io.offheap.memory.range.PageSet;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.table.PageTable;

/// One address space: what is mapped, what is behind it, and what is true of its pages.
///
/// State only; the rules are in [Editor], [Volatility], [Faults], [Access] and [Reclaim].
///
/// ## Concurrency
/// Everything is guarded by the lock of the domain, except entries and epoch of [#table], and [#window], which are read without it.
///
/// ## Invariants (checked by [Checker])
/// - **I5** purged pages are marked; marked, purged, lazily freed and wired pages are mapped; no purged page has
///   an entry
public final class Space implements Translations {

    final Domain domain;
    final String name;
    final int order;
    final String node;
    final Mappings mappings = new Mappings();
    final PageTable table;
    final MarkSet marks;
    final PageSet purged;
    /// Freed lazily and not written since, with the time of the call.
    final IntervalMap<Long> lazy;
    /// How often pages are wired.
    final IntervalMap<Integer> wired = new IntervalMap<>();
    /// How many open pins pages have.
    final IntervalMap<Integer> pinned = new IntervalMap<>();
    /// How many copies of many pages are under way, by address: whatever is mapped there meanwhile.
    final IntervalMap<Integer> copied = new IntervalMap<>();
    final IntervalMap<NodePolicy> policies;
    /// What goes with pages that are moved or unmapped.
    final PageRanges[] ofPages;
    /// The pages that became writable last.
    final FrameRun run;
    /// Announced stores until it is worth a look again whether the window could be longer.
    long writesUntilWidened;
    boolean closed;

    /// Plain: an old one leads nowhere where it should not.
    private Window window = Window.NONE;

    Space(Domain domain, String name, int order, String node) {
        this.domain = domain;
        this.name = name;
        this.order = order;
        this.node = node;
        this.table = new PageTable(domain.frames);
        this.marks = new MarkSet();
        this.purged = new PageSet();
        this.lazy = new IntervalMap<>();
        this.policies = new IntervalMap<>();
        this.ofPages = new PageRanges[] {marks, purged, lazy, wired, policies};
        this.run = new FrameRun(domain.pageSize());
    }

    /// A fork: the same pages, marks, purges and policies, by value. Its mappings are made by the caller.
    Space(Space parent, String name, int order) {
        this.domain = parent.domain;
        this.name = name;
        this.order = order;
        this.node = parent.node;
        this.marks = new MarkSet(parent.marks);
        this.purged = new PageSet(parent.purged);
        this.lazy = new IntervalMap<>(parent.lazy);
        this.policies = new IntervalMap<>(parent.policies);
        this.ofPages = new PageRanges[] {marks, purged, lazy, wired, policies};
        this.run = new FrameRun(domain.pageSize());
        this.table = parent.table.fork();                               // last: from then on it must be released
    }

    /// {@return where accesses need neither lookup nor lock} Any thread; it may have ended, and then says so.
    public Window window() {
        return window;
    }

    void setWindow(Window window) {
        assert domain.lock.isHeldByCurrentThread();
        this.window = window;
    }

    /// {@return the domain it belongs to}
    public Domain domain() {
        return domain;
    }

    /// {@return its name}
    public String name() {
        return name;
    }

    @Override
    public long entryAt(long page) {
        return table.get(page);
    }

    /// Tells readers without a lock that what they have read may be another's.
    void advanceEpoch() {
        assert domain.lock.isHeldByCurrentThread();
        table.advanceEpoch();
        domain.grace.noteEpoch();
    }

    /// Takes the entries of `[start, end)` away. Needs no Java heap after [PageTable#prepareToClear].
    void clear(long start, long end) {
        if (table.clear(start, end)) {
            advanceEpoch();
            domain.grace.noteTaken();
        }
    }

    /// Takes the lock for an operation on this space, as [Domain#begin] does.
    ///
    /// @throws IllegalStateException if it is closed; the lock is not held then
    Domain.Operation begin() {
        final var operation = domain.begin();
        boolean done = false;
        try {
            requireOpen();
            done = true;
            return operation;
        } finally {
            if (!done) {
                operation.close();
            }
        }
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("address space " + name + " is closed");
        }
    }

    /// {@return whether a page must stay where it is}
    boolean isHeld(long page) {
        return wired.contains(page) || pinned.contains(page) || copied.contains(page);
    }

    /// Takes the entry of a page of a file away; a private copy stays.
    void dropFilePage(long page) {
        final long entry = table.get(page);
        if (PageEntry.isFile(entry)) {
            table.clearShared(page);
            advanceEpoch();
        } else {
            table.noteShared(page);                                     // another may have emptied a leaf that both have
        }
    }

    /// {@return the mapping of a page}
    ///
    /// @throws io.offheap.memory.types.SegmentationFaultException if there is none
    Mapping requireMapping(long page) {
        final var mapping = mappings.find(page);
        if (mapping == null) {
            throw domain.segmentationFault(page);
        }
        return mapping;
    }

    /// Checks that the whole range is mapped.
    ///
    /// @throws io.offheap.memory.types.MappingException naming the first page that is not
    void requireMapped(long start, long end) {
        final long hole = mappings.firstHole(start, end);
        if (hole < end) {
            throw domain.hole(hole);
        }
    }

    /// Checks that nobody has a raw segment of a page of the range.
    ///
    /// @throws IllegalStateException if somebody has
    void requireNotPinned(long start, long end) {
        if (pinned.intersects(start, end)) {
            throw new IllegalStateException("address space %s: pinned pages in [0x%x, 0x%x)".formatted(
                    name, domain.addressOf(start), domain.addressOf(end)));
        }
    }

    /// Unmaps everything for good. Idempotent.
    ///
    /// @throws IllegalStateException if a page is pinned
    public void close() {
        try (var _ = domain.begin()) {
            if (!closed) {
                Editor.reset(this);
                closed = true;
                domain.spaces.remove(this);
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
