package io.offheap.memory.space;

import static io.offheap.memory.table.PageEntry.WRITE;

import io.offheap.memory.mapping.Mappings;
import io.offheap.memory.range.Replacement;
import io.offheap.memory.table.PageTable;

/// A mapped range on its way to other pages, with all that is true of its pages, in place of what is mapped there.
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
    private final PageTable.Visitor clear;
    private final PageTable.Visitor move;
    private final Replacement<?>[] copies;
    private Mappings.Move mappings;

    Relocation(Space space, long start, long end, long distance) {
        this.space = space;
        this.start = start;
        this.end = end;
        this.target = start + distance;
        this.targetEnd = end + distance;
        this.distance = distance;
        this.copies = new Replacement<?>[space.ofPages.length];
        this.clear = (page, _) -> space.table.clear(page);
        this.move = (page, _) -> space.table.set(page + distance, space.table.take(page) & ~WRITE);
    }

    /// Makes sure that the target can have what the source has.
    ///
    /// @param leaveBehind whether the source stays mapped
    void prepare(boolean leaveBehind) {
        boolean done = false;
        try {
            space.table.forEach(start, end, (page, _) -> {              // moving an entry needs no Java heap then
                space.table.own(page);
                space.table.own(page + distance);
            });
            space.table.forEach(target, targetEnd, (page, _) -> space.table.own(page));
            space.mappings.cut(start, end);
            space.mappings.cut(target, targetEnd);
            mappings = space.mappings.new Move(start, end, distance, leaveBehind);
            mappings.prepare();
            for (int i = 0; i < copies.length; i++) {
                space.ofPages[i].cut(start, end);
                space.ofPages[i].cut(target, targetEnd);
                copies[i] = space.ofPages[i].copy(start, end, distance);
            }
            done = true;
        } finally {
            if (!done) {
                undo();
            }
        }
    }

    private void undo() {
        for (final var copy : copies) {
            if (copy != null) {
                copy.undo();
            }
        }
        joinPurged();
        if (mappings != null) {
            mappings.undo();
        }
        space.mappings.merge(target, targetEnd);
        space.mappings.merge(start, end);
    }

    private void joinPurged() {
        space.purged.join(start);
        space.purged.join(end);
        space.purged.join(target);
        space.purged.join(targetEnd);
    }

    /// Lets the target have everything. Needs no Java heap.
    void finish() {
        mappings.finish();
        space.table.forEach(target, targetEnd, clear);
        space.table.forEach(start, end, move);
        for (int i = 0; i < copies.length; i++) {
            copies[i].finish();
            space.ofPages[i].drop(start, end);
        }
        joinPurged();
        space.advanceEpoch();
        space.domain.grace.noteTaken();                                 // what was at the target: if the wait fails, the next waits
        space.domain.grace.awaitAccesses();                             // of those at either address
        space.mappings.merge(target, targetEnd);
        space.mappings.merge(start, end);
    }
}
