package io.offheap.memory.space;

import io.offheap.memory.table.PageEntry;
import java.util.ArrayList;
import java.util.List;

/// Finds who has a page, through the object of the page and the mappings attached to it.
///
/// O(mappings of the object), whatever the number of pages; nothing is kept for each page and user. Every method
/// runs under the lock of the domain.
final class ReverseMap {

    /// A page of a space.
    ///
    /// @param space whose
    /// @param page  which
    record Place(Space space, long page) {}

    private ReverseMap() {}

    /// {@return where a frame is mapped}
    static List<Place> placesOf(Domain domain, int frame) {
        final long index = domain.frames.index(frame);
        final long address = domain.frames.address(frame);
        final List<Place> places = new ArrayList<>(2);
        for (final var mapping : domain.frames.object(frame).mappings()) {
            if (mapping.covers(index)) {
                final var space = (Space) mapping.space();
                final long page = mapping.pageOf(index);
                final long entry = space.table.get(page);
                if (PageEntry.isFrame(entry) && PageEntry.address(entry) == address) {
                    places.add(new Place(space, page));
                }
            }
        }
        return places;
    }

    /// {@return where a page of a file has an entry}
    static List<Place> placesOf(FileObject file, long index) {
        final List<Place> places = new ArrayList<>(2);
        for (final var mapping : file.mappings()) {
            if (mapping.covers(index)) {
                final var space = (Space) mapping.space();
                final long page = mapping.pageOf(index);
                if (PageEntry.isFile(space.table.get(page))) {
                    places.add(new Place(space, page));
                }
            }
        }
        return places;
    }

    /// {@return who has what is at a page of a space, in the order of the spaces and then of the pages}
    static List<Place> placesOf(Space space, long page) {
        final long entry = space.table.get(page);
        final List<Place> places;
        if (PageEntry.isFrame(entry)) {
            places = placesOf(space.domain, space.domain.frames.frameAt(PageEntry.address(entry)));
        } else if (entry != 0) {
            final var mapping = space.mappings.find(page);
            places = placesOf((FileObject) mapping.file(), mapping.indexOf(page));
        } else {
            return List.of();
        }
        places.sort((a, b) -> a.space.order != b.space.order
                ? Integer.compare(a.space.order, b.space.order) : Long.compare(a.page, b.page));
        return places;
    }
}
