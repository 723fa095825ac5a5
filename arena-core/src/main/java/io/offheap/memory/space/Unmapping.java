package io.offheap.memory.space;

import io.offheap.memory.mapping.Mapping;
import io.offheap.memory.range.Replacement;

/// A range on its way out: what is mapped there goes, with all that is true of its pages, and perhaps a new mapping takes its place.
///
/// [#prepare] takes all Java heap that is needed, and [#finish] needs none: it goes as a whole or not at all. Under the lock of the
/// domain.
final class Unmapping {

    private final Space space;
    private final Long start;
    private final Long end;
    private Replacement<Mapping> mappings;
    private boolean isReplaced;

    Unmapping(Space space, long start, long end) {
        this.space = space;
        this.start = start;
        this.end = end;
    }

    /// Cuts what reaches over the ends of the range, which is not empty.
    ///
    /// @param added what takes its place, or null
    void prepare(Mapping added) {
        boolean done = false;
        try {
            space.mappings.cut(start, end);
            for (final var ranges : space.ofPages) {
                if (!ranges.isEmpty()) {
                    ranges.cut(start, end);
                }
            }
            space.table.prepareToClear(start, end);
            mappings = space.mappings.replacing(start, end, added);
            isReplaced = added != null;
            done = true;
        } finally {
            if (!done) {
                space.purged.join(start);
                space.purged.join(end);
                space.mappings.merge(start, end);
            }
        }
    }

    /// Needs no Java heap.
    void finish() {
        space.clear(start, end);
        for (final var ranges : space.ofPages) {
            if (!ranges.isEmpty()) {
                ranges.drop(start, end);
            }
        }
        mappings.finish();
        if (isReplaced) {
            space.mappings.merge(start, end);
        }
    }
}
