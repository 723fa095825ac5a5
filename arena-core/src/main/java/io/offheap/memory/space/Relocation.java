package io.offheap.memory.space;

import static io.offheap.memory.table.PageEntry.WRITE;

import io.offheap.memory.mapping.Mappings;
import io.offheap.memory.table.PageTable;

/// A mapped range on its way to pages of which nothing is mapped, with all that is true of its pages.
///
/// [#prepare] takes all Java heap that is needed, and [#finish] needs none: the range moves as a whole or not at all. Under the lock
/// of the domain.
final class Relocation {

    private final Space space;
    private final Long start;
    private final Long end;
    private final Long target;
    private final Long targetEnd;
    private final long distance;
    private final PageTable.Visitor move;
    private Mappings.Move mappings;

    Relocation(Space space, long start, long end, long distance) {
        this.space = space;
        this.start = start;
        this.end = end;
        this.target = start + distance;
        this.targetEnd = end + distance;
        this.distance = distance;
        this.move = (page, _) -> space.table.set(page + distance, space.table.take(page) & ~WRITE);
    }

    /// Lets the target have what the source has, but for the entries of its pages.
    ///
    /// @param leaveBehind whether the source stays mapped
    void prepare(boolean leaveBehind) {
        boolean done = false;
        try {
            space.table.forEach(start, end, (page, _) -> {              // moving an entry needs no Java heap then
                space.table.own(page);
                space.table.own(page + distance);
            });
            mappings = space.mappings.new Move(start, end, distance, leaveBehind);
            mappings.prepare();
            for (final var ranges : space.ofPages) {
                ranges.cut(start, end);
                ranges.copy(start, end, distance);
            }
            done = true;
        } finally {
            if (!done) {
                undo();
            }
        }
    }

    private void undo() {
        for (final var ranges : space.ofPages) {
            ranges.drop(target, targetEnd);
        }
        space.purged.join(start);
        space.purged.join(end);
        if (mappings != null) {
            mappings.undo();
        }
        space.mappings.merge(start, end);
    }

    /// Takes everything away from the source. Needs no Java heap.
    void finish() {
        mappings.finish();
        space.table.forEach(start, end, move);
        for (final var ranges : space.ofPages) {
            ranges.drop(start, end);
        }
        space.purged.join(target);
        space.purged.join(targetEnd);
        space.advanceEpoch();
        space.domain.grace.awaitAccesses();                             // of those at the old address
        space.mappings.merge(target, targetEnd);
        space.mappings.merge(start, end);
    }
}
