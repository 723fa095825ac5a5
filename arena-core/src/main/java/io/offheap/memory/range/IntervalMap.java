package io.offheap.memory.range;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

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
public final class IntervalMap<V> implements PageRanges {

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

    /// Gives all pages of `[start, end)` one value, as one interval. Does nothing if it is empty. Without Java heap no page has
    /// another value.
    public void put(long start, long end, V value) {
        if (start < end) {
            final Long first = start;
            final var interval = new Interval<>(start, end, value);
            if (byStart.isEmpty()) {
                byStart.put(first, interval);
            } else {
                putOver(first, interval);
            }
        }
    }

    private void putOver(Long first, Interval<V> interval) {
        final Long second = first + 1;
        cut(interval.end());
        cut(first);
        byStart.put(first, interval);                                   // the last that needs Java heap; over others for a moment
        drop(second, interval.end());
    }

    /// Takes the values from the pages of `[start, end)`. Without Java heap no page has lost its value.
    public void remove(long start, long end) {
        if (byStart.isEmpty() || start >= end) {
            return;
        }
        final Long first = start;
        cut(end);
        cut(first);
        drop(first, end);
    }

    /// Gives each page of `[start, end)` the value that a function makes of the one that it has. Without Java heap no page has
    /// another value.
    ///
    /// @param change takes and returns null for a page without a value
    public void change(long start, long end, UnaryOperator<V> change) {
        if (start >= end) {
            return;
        }
        cut(end);
        cut(start);
        final List<Interval<V>> changed = new ArrayList<>();
        long from = start;
        for (final var interval : touching(start, end)) {
            addChanged(changed, from, interval.start(), change.apply(null));
            addChanged(changed, interval.start(), interval.end(), change.apply(interval.value()));
            from = interval.end();
        }
        addChanged(changed, from, end, change.apply(null));
        enter(changed);
    }

    private static <V> void addChanged(List<Interval<V>> changed, long start, long end, V value) {
        if (start < end) {
            changed.add(new Interval<>(start, end, value));
        }
    }

    /// Enters intervals in place of those that start where they do, or none for a value of null. Without Java heap nothing has changed.
    private void enter(List<Interval<V>> changed) {
        final Long[] starts = new Long[changed.size()];
        final boolean[] isNew = new boolean[starts.length];
        boolean done = false;
        try {
            for (int i = 0; i < starts.length; i++) {
                starts[i] = changed.get(i).start();
                isNew[i] = byStart.putIfAbsent(starts[i], changed.get(i)) == null;
            }
            done = true;
        } finally {
            for (int i = 0; i < starts.length; i++) {                   // needs no Java heap: there is an entry for each
                if (done ? changed.get(i).value() == null : isNew[i]) {
                    byStart.remove(starts[i]);
                } else if (done) {
                    byStart.put(starts[i], changed.get(i));
                }
            }
        }
    }

    @Override
    public void cut(Long page) {
        final Long key = byStart.lowerKey(page);
        final var whole = key == null ? null : byStart.get(key);
        if (whole != null && whole.end() > page) {
            final var head = new Interval<>(whole.start(), page, whole.value());
            byStart.put(page, new Interval<>(page, whole.end(), whole.value()));
            byStart.put(key, head);
        }
    }

    @Override
    public void copy(long start, long end, long distance) {
        for (final var interval : within(start, end)) {
            byStart.put(interval.start() + distance,
                    new Interval<>(interval.start() + distance, interval.end() + distance, interval.value()));
        }
    }

    @Override
    public void drop(Long start, long end) {
        for (Long key = byStart.ceilingKey(start); key != null && key < end; key = byStart.ceilingKey(start)) {
            byStart.remove(key);
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
