package io.offheap.memory.mapping;

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

    /// Adds a mapping where nothing is mapped, and attaches it. Without Java heap nothing has changed.
    public void add(Mapping mapping) {
        assert touching(mapping.start(), mapping.end()).isEmpty() : mapping + " over " + byStart;
        mapping.prepareToAttach();
        byStart.put(mapping.start(), mapping);
        mapping.attach();
    }

    /// Removes and detaches what lies in `[start, end)`, cutting mappings at its ends. Without Java heap some may be left.
    public void remove(long start, long end) {
        cutAt(start, end);
        for (var entry = byStart.ceilingEntry(start); entry != null && entry.getKey() < end;
                entry = byStart.ceilingEntry(start)) {
            byStart.remove(entry.getKey());
            entry.getValue().detach();
        }
    }

    /// Lets no mapping reach over an end of `[start, end)`, unless that is empty.
    private void cutAt(long start, long end) {
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

    /// Moves what lies in `[start, end)` by `distance` pages, to where nothing is mapped.
    ///
    /// @param leaveBehind whether new mappings of the same kind, that were never written, take its place
    public void move(long start, long end, long distance, boolean leaveBehind) {
        for (final var mapping : takeOut(start, end)) {
            if (leaveBehind) {
                final long offset = mapping.isAnonymous() ? mapping.start() : mapping.pageOffset();
                add(new Mapping(mapping.space(), mapping.start(), mapping.pages(), mapping.file(), offset,
                        mapping.isShared(), mapping.protection()));
            }
            mapping.moveTo(mapping.start() + distance);
            byStart.put(mapping.start(), mapping);
        }
    }

    /// Changes the protection of `[start, end)`, which is mapped.
    public void protect(long start, long end, Protection protection) {
        cutAt(start, end);
        for (final var mapping : touching(start, end)) {
            mapping.setProtection(protection);
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

    /// Joins neighbours that can be one, from the one before `start` to the one behind `end`.
    public void merge(long start, long end) {
        var mapping = byStart.floorEntry(start - 1);
        if (mapping == null) {
            mapping = byStart.ceilingEntry(start);
        }
        while (mapping != null && mapping.getKey() <= end) {
            final var next = byStart.higherEntry(mapping.getKey());
            if (next == null || next.getKey() > end) {
                return;
            }
            if (mapping.getValue().canMerge(next.getValue())) {
                byStart.remove(next.getKey());
                mapping.getValue().absorb(next.getValue());
            } else {
                mapping = next;
            }
        }
    }

    /// {@return what lay in `[start, end)`, cut at its ends, out of the map and still attached}
    private List<Mapping> takeOut(long start, long end) {
        cutAt(start, end);
        final var taken = touching(start, end);
        for (final var mapping : taken) {
            byStart.remove(mapping.start());
        }
        return taken;
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
