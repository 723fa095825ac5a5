package io.offheap.memory.range;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Values of pages, as disjoint intervals in the order of their pages.
///
/// Intervals are identities: two neighbours with equal values stay two. Cutting one leaves two with the value
/// of the whole. Every operation costs O(log intervals) and the intervals that it changes, whatever their size.
///
/// Not thread-safe: guarded by the lock of its owner.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **V1** intervals are not empty, disjoint, and stored under their start
///
/// @param <V> type of the values, never null
public final class IntervalMap<V> {

    private final TreeMap<Long, Interval<V>> byStart;

    /// A map without intervals.
    public IntervalMap() {
        byStart = new TreeMap<>();
    }

    /// A copy: O(intervals).
    public IntervalMap(IntervalMap<V> from) {
        byStart = new TreeMap<>(from.byStart);
    }

    /// {@return whether no page has a value}
    public boolean isEmpty() {
        return byStart.isEmpty();
    }

    /// {@return the interval that contains `page`, or null}
    public Interval<V> at(long page) {
        final var entry = byStart.floorEntry(page);
        return entry != null && page < entry.getValue().end() ? entry.getValue() : null;
    }

    /// {@return the value of `page`, or null}
    public V get(long page) {
        final var interval = at(page);
        return interval == null ? null : interval.value();
    }

    /// {@return whether `page` has a value}
    public boolean contains(long page) {
        return at(page) != null;
    }

    /// {@return whether a page of `[start, end)` has a value}
    public boolean intersects(long start, long end) {
        final var entry = byStart.lowerEntry(end);
        return start < end && entry != null && entry.getValue().end() > start;
    }

    /// {@return all intervals, ascending}
    public List<Interval<V>> all() {
        return List.copyOf(byStart.values());
    }

    /// {@return the intervals that have a page in `[start, end)`, whole, ascending}
    public List<Interval<V>> touching(long start, long end) {
        if (byStart.isEmpty() || start >= end) {
            return List.of();
        }
        final var before = at(start);
        final List<Interval<V>> found = new ArrayList<>();
        for (final var interval : byStart.subMap(before == null ? start : before.start(), end).values()) {
            found.add(interval);
        }
        return found;
    }

    /// {@return the intervals of the pages of `[start, end)`, cut at its ends, ascending}
    public List<Interval<V>> within(long start, long end) {
        return touching(start, end).stream().map(interval -> interval.clip(start, end)).toList();
    }

    /// Gives all pages of `[start, end)` one value, as one interval. Does nothing if it is empty.
    public void put(long start, long end, V value) {
        if (start < end) {
            remove(start, end);
            byStart.put(start, new Interval<>(start, end, value));
        }
    }

    /// Takes the values from the pages of `[start, end)`.
    public void remove(long start, long end) {
        if (byStart.isEmpty() || start >= end) {
            return;
        }
        cut(end);
        cut(start);
        for (var entry = byStart.ceilingEntry(start); entry != null && entry.getKey() < end;
                entry = byStart.ceilingEntry(start)) {
            byStart.remove(entry.getKey());
        }
    }

    /// Makes two of an interval that has pages on both sides of a boundary. Without Java heap nothing has changed.
    private void cut(long page) {
        final var entry = byStart.lowerEntry(page);
        if (entry != null && entry.getValue().end() > page) {
            final var whole = entry.getValue();
            final var head = new Interval<>(whole.start(), page, whole.value());
            byStart.put(page, new Interval<>(page, whole.end(), whole.value()));
            byStart.put(entry.getKey(), head);
        }
    }

    /// Moves the values of `[start, end)` by `distance` pages; the pages there have lost theirs before.
    public void move(long start, long end, long distance) {
        final var moved = within(start, end);
        remove(start, end);
        for (final var interval : moved) {
            put(interval.start() + distance, interval.end() + distance, interval.value());
        }
    }

    /// Takes all values.
    public void clear() {
        byStart.clear();
    }

    /// Recomputes V1. O(intervals).
    ///
    /// @return true
    /// @throws AssertionError naming what is wrong
    public boolean checkInvariants() {
        long end = Long.MIN_VALUE;
        for (final var entry : byStart.entrySet()) {
            final var interval = entry.getValue();
            if (entry.getKey() != interval.start() || interval.start() < end || interval.end() <= interval.start()) {
                throw new AssertionError("V1: " + interval + " after " + end);
            }
            end = interval.end();
        }
        return true;
    }

    @Override
    public String toString() {
        return byStart.values().toString();
    }
}
