package io.offheap.memory.range;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// A set of pages, as disjoint runs of which no two are neighbours, unless one was [cut][#cut].
///
/// Every operation costs O(log runs) and the runs that it changes. Not thread-safe: guarded by the lock of its
/// owner.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **V2** runs are not empty and disjoint; `size` is the sum of their lengths
public final class PageSet implements PageRanges {

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

    @Override
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

    /// Removes the pages of `[start, end)`. Without Java heap nothing has changed but cuts.
    public void remove(long start, long end) {
        if (intersects(start, end)) {
            final Long first = start;
            cut(end);
            cut(first);
            drop(first, end);
        }
    }

    @Override
    public void cut(Long page) {
        final Long start = endByStart.lowerKey(page);
        final Long end = start == null ? null : endByStart.get(start);
        if (end != null && end > page) {
            endByStart.put(page, end);
            endByStart.put(start, page);
        }
    }

    @Override
    public Replacement<?> copy(long start, long end, long distance) {
        final Long target = start + distance;
        final var runs = within(start, end);
        final long more = count(start, end) - count(target, end + distance);
        final var starts = runs.stream().map(run -> run.start() + distance).toArray(Long[]::new);
        return new Replacement<>(endByStart, target, end + distance, starts, runs.stream().map(run -> run.end() + distance).toList()) {
            @Override
            public void finish() {
                super.finish();
                size += more;
            }
        };
    }

    @Override
    public void drop(Long start, long end) {
        for (Long key = endByStart.ceilingKey(start); key != null && key < end; key = endByStart.ceilingKey(start)) {
            size -= endByStart.remove(key) - key;
        }
    }

    /// Makes one of two runs that meet at a boundary: what [#cut] and [#copy] may leave. Needs no Java heap.
    public void join(Long page) {
        final Long start = endByStart.lowerKey(page);
        if (start != null && endByStart.get(start).equals(page) && endByStart.containsKey(page)) {
            endByStart.put(start, endByStart.remove(page));
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
            if (run.getKey() < end || run.getValue() <= run.getKey()) {
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
