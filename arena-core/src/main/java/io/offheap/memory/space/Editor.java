package io.offheap.memory.space;

import static io.offheap.memory.table.PageEntry.READ;
import static io.offheap.memory.table.PageEntry.WRITE;

import io.offheap.memory.mapping.Mapping;
import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.range.Interval;
import io.offheap.memory.range.IntervalMap;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.table.PageTable;

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
    public static void map(Space space, long start, long pages, FileObject file, long offset, boolean shared,
                           Protection protection) {
        final long end = requireRange(start, pages);
        if (pages == 0 || offset < 0 || offset > Integer.MAX_VALUE - pages) {
            throw new IllegalArgumentException("pages=" + pages + ", offset=" + offset);
        }
        space.domain.lock.lock();
        try {
            space.requireOpen();
            if (file != null && file.closed) {
                throw new IllegalStateException("file " + file + " is closed");
            }
            space.requireNotPinned(start, end);
            space.mappings.remove(start, end);
            space.forgetRange(start, end);
            space.mappings.add(new Mapping(space, start, pages, file, file == null ? start : offset, shared, protection));
            space.mappings.merge(start, end);
            assert space.mappings.checkMerged();
        } finally {
            space.domain.leave();
        }
    }

    /// Unmaps what is mapped in the range.
    public static void unmap(Space space, long start, long pages) {
        final long end = requireRange(start, pages);
        space.domain.lock.lock();
        try {
            space.requireOpen();
            space.requireNotPinned(start, end);
            space.mappings.remove(start, end);
            space.forgetRange(start, end);
        } finally {
            space.domain.leave();
        }
    }

    /// Moves a mapped range with its pages, marks, purges and policies, in place of what is mapped at the target.
    ///
    /// @param leaveBehind whether the source stays mapped: pinned, and without pages of its own
    /// @throws IllegalArgumentException if source and target overlap
    public static void remap(Space space, long start, long pages, long target, boolean leaveBehind) {
        final long end = requireRange(start, pages);
        final long targetEnd = requireRange(target, pages);
        if (start < targetEnd && target < end) {
            throw new IllegalArgumentException("source and target overlap: " + start + ", " + target + ", " + pages);
        }
        space.domain.lock.lock();
        try {
            space.requireOpen();
            space.requireMapped(start, end);
            space.requireNotPinned(start, end);
            space.requireNotPinned(target, targetEnd);
            space.mappings.remove(target, targetEnd);
            space.forgetRange(target, targetEnd);
            final long distance = target - start;
            space.mappings.move(start, end, distance, leaveBehind);
            space.table.forEach(start, end,
                    (page, _) -> space.table.set(page + distance, space.table.take(page) & ~WRITE));
            space.marks.move(start, end, distance);
            space.purged.move(start, end, distance);
            space.lazy.move(start, end, distance);
            space.wired.move(start, end, distance);
            space.policies.move(start, end, distance);
            space.advanceEpoch();
            space.domain.awaitAccesses();                               // of those at the old address
            space.mappings.merge(target, targetEnd);
            space.mappings.merge(start, end);
            assert space.mappings.checkMerged();
        } finally {
            space.domain.leave();
        }
    }

    /// Lets the range, which lies in one mapping, become longer where it is; nothing is mapped there yet.
    ///
    /// @return whether it could; if not, nothing has changed
    public static boolean grow(Space space, long start, long pages, long newPages) {
        final long end = requireRange(start, pages);
        final long newEnd = requireRange(start, newPages);
        space.domain.lock.lock();
        try {
            space.requireOpen();
            space.requireMapped(start, end);
            final var mapping = space.mappings.find(start);
            if (pages == 0 || newPages <= pages || mapping.end() != end) {
                throw new IllegalArgumentException("from " + start + ", " + pages + " to " + newPages + " pages");
            }
            if (!space.mappings.touching(end, newEnd).isEmpty()) {
                return false;
            }
            mapping.grow(newPages - pages);
            space.mappings.merge(start, newEnd);
            return true;
        } finally {
            space.domain.leave();
        }
    }

    /// Changes what may be done with the pages of a mapped range.
    public static void protect(Space space, long start, long pages, Protection protection) {
        final long end = requireRange(start, pages);
        space.domain.lock.lock();
        try {
            space.requireOpen();
            space.requireMapped(start, end);
            space.requireNotPinned(start, end);
            space.mappings.protect(start, end, protection);
            space.table.forEach(start, end, (page, entry) -> {
                final boolean reads = protection.isReadable() && PageEntry.address(entry) != 0;
                space.table.setAccess(page, reads ? READ : 0);         // writes ask once, whatever is allowed
            });
            space.mappings.merge(start, end);
            space.advanceEpoch();
            space.domain.awaitAccesses();
        } finally {
            space.domain.leave();
        }
    }

    /// Keeps the pages of a mapped range from being purged, until as many calls of [#unwire].
    public static void wire(Space space, long start, long pages) {
        final long end = requireRange(start, pages);
        space.domain.lock.lock();
        try {
            space.requireOpen();
            space.requireMapped(start, end);
            count(space.wired, start, end, 1);
        } finally {
            space.domain.leave();
        }
    }

    /// Undoes one [#wire]; pages that are not wired stay so.
    public static void unwire(Space space, long start, long pages) {
        final long end = requireRange(start, pages);
        space.domain.lock.lock();
        try {
            space.requireOpen();
            space.requireMapped(start, end);
            count(space.wired, start, end, -1);
        } finally {
            space.domain.leave();
        }
    }

    /// Adds to the counts of a range; those that reach 0 disappear.
    static void count(IntervalMap<Integer> counts, long start, long end, int change) {
        final var before = counts.within(start, end);
        counts.remove(start, end);
        if (change > 0) {
            counts.put(start, end, change);
        }
        for (final Interval<Integer> interval : before) {
            final int now = interval.value() + change;
            if (now > 0) {
                counts.put(interval.start(), interval.end(), now);
            }
        }
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
            try {
                parent.mappings.forkInto(child.mappings, child);
                domain.awaitAccesses();
                for (final var pin : pins) {
                    parent.table.forEach(pin.start(), pin.end(), (page, entry) -> copyPinned(child, page, entry));
                }
            } catch (OutOfMemoryError e) {
                reset(child);
                throw e;
            }
            domain.spaces.add(child);
            return child;
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
        final var mapping = child.mappings.find(page);
        final int copy = domain.frames.allocate(mapping.prepareAnonymous(), mapping.indexOf(page), false,
                domain.pools.poolOf(child.policies, page));
        RawMemory.copy(PageEntry.address(entry), domain.frames.address(copy), domain.pageSize());
        child.table.replace(page, PageEntry.of(domain.frames.address(copy), READ));
        domain.noteCopy();
    }

    /// Unmaps everything.
    public static void exec(Space space) {
        space.domain.lock.lock();
        try {
            space.requireOpen();
            reset(space);
        } finally {
            space.domain.leave();
        }
    }

    static void reset(Space space) {
        space.requireNotPinned(0, PageTable.PAGES);
        space.mappings.remove(0, PageTable.PAGES);
        space.table.release();
        space.domain.noteTaken();
        space.marks.clear();
        space.purged.clear();
        space.lazy.clear();
        space.wired.clear();
        space.policies.clear();
        space.advanceEpoch();
    }

    /// {@return the end of a range of pages of an address space}
    ///
    /// @throws IllegalArgumentException if it is none
    static long requireRange(long start, long pages) {
        if (start < 0 || pages < 0 || start > PageTable.PAGES || pages > PageTable.PAGES - start) {
            throw new IllegalArgumentException("start=" + start + ", pages=" + pages);
        }
        return start + pages;
    }
}
