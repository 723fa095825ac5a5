package io.offheap.memory.mapping;

import io.offheap.memory.range.Replacement;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/// The mappings of one address space, in the order of their pages.
///
/// Guarded by the lock of the domain.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **I4** mappings are disjoint and stored under their start; after [#merge] no two neighbours in its range
///   could be one
public final class Mappings {

    private static final Long[] NO_STARTS = {};

    private final TreeMap<Long, Mapping> byStart = new TreeMap<>();

    /// Without mappings.
    public Mappings() {}

    /// {@return the mapping that contains a page, or null}
    public Mapping find(long page) {
        final var entry = byStart.floorEntry(page);
        return entry != null && page < entry.getValue().end() ? entry.getValue() : null;
    }

    /// {@return the mappings that have pages in `[start, end)`, ascending}
    public List<Mapping> touching(long start, long end) {
        final var before = find(start);
        return start >= end ? List.of()
                : List.copyOf(byStart.subMap(before == null ? start : before.start(), end).values());
    }

    /// {@return the first page of `[start, end)` that is not mapped, `end` if there is none}
    public long firstHole(long start, long end) {
        long page = start;
        while (page < end) {
            final var mapping = find(page);
            if (mapping == null) {
                return page;
            }
            page = mapping.end();
        }
        return end;
    }

    /// {@return all mappings, ascending} Not to be kept.
    public Collection<Mapping> all() {
        return byStart.values();
    }

    /// {@return a change that removes and detaches what lies in `[start, end)`, and adds and attaches a mapping of this range} No mapping
    /// reaches over its ends. Without Java heap nothing has changed.
    ///
    /// @param added null for none
    public Replacement<Mapping> replacing(Long start, long end, Mapping added) {
        if (added == null) {
            return new Exchange(start, end, NO_STARTS, List.of());
        }
        added.prepareToAttach();
        return new Exchange(start, end, new Long[] {start}, List.of(added)) {
            @Override
            public void finish() {
                super.finish();
                added.attach();
            }
        };
    }

    /// Mappings in place of others, which are detached.
    private class Exchange extends Replacement<Mapping> {

        Exchange(Long start, long end, Long[] starts, List<Mapping> mappings) {
            super(byStart, start, end, starts, mappings);
        }

        @Override
        protected void takenOut(Mapping mapping) {
            mapping.detach();
        }
    }

    /// Lets no mapping reach over an end of `[start, end)`, unless that is empty. Without Java heap that may be so of one of them.
    public void cut(long start, long end) {
        if (start < end) {
            cut(start);
            cut(end);
        }
    }

    /// Makes two of a mapping that has pages on both sides of a boundary. Without Java heap nothing has changed.
    private void cut(long page) {
        final var mapping = find(page);
        if (mapping != null && mapping.start() < page) {
            final var rest = mapping.restAt(page);
            rest.prepareToAttach();
            byStart.put(page, rest);
            mapping.shortenTo(page);
            rest.attach();
        }
    }

    /// Removes and detaches everything. Needs no Java heap.
    public void clear() {
        byStart.forEach((_, mapping) -> mapping.detach());
        byStart.clear();
    }

    /// A range of mappings on its way to another place.
    ///
    /// [#prepare] takes all Java heap that is needed; then [#finish], or [#undo] whatever it threw.
    public final class Move {

        private final Long start;
        private final Long end;
        private final long distance;
        private final Mapping[] leftBehind;
        private final List<Mapping> moved;
        private Exchange atTarget;

        /// Changes nothing.
        ///
        /// @param start       where a mapping begins
        /// @param end         where a mapping ends
        /// @param distance    to pages over whose ends no mapping reaches; what is mapped there goes
        /// @param leaveBehind whether new mappings of the same kind, that were never written, take the place
        public Move(long start, long end, long distance, boolean leaveBehind) {
            this.start = start;
            this.end = end;
            this.distance = distance;
            this.moved = touching(start, end);
            this.leftBehind = new Mapping[leaveBehind ? moved.size() : 0];
        }

        /// Enters the mappings at the target too.
        public void prepare() {
            final var starts = moved.stream().map(mapping -> mapping.start() + distance).toArray(Long[]::new);
            atTarget = new Exchange(start + distance, end + distance, starts, moved);
            for (int i = 0; i < leftBehind.length; i++) {
                final var fresh = moved.get(i).unwritten();
                fresh.prepareToAttach();
                fresh.attach();
                leftBehind[i] = fresh;
            }
        }

        /// Moves. Needs no Java heap.
        public void finish() {
            atTarget.finish();
            int next = 0;
            for (Long key = byStart.ceilingKey(start); key != null && key < end; key = byStart.higherKey(key)) {
                if (leftBehind.length > 0) {
                    byStart.put(key, leftBehind[next]);
                } else {
                    byStart.remove(key);
                }
                moved.get(next++).moveBy(distance);
            }
        }

        /// Leaves everything where it was. Needs no Java heap.
        public void undo() {
            if (atTarget != null) {
                atTarget.undo();
            }
            for (int i = 0; i < leftBehind.length && leftBehind[i] != null; i++) {
                leftBehind[i].detach();
            }
        }
    }

    /// Changes the protection of `[start, end)`, which is mapped, and joins neighbours. Without Java heap nothing has changed.
    public void protect(Long start, long end, Protection protection) {
        try {
            cut(start, end);
            for (final var mapping : touching(start, end)) {
                mapping.setProtection(protection);
            }
        } finally {
            merge(start, end);
        }
    }

    /// Gives a forked space the same mappings: O(mappings).
    public void forkInto(Mappings child, Translations space) {
        for (final var mapping : byStart.values()) {
            final var copy = mapping.forkFor(space);
            copy.prepareToAttach();
            child.byStart.put(copy.start(), copy);
            copy.attach();
        }
    }

    /// Joins neighbours that can be one, from the one before `start` to the one behind `end`. Needs no Java heap but for boxes.
    public void merge(Long start, long end) {
        Long key = byStart.lowerKey(start);
        if (key == null) {
            key = byStart.ceilingKey(start);
        }
        while (key != null && key <= end) {
            final Long next = byStart.higherKey(key);
            if (next == null || next > end) {
                return;
            }
            final var mapping = byStart.get(key);
            if (mapping.canMerge(byStart.get(next))) {
                mapping.absorb(byStart.remove(next));
            } else {
                key = next;
            }
        }
    }

    /// Recomputes I4. O(mappings).
    ///
    /// @return true
    /// @throws AssertionError naming what is wrong
    public boolean checkInvariants() {
        long end = Long.MIN_VALUE;
        for (final var entry : byStart.entrySet()) {
            final var mapping = entry.getValue();
            if (entry.getKey() != mapping.start() || mapping.start() < end || mapping.pages() <= 0) {
                throw new AssertionError("I4: " + mapping + " under " + entry.getKey() + " after " + end);
            }
            end = mapping.end();
        }
        return true;
    }

    /// Checks the second half of I4, which holds after a mapping was made or moved.
    ///
    /// @return true
    /// @throws AssertionError naming the neighbours
    public boolean checkMerged() {
        Mapping previous = null;
        for (final var mapping : byStart.values()) {
            if (previous != null && previous.canMerge(mapping)) {
                throw new AssertionError("I4: " + previous + " and " + mapping + " could be one");
            }
            previous = mapping;
        }
        return true;
    }
}
