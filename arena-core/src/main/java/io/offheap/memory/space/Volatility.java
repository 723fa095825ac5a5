package io.offheap.memory.space;

import static io.offheap.memory.space.Editor.requireInSpace;

import io.offheap.memory.mapping.Mapping;
import io.offheap.memory.range.Interval;
import io.offheap.memory.range.PageSet;
import io.offheap.memory.table.PageTable;
import io.offheap.memory.types.PageRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Marks ranges of spaces and files as volatile, takes them back, and lets pages go.
///
/// Ranges are pages, half open. Every method takes the lock, checks, asks for its allocation and only then changes
/// something; an empty range is nothing to do. That one is asked for whatever the range, but for an empty mark of a space (K9).
public final class Volatility {

    private Volatility() {}

    /// Lets the pages of a mapped range be purged, those that are not there yet included.
    ///
    /// @param full whether losing one means losing all
    public static void mark(Space space, PageRange range, boolean full) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            if (!range.isEmpty()) {
                space.requireMapped(start, end);
                space.domain.allocations.reserve();
                space.marks.mark(start, end, full, space.domain.tick());
            }
        }
    }

    /// Takes a mapped range back: when it returns no page of it can be purged, on account of whatever mark.
    ///
    /// @return whether a page of exactly this range was purged since it was marked
    public static boolean unmark(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            space.domain.allocations.reserve();
            final Long first = start;
            final Long last = end;
            space.marks.cut(first, last);                               // first of all: without Java heap no purge is forgotten
            space.purged.cut(first, last);
            space.lazy.cut(first, last);
            boolean wasPurged = space.purged.intersects(start, end);
            for (long page = start; page < end; ) {                     // no list: this is what marking costs
                final var mapping = space.mappings.find(page);
                final long stop = Math.min(end, mapping.end());
                if (mapping.isShared()) {
                    wasPurged |= acknowledge((FileObject) mapping.file(), mapping.indexOf(page), mapping.indexOf(stop));
                }
                page = stop;
            }
            space.marks.drop(first, end);
            space.purged.drop(first, end);
            space.lazy.drop(first, end);
            return wasPurged;
        }
    }

    /// Without Java heap nothing has changed.
    private static boolean acknowledge(FileObject file, long start, long end) {
        final Long first = start;
        final Long last = end;
        file.marks.cut(first, last);
        file.purged.cut(first, last);
        final boolean wasPurged = file.purged.intersects(start, end);
        file.marks.drop(first, end);
        file.purged.drop(first, end);
        return wasPurged;
    }

    /// Lets pages of a file be purged, whoever maps them. The mark is the file's and outlives mappings.
    public static void mark(Domain domain, FileObject file, PageRange range, boolean full) {
        try (var _ = domain.begin()) {
            final long start = range.firstPage();
            final long end = requireFileRange(file, range);
            domain.allocations.reserve();
            if (!range.isEmpty()) {
                file.marks.mark(start, end, full, domain.tick());
            }
        }
    }

    /// Takes pages of a file back, also from marks of spaces that map them shared; a space that has yet to learn of
    /// a purge keeps its mark until it does.
    ///
    /// @return whether a page was purged on account of the file's mark
    public static boolean unmark(Domain domain, FileObject file, PageRange range) {
        try (var _ = domain.begin()) {
            final long start = range.firstPage();
            final long end = requireFileRange(file, range);
            domain.allocations.reserve();
            for (final var mapping : file.mappings()) {
                if (mapping.isShared()) {
                    unmarkUnpurged(mapping, start, end);
                }
            }
            return acknowledge(file, start, end);
        }
    }

    private static void unmarkUnpurged(Mapping mapping, long start, long end) {
        final long from = mapping.pageOf(Math.max(start, mapping.pageOffset()));
        final long to = mapping.pageOf(Math.min(end, mapping.pageOffset() + mapping.pages()));
        final var space = (Space) mapping.space();
        if (from < to) {
            for (final var gap : space.purged.gaps(from, to)) {
                space.marks.unmark(gap.start(), gap.end());
            }
        }
    }

    /// Lets the pages of a private anonymous range that are there be dropped without a word. A page that is written
    /// afterwards is safe again.
    ///
    /// @throws IllegalArgumentException if the range shows a file
    public static void freeLazily(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            space.requireNotPinned(start, end);
            for (final var mapping : space.mappings.touching(start, end)) {
                if (!mapping.isAnonymous()) {
                    throw new IllegalArgumentException("lazy free is for private anonymous memory: page " + mapping.start());
                }
            }
            if (!range.isEmpty()) {
                final PageTable.Visitor forbidWrites = (page, _) -> space.table.forbidWrites(page);
                space.lazy.replace(start, end, withNewlyFreed(space, start, end));
                space.table.forEach(start, end, forbidWrites);          // needs no Java heap
                if (space.window().touches(start << space.domain.pageShift, end << space.domain.pageShift)) {
                    space.domain.grace.noteTaken();                     // writes through it would not ask
                }
            }
        }
    }

    /// {@return what is freed lazily of a range when all pages that are there are} Those that are already keep their time.
    private static List<Interval<Long>> withNewlyFreed(Space space, long start, long end) {
        final Long now = space.domain.tick();
        final var before = space.lazy.within(start, end);
        final List<Interval<Long>> runs = new ArrayList<>(before);
        final var fresh = new PageSet();
        space.table.forEach(start, end, (page, _) -> {
            if (!space.lazy.contains(page)) {
                fresh.add(page);
            }
        });
        fresh.within(start, end).forEach(run -> runs.add(new Interval<>(run.start(), run.end(), now)));
        runs.sort(Comparator.comparingLong(Interval::start));
        return runs;
    }

    /// Drops the space's own pages: they read as zero or as the file afterwards. Marks and purges stay.
    public static void drop(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            space.requireNotPinned(start, end);
            final Long first = start;
            space.lazy.cut(first, (Long) end);
            space.table.prepareToClear(start, end);
            space.clear(start, end);
            space.lazy.drop(first, end);
        }
    }

    /// {@return what is true of a range; pages that are not mapped count as pinned}
    public static RangeStatus status(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            return new RangeStatus(!space.marks.intersects(start, end), space.table.count(start, end),
                    space.purged.count(start, end));
        }
    }

    /// {@return the pages of a mapped range that were purged, ascending, on whatever account}
    public static List<PageRange> purgedRanges(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            final var purged = new PageSet();
            space.purged.within(start, end).forEach(part -> purged.add(part.start(), part.end()));
            for (final var mapping : space.mappings.touching(start, end)) {
                if (mapping.isShared()) {
                    addPurged(purged, mapping, Math.max(start, mapping.start()), Math.min(end, mapping.end()));
                }
            }
            return ranges(purged, start, end);
        }
    }

    private static void addPurged(PageSet purged, Mapping mapping, long start, long end) {
        final var file = (FileObject) mapping.file();
        for (final var part : file.purged.within(mapping.indexOf(start), mapping.indexOf(end))) {
            purged.add(mapping.pageOf(part.start()), mapping.pageOf(part.end()));
        }
    }

    /// {@return the pages of a file that were purged, ascending, on its own account}
    public static List<PageRange> purgedRanges(Domain domain, FileObject file, PageRange range) {
        try (var _ = domain.begin()) {
            final long end = requireFileRange(file, range);
            return ranges(file.purged, range.firstPage(), end);
        }
    }

    private static List<PageRange> ranges(PageSet pages, long start, long end) {
        return pages.within(start, end).stream().map(part -> PageRange.between(part.start(), part.end())).toList();
    }

    /// {@return what is true of pages of a file, on its own account}
    public static RangeStatus status(Domain domain, FileObject file, PageRange range) {
        try (var _ = domain.begin()) {
            final long start = range.firstPage();
            final long end = requireFileRange(file, range);
            final long resident = file.backing.present(start, end).stream().mapToLong(run -> run.pages()).sum();
            return new RangeStatus(!file.marks.intersects(start, end), resident, file.purged.count(start, end));
        }
    }

    static long requireFileRange(FileObject file, PageRange range) {
        if (range.endPage() > file.pages()) {
            throw new IllegalArgumentException("file %s of %d pages: pages %s".formatted(file, file.pages(), range));
        }
        requireOpen(file);
        return range.endPage();
    }

    static void requireOpen(FileObject file) {
        if (file.closed) {
            throw new IllegalStateException("file " + file + " is closed");
        }
    }
}
