package io.offheap.memory.range;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A set of pages, as disjoint runs of which no two are neighbours.
///
/// Every operation costs O(log runs) and the runs that it changes. Not thread-safe: guarded by the lock of its
/// owner.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **V2** runs are not empty and have a gap between them; `size` is the sum of their lengths
public final class PageSet {

    private final TreeMap<Long, Long> endByStart;
    private long size;

    /// The empty set.
    public PageSet() {
        endByStart = new TreeMap<>();
    }

    /// A copy: O(runs).
    public PageSet(PageSet from) {
        endByStart = new TreeMap<>(from.endByStart);
        size = from.size;
    }

    /// {@return whether it contains no page}
    public boolean isEmpty() {
        return size == 0;
    }

    /// {@return the number of its pages}
    public long size() {
        return size;
    }

    /// {@return whether it contains a page}
    public boolean contains(long page) {
        return intersects(page, page + 1);
    }

    /// {@return whether it contains a page of `[start, end)`}
    public boolean intersects(long start, long end) {
        if (size == 0 || start >= end) {
            return false;
        }
        final var run = endByStart.lowerEntry(end);
        return run != null && run.getValue() > start;
    }

    /// {@return the runs of its pages in `[start, end)`, ascending}
    public List<Interval<Boolean>> within(long start, long end) {
        final List<Interval<Boolean>> found = new ArrayList<>();
        if (size > 0 && start < end) {
            final var before = endByStart.floorKey(start);
            for (final var run : endByStart.subMap(before == null ? start : before, end).entrySet()) {
                if (run.getValue() > start) {
                    found.add(new Interval<>(run.getKey(), run.getValue(), true).clip(start, end));
                }
            }
        }
        return found;
    }

    /// {@return how many of its pages lie in `[start, end)`}
    public long count(long start, long end) {
        return within(start, end).stream().mapToLong(Interval::pages).sum();
    }

    /// {@return the runs of the pages of `[start, end)` that it does not contain, ascending}
    public List<Interval<Boolean>> gaps(long start, long end) {
        final List<Interval<Boolean>> found = new ArrayList<>();
        long from = start;
        for (final var run : within(start, end)) {
            if (from < run.start()) {
                found.add(new Interval<>(from, run.start(), false));
            }
            from = run.end();
        }
        if (from < end) {
            found.add(new Interval<>(from, end, false));
        }
        return found;
    }

    /// Adds one page.
    public void add(long page) {
        add(page, page + 1);
    }

    /// Adds the pages of `[start, end)`.
    public void add(long start, long end) {
        if (start >= end) {
            return;
        }
        final var first = endByStart.floorEntry(start);
        final var last = endByStart.floorEntry(end);
        final boolean continues = first != null && first.getValue() >= start;
        final Long from = continues ? first.getKey() : start;
        final long to = last == null ? end : Math.max(end, last.getValue());
        endByStart.put(from, to);
        size += to - from - (continues ? first.getValue() - from : 0);
        for (Long key = endByStart.higherKey(from); key != null && key <= end; key = endByStart.higherKey(from)) {
            size -= endByStart.remove(key) - key;                       // needs no Java heap: the set is never seen half changed
        }
    }

    /// Removes the pages of `[start, end)`.
    public void remove(long start, long end) {
        if (!intersects(start, end)) {
            return;
        }
        for (var run = endByStart.lowerEntry(end); run != null && run.getValue() > start;
                run = endByStart.lowerEntry(end)) {
            removeFrom(run, start, end);
        }
    }

    /// Without Java heap nothing has changed.
    private void removeFrom(Map.Entry<Long, Long> run, long start, long end) {
        final Long head = run.getKey() < start ? start : null;          // boxes come first
        if (run.getValue() > end) {
            endByStart.put(end, run.getValue());
        }
        if (head == null) {
            endByStart.remove(run.getKey());
        } else {
            endByStart.put(run.getKey(), head);
        }
        size -= Math.min(run.getValue(), end) - Math.max(run.getKey(), start);
    }

    /// Moves the pages of `[start, end)` by `distance`; there it contained none before.
    public void move(long start, long end, long distance) {
        final var moved = within(start, end);
        remove(start, end);
        for (final var run : moved) {
            add(run.start() + distance, run.end() + distance);
        }
    }

    /// Removes all pages.
    public void clear() {
        endByStart.clear();
        size = 0;
    }

    /// Recomputes V2. O(runs).
    ///
    /// @return true
    /// @throws AssertionError naming what is wrong
    public boolean checkInvariants() {
        long sum = 0;
        long end = Long.MIN_VALUE;
        for (final var run : endByStart.entrySet()) {
            if (run.getKey() <= end || run.getValue() <= run.getKey()) {
                throw new AssertionError("V2: run at " + run + " after " + end);
            }
            end = run.getValue();
            sum += end - run.getKey();
        }
        if (sum != size) {
            throw new AssertionError("V2: size " + size + ", sum " + sum);
        }
        return true;
    }

    @Override
    public String toString() {
        return endByStart.toString();
    }
}
