package io.offheap.memory.space;

import io.offheap.memory.range.Interval;
import io.offheap.memory.space.ReverseMap.Place;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.table.PageTable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Recomputes what the structures of a domain cache, and compares. Under its lock; O(everything).
///
/// - **I1** the reverse map finds exactly the entries that a scan of all page tables finds
/// - **I2** every entry lies in a mapping, and that gives its page the index that the page has
/// - **I3** nodes and frames have as many references as were found ([io.offheap.memory.table.TableCheck])
/// - **I4** mappings are disjoint ([io.offheap.memory.mapping.Mappings])
/// - **I5** purged pages are marked and have no entry; marked, lazy, purged, wired pages are mapped
/// - **I6** every frame is free, in use or on its way ([io.offheap.memory.frame.Frames])
/// - **I7** what is held was not purged: a pinned page has its entry
/// - **I8** pages of a file are mapped on their owner's node only
/// - **I9** references of policies ([io.offheap.memory.policy.SharedPolicy])
/// - **I11** every page of a window may be written in place, where the window says ([Windows])
/// - **I12** a free frame is in one list of its pool, once (`FreeFrames`)
final class Checker {

    private final Domain domain;
    private final Map<Integer, Set<Place>> byFrame = new HashMap<>();
    private final Map<FileObject, Map<Long, Set<Place>>> byFile = new HashMap<>();

    Checker(Domain domain) {
        this.domain = domain;
    }

    boolean check() {
        domain.frames.checkInvariants();
        final var references = PageTable.check();
        for (final var space : domain.spaces) {
            references.add(space.table);
            checkSpace(space);
        }
        if (!domain.spaces.isEmpty()) {
            references.check(domain.spaces.getFirst().table);
        }
        checkReverseMap();
        for (final var file : domain.files) {
            checkFile(file);
        }
        return true;
    }

    private void checkSpace(Space space) {
        space.mappings.checkInvariants();
        space.marks.checkInvariants();
        space.purged.checkInvariants();
        space.table.forEach(0, PageTable.PAGES, (page, entry) -> checkEntry(space, page, entry));
        requireMapped(space, space.marks.all(), "marked");
        requireMapped(space, space.lazy.all(), "lazy");
        requireMapped(space, space.wired.all(), "wired");
        requireMapped(space, space.policies.all(), "bound");
        for (final var run : space.purged.within(0, PageTable.PAGES)) {
            for (long page = run.start(); page < run.end(); page++) {
                require(space.marks.contains(page), "I5", "purged and not marked", space, page);
                require(space.table.get(page) == 0, "I5", "purged and there", space, page);
            }
        }
        checkWindow(space, space.window());
        for (final var pin : space.pinned.all()) {
            for (long page = pin.start(); page < pin.end(); page++) {
                require(space.table.get(page) != 0, "I7", "pinned and not there", space, page);
            }
        }
    }

    private void checkWindow(Space space, Window window) {
        for (long at = 0; at < window.size(); at += domain.pageSize()) {
            final long page = window.start() + at >>> domain.pageShift;
            final long entry = space.table.writable(page);
            require(entry != 0 && PageEntry.address(entry) == window.memory().address() + at, "I11",
                    "not where the window of " + window.size() + " bytes says", space, page);
        }
    }

    private static void requireMapped(Space space, List<? extends Interval<?>> ranges, String what) {
        for (final var range : ranges) {
            require(space.mappings.firstHole(range.start(), range.end()) == range.end(), "I5", what + " and not mapped",
                    space, range.start());
        }
    }

    private void checkEntry(Space space, long page, long entry) {
        final var mapping = space.mappings.find(page);
        require(mapping != null, "I2", "an entry and no mapping", space, page);
        final long index = mapping.indexOf(page);
        if (PageEntry.isFrame(entry)) {
            final int frame = domain.frames.frameAt(PageEntry.address(entry));
            require(domain.frames.index(frame) == index, "I2", "frame has index " + domain.frames.index(frame)
                    + ", mapping says " + index, space, page);
            require(!mapping.isShared(), "I2", "a frame in a shared mapping", space, page);
            byFrame.computeIfAbsent(frame, _ -> new HashSet<>()).add(new Place(space, page));
            return;
        }
        require(!mapping.isAnonymous(), "I2", "a page of a file in anonymous memory", space, page);
        final var file = (FileObject) mapping.file();
        require(file.external || index < file.pages() && !file.backing.isHole(index), "I2", "an entry for a hole", space, page);
        require(!file.backing.isMapped() || file.backing.isAddress(index, PageEntry.address(entry)), "I2",
                "another address than the file", space, page);
        require(space.node == null || space.node.equals(file.owners.owner(index)), "I8", "owned by "
                + file.owners.owner(index), space, page);
        byFile.computeIfAbsent(file, _ -> new HashMap<>()).computeIfAbsent(index, _ -> new HashSet<>())
                .add(new Place(space, page));
    }

    private void checkReverseMap() {
        byFrame.forEach((frame, places) -> {
            final var found = ReverseMap.placesOf(domain, frame);
            if (found.size() != places.size() || !places.containsAll(found)) {
                throw new AssertionError("I1: frame " + frame + " is at " + places + ", found " + found);
            }
        });
        byFile.forEach((file, indices) -> indices.forEach((index, places) -> {
            final var found = ReverseMap.placesOf(file, index);
            if (found.size() != places.size() || !places.containsAll(found)) {
                throw new AssertionError("I1: " + file + " page " + index + " is at " + places + ", found " + found);
            }
        }));
    }

    private static void checkFile(FileObject file) {
        file.marks.checkInvariants();
        file.purged.checkInvariants();
        for (final var run : file.purged.within(0, Long.MAX_VALUE)) {
            for (long index = run.start(); index < run.end(); index++) {
                if (!file.marks.contains(index)) {
                    throw new AssertionError("I5: " + file + " page " + index + " is purged and not marked");
                }
            }
        }
        final int shared = (int) file.mappings().stream().filter(mapping -> mapping.isShared()).count();
        file.policies.checkInvariants(shared);
    }

    private static void require(boolean holds, String invariant, String what, Space space, long page) {
        if (!holds) {
            throw new AssertionError("%s: page %d of %s: %s, entry %s".formatted(
                    invariant, page, space, what, PageEntry.toString(space.table.get(page))));
        }
    }
}
