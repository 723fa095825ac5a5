package io.offheap.memory.range;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
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

    @Override
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

    /// Calls the action for the value of each interval, ascending. Needs no Java heap.
    public void forEachValue(Consumer<? super V> action) {
        for (Long key = byStart.isEmpty() ? null : byStart.firstKey(); key != null; key = byStart.higherKey(key)) {
            action.accept(byStart.get(key).value());
        }
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
        replacing(start, end, changed).finish();
    }

    private static <V> void addChanged(List<Interval<V>> changed, long start, long end, V value) {
        if (start < end && value != null) {
            changed.add(new Interval<>(start, end, value));
        }
    }

    /// Gives the pages of `[start, end)` the values of some intervals, and the others none. Without Java heap no page has another value.
    ///
    /// @param intervals in the range, ascending and disjoint
    public void replace(long start, long end, List<Interval<V>> intervals) {
        if (start < end) {
            cut(start, end);
            replacing(start, end, intervals).finish();
        }
    }

    private Replacement<Interval<V>> replacing(long start, long end, List<Interval<V>> intervals) {
        final Long[] starts = new Long[intervals.size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = intervals.get(i).start();
        }
        return new Replacement<>(byStart, start, end, starts, intervals);
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
    public Replacement<?> copy(long start, long end, long distance) {
        return replacing(start + distance, end + distance, within(start, end).stream().map(interval -> interval.moved(distance)).toList());
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
