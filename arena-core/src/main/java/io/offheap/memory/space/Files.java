package io.offheap.memory.space;

import static io.offheap.memory.space.Volatility.requireFileRange;
import static io.offheap.memory.space.Volatility.requireOpen;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.types.PageRange;
import java.lang.foreign.MemorySegment;

/// Changes files under those who map them: punch, truncate, zap, close.
///
/// Ranges are pages. Every method takes the lock; what throws has changed nothing.
public final class Files {

    private Files() {}

    /// Makes pages of a file holes, at once and for everybody; private copies stay. Nothing counts as purged.
    public static void punch(Domain domain, FileObject file, PageRange range) {
        try (var _ = domain.begin()) {
            final long start = range.firstPage();
            final long end = requireFileRange(file, range);
            requireNotPinned(file, start, end, false);
            zap(file, start, end, false);
            domain.grace.awaitAccesses();
            file.backing.forget(start, end);
            file.backing.punch(start, end);
        }
    }

    /// Sets the number of pages. What lies behind a lower one is gone, private copies included, and so are its marks.
    public static void truncate(Domain domain, FileObject file, long pages) {
        if (pages < 0 || pages > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("pages=" + pages);
        }
        try (var _ = domain.begin()) {
            requireOpen(file);
            final long old = file.pages();
            requireNotPinned(file, pages, old, true);
            file.backing.resize(pages);                                 // what can be refused comes first
            if (pages < old) {
                zap(file, pages, old, true);
                domain.grace.awaitAccesses();
                file.backing.forget(pages, old);
                file.purged.remove(pages, old);
                file.marks.unmark(pages, old);
                file.backing.punch(pages, old);
            }
        }
    }

    /// Checks that nobody has a raw segment of what is about to go: a pinned page of a private mapping is a copy.
    private static void requireNotPinned(FileObject file, long start, long end, boolean copies) {
        for (final var mapping : file.mappings()) {
            final long from = mapping.pageOf(Math.max(start, mapping.pageOffset()));
            final long to = mapping.pageOf(Math.min(end, mapping.pageOffset() + mapping.pages()));
            if (from < to && (copies || mapping.isShared())) {
                ((Space) mapping.space()).requireNotPinned(from, to);
            }
        }
    }

    /// Takes pages of a file out of all page tables, so that the next access faults.
    ///
    /// @param range  none for all from the first one up to the end; what lies behind the end counts for nothing
    /// @param copies whether private copies go too: they revert to the file
    public static void zap(Domain domain, FileObject file, PageRange range, boolean copies) {
        try (var _ = domain.begin()) {
            final long start = range.firstPage();
            final long end = range.isEmpty() ? file.pages() : Math.min(file.pages(), range.endPage());
            requireNotPinned(file, start, end, copies);
            zap(file, start, end, copies);
            domain.grace.awaitAccesses();
        }
    }

    private static void zap(FileObject file, long start, long end, boolean copies) {
        for (final var mapping : file.mappings()) {
            final var space = (Space) mapping.space();
            final long from = mapping.pageOf(Math.max(start, mapping.pageOffset()));
            final long to = mapping.pageOf(Math.min(end, mapping.pageOffset() + mapping.pages()));
            space.table.forEach(from, Math.max(from, to), (page, entry) -> {
                if (PageEntry.isFile(entry) || copies) {
                    space.table.clearShared(page);
                }
            });
            space.table.noteShared(from, Math.max(from, to));
            space.advanceEpoch();
        }
    }

    /// Reads a page as a reader of the file sees it.
    ///
    /// @param target as long as a page
    public static void read(Domain domain, FileObject file, long index, MemorySegment target) {
        try (var _ = domain.begin()) {
            requireFileRange(file, new PageRange(index, 1));
            final long from = file.backing.isHole(index)
                    ? domain.frames.zeroPage() : domain.faults.readFile(file, index);
            MemorySegment.copy(RawMemory.segment(from, domain.pageSize()), 0, target, 0, domain.pageSize());
        }
    }

    /// Writes a page through the file. Space-marks and purges stay; it is no hole afterwards.
    ///
    /// @param source as long as a page
    public static void write(Domain domain, FileObject file, long index, MemorySegment source) {
        domain.enter(1, () -> requireFileRange(file, new PageRange(index, 1)) > 0 && file.backing.isMapped() ? 1 : 0);
        try {
            requireFileRange(file, new PageRange(index, 1));
            file.backing.fill(index);
            file.backing.write(index, 0, source);
        } finally {
            domain.leave();
        }
    }

    /// Expects that other processes map a file from now on: as one mapper more, who marks nothing.
    ///
    /// @return the path under which they find it
    public static String share(Domain domain, FileObject file) {
        try (var _ = domain.begin()) {
            requireOpen(file);
            file.external = true;
            return file.backing.share();
        }
    }

    /// {@return the number of pages}
    public static long pages(Domain domain, FileObject file) {
        try (var _ = domain.begin()) {
            requireOpen(file);
            return file.pages();
        }
    }

    /// {@return whether somebody maps it}
    public static boolean isMapped(Domain domain, FileObject file) {
        try (var _ = domain.begin()) {
            return !file.mappings().isEmpty();
        }
    }

    /// Ends all marks of a file that nobody maps.
    ///
    /// @return false, and nothing has changed, if somebody does
    public static boolean endMarks(Domain domain, FileObject file) {
        try (var _ = domain.begin()) {
            if (!file.mappings().isEmpty()) {
                return false;
            }
            file.marks.clear();
            file.purged.clear();
            return true;
        }
    }

    /// Lets go of a file for good. Idempotent.
    ///
    /// @throws IllegalStateException if somebody maps it
    public static void close(Domain domain, FileObject file) {
        try (var _ = domain.begin()) {
            if (file.closed) {
                return;
            }
            if (!file.mappings().isEmpty()) {
                throw new IllegalStateException("file " + file + " is mapped " + file.mappings().size() + " times");
            }
            file.closed = true;
            file.backing.forget(0, Long.MAX_VALUE);
            domain.files.remove(file);
            domain.grace.awaitAccesses();
        }
        file.backing.close();
    }
}
