package io.offheap.memory.space;

import static io.offheap.memory.space.Editor.requireInSpace;

import io.offheap.memory.types.PageRange;
import java.util.ArrayList;
import java.util.List;

/// Keeps pages where they are, so that they can be used by their native address.
public final class Pins {

    private Pins() {}

    /// Native memory, in bytes.
    ///
    /// @param address where it starts
    /// @param size    bytes
    public record Run(long address, long size) {}

    /// Makes the pages of a range present and writable in place, and keeps them so until [#unpin]: they are not purged,
    /// unmapped, moved or dropped, and a fork copies them for the child.
    ///
    /// @return the native memory of the pages, in their order; neighbours in memory are one run
    /// @throws IllegalArgumentException if a page belongs to a file that is not mapped into this process
    public static List<Run> pin(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        final var domain = space.domain;
        domain.enter(range.pageCount(), () -> domain.faults.pagesToWrite(space, start, end));
        try {
            space.requireOpen();
            domain.faults.check(space, start, end, true);
            for (final var mapping : space.mappings.touching(start, end)) {
                if (mapping.isShared() && !((FileObject) mapping.file()).backing.isMapped()) {
                    throw new IllegalArgumentException("file " + mapping.file() + " is reached by copies only");
                }
            }
            final List<Run> runs = new ArrayList<>();
            for (long page = start; page < end; page++) {
                final long address = domain.faults.write(space, page);
                final var last = runs.isEmpty() ? null : runs.getLast();
                if (last != null && last.address + last.size == address) {
                    runs.set(runs.size() - 1, new Run(last.address, last.size + domain.pageSize()));
                } else {
                    runs.add(new Run(address, domain.pageSize()));
                }
            }
            space.lazy.remove(start, end);
            Editor.count(space.pinned, start, end, 1);
            return runs;
        } finally {
            domain.leave();
        }
    }

    /// Undoes one [#pin]. The caller's segments are dead.
    public static void unpin(Space space, PageRange range) {
        try (var _ = space.domain.begin()) {
            Editor.count(space.pinned, range.firstPage(), range.endPage(), -1);
        }
    }
}
