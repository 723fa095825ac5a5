package io.offheap.memory.space;

import static io.offheap.memory.table.PageEntry.READ;

import io.offheap.memory.mapping.Mapping;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.range.Interval;
import io.offheap.memory.range.IntervalMap;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.table.PageTable;
import io.offheap.memory.types.PageRange;

/// Changes what is mapped: map, unmap, remap, protect, wire, fork, exec.
///
/// Ranges are pages, half open. Every method takes the lock; what throws has changed nothing.
public final class Editor {

    private Editor() {}

    /// Maps pages of a file or anonymous memory in place of whatever is there.
    ///
    /// @param file   what to show, or null for anonymous memory
    /// @param offset index of the first page in the file
    /// @param shared whether writes go to the file
    public static void map(Space space, PageRange range, FileObject file, long offset, boolean shared,
                           Protection protection) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        if (range.isEmpty() || offset < 0 || offset > Integer.MAX_VALUE - range.pageCount()) {
            throw new IllegalArgumentException("pages " + range + ", offset=" + offset);
        }
        try (var _ = space.begin()) {
            if (file != null && file.closed) {
                throw new IllegalStateException("file " + file + " is closed");
            }
            space.requireNotPinned(start, end);
            final var unmapping = new Unmapping(space, start, end);
            unmapping.prepare(new Mapping(space, start, range.pageCount(), file, file == null ? start : offset, shared, protection));
            unmapping.finish();
            assert space.mappings.checkMerged();
        }
    }

    /// Unmaps what is mapped in the range.
    public static void unmap(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            space.requireNotPinned(start, end);
            if (!range.isEmpty()) {
                final var unmapping = new Unmapping(space, start, end);
                unmapping.prepare(null);
                unmapping.finish();
            }
        }
    }

    /// Moves a mapped range with its pages, marks, purges and policies, in place of what is mapped at the target.
    ///
    /// @param leaveBehind whether the source stays mapped: pinned, and without pages of its own
    /// @throws IllegalArgumentException if source and target overlap
    public static void remap(Space space, PageRange range, long target, boolean leaveBehind) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        final var targetRange = range.movedTo(target);
        final long targetEnd = requireInSpace(targetRange);
        if (range.overlaps(targetRange)) {
            throw new IllegalArgumentException("source and target overlap: pages " + range + " and " + targetRange);
        }
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            space.requireNotPinned(start, end);
            space.requireNotPinned(target, targetEnd);
            final var relocation = new Relocation(space, start, end, target - start);
            relocation.prepare(leaveBehind);
            relocation.finish();
            assert space.mappings.checkMerged();
        }
    }

    /// Lets the range, which lies in one mapping, become longer where it is; nothing is mapped there yet.
    ///
    /// @return whether it could; if not, nothing has changed
    public static boolean grow(Space space, PageRange range, long newPages) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        final long newEnd = requireInSpace(new PageRange(start, newPages));
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            final var mapping = space.mappings.find(start);
            if (range.isEmpty() || newEnd <= end || mapping.end() != end) {
                throw new IllegalArgumentException("pages " + range + " to " + newPages + " pages");
            }
            if (!space.mappings.touching(end, newEnd).isEmpty()) {
                return false;
            }
            mapping.grow(newEnd - end);
            space.mappings.merge(start, newEnd);
            return true;
        }
    }

    /// Changes what may be done with the pages of a mapped range.
    public static void protect(Space space, PageRange range, Protection protection) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            space.requireNotPinned(start, end);
            space.table.forEach(start, end, (page, _) -> space.table.own(page));   // changing an entry needs no Java heap then
            final PageTable.Visitor change = (page, entry) -> {
                final boolean reads = protection.isReadable() && PageEntry.address(entry) != 0;
                space.table.setAccess(page, reads ? READ : 0);         // writes ask once, whatever is allowed
            };
            space.mappings.protect(start, end, protection);
            space.table.forEach(start, end, change);
            space.advanceEpoch();
            space.domain.grace.awaitAccesses();
        }
    }

    /// Keeps the pages of a mapped range from being purged, until as many calls of [#unwire].
    public static void wire(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            count(space.wired, start, end, 1);
        }
    }

    /// Undoes one [#wire]; pages that are not wired stay so.
    public static void unwire(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            count(space.wired, start, end, -1);
        }
    }

    /// Adds to the counts of a range; those that reach 0 disappear. Without Java heap no count has changed.
    static void count(IntervalMap<Integer> counts, long start, long end, int change) {
        counts.change(start, end, count -> {
            final int now = (count == null ? 0 : count) + change;
            return now > 0 ? (Integer) now : null;
        });
    }

    /// {@return a space with the same contents, which both sides write for themselves from now on} O(mappings + mark
    /// ranges + pinned pages). Pinned pages are copied at once, so that a raw segment stays with its pinner.
    public static Space fork(Space parent, String name) {
        final var domain = parent.domain;
        domain.enter(PageTable.PAGES, () -> pinnedPages(parent));
        try {
            parent.requireOpen();
            final var pins = parent.pinned.all();
            final var child = new Space(parent, name, domain.nextOrder());
            boolean done = false;
            try {
                parent.mappings.forkInto(child.mappings, child);
                domain.grace.awaitWriters();
                for (final var pin : pins) {
                    parent.table.forEach(pin.start(), pin.end(), (page, entry) -> copyPinned(child, page, entry));
                }
                domain.spaces.add(child);
                done = true;
                return child;
            } finally {
                if (!done) {
                    child.table.discard();
                    child.mappings.clear();
                }
            }
        } finally {
            domain.leave();
        }
    }

    private static long pinnedPages(Space space) {
        return space.pinned.all().stream().mapToLong(Interval::pages).sum();
    }

    private static void copyPinned(Space child, long page, long entry) {
        if (!PageEntry.isFrame(entry)) {
            return;
        }
        final var domain = child.domain;
        domain.allocations.reserve();
        domain.frames.requireFree();
        child.table.own(page);
        final var mapping = child.mappings.find(page);
        final int copy = domain.frames.allocate(mapping.prepareAnonymous(), mapping.indexOf(page), false,
                domain.pools.poolOf(child.policies, page));
        RawMemory.copy(PageEntry.address(entry), domain.frames.address(copy), domain.pageSize());
        child.table.replace(page, PageEntry.of(domain.frames.address(copy), READ));
        domain.inAdvance.noteCopy();
    }

    /// Unmaps everything.
    public static void exec(Space space) {
        try (var _ = space.begin()) {
            reset(space);
        }
    }

    static void reset(Space space) {
        space.requireNotPinned(0, PageTable.PAGES);
        space.table.release();
        space.domain.grace.noteTaken();
        space.mappings.clear();
        space.marks.clear();
        space.purged.clear();
        space.lazy.clear();
        space.wired.clear();
        space.policies.clear();
        space.advanceEpoch();
    }

    /// {@return the end of a range of pages}
    ///
    /// @throws IllegalArgumentException if it is beyond those that an address space has
    static long requireInSpace(PageRange range) {
        if (range.endPage() > PageTable.PAGES) {
            throw new IllegalArgumentException("pages " + range + ", an address space has " + PageTable.PAGES);
        }
        return range.endPage();
    }
}
