package io.offheap.memory.range;

import java.util.List;

/// The volatile ranges of one address space or one file, and how marks join.
///
/// Overlapping marks become one range, as young as the last and FULL only if all were; neighbours stay two. A
/// mark that lies wholly in one range changes nothing. Taking a mark from a part leaves the rest with its age.
///
/// Not thread-safe: guarded by the lock of its owner.
public final class MarkSet implements PageRanges {

    private final IntervalMap<Mark> marks;

    /// Without marks.
    public MarkSet() {
        marks = new IntervalMap<>();
    }

    /// A copy: O(ranges).
    public MarkSet(MarkSet from) {
        marks = new IntervalMap<>(from.marks);
    }

    /// Marks `[start, end)`, which is not empty.
    ///
    /// @param time later than all marks so far
    public void mark(long start, long end, boolean full, long time) {
        final var overlapping = marks.touching(start, end);
        if (overlapping.isEmpty()) {
            marks.put(start, end, new Mark(full, time));
            return;
        }
        final long from = Math.min(start, overlapping.getFirst().start());
        final long to = Math.max(end, overlapping.getLast().end());
        if (overlapping.size() == 1 && from == overlapping.getFirst().start() && to == overlapping.getFirst().end()) {
            return;
        }
        final boolean allFull = full && overlapping.stream().allMatch(range -> range.value().full());
        marks.put(from, to, new Mark(allFull, time));
    }

    /// Takes the mark from the pages of `[start, end)`.
    public void unmark(long start, long end) {
        marks.remove(start, end);
    }

    /// {@return whether a page is marked}
    public boolean contains(long page) {
        return marks.contains(page);
    }

    /// {@return whether a page of `[start, end)` is marked}
    public boolean intersects(long start, long end) {
        return marks.intersects(start, end);
    }

    @Override
    public boolean isEmpty() {
        return marks.isEmpty();
    }

    /// {@return the ranges, ascending}
    public List<Interval<Mark>> all() {
        return marks.all();
    }

    /// {@return the parts of ranges in `[start, end)`, ascending}
    public List<Interval<Mark>> within(long start, long end) {
        return marks.within(start, end);
    }

    @Override
    public void cut(Long page) {
        marks.cut(page);
    }

    @Override
    public Replacement<?> copy(long start, long end, long distance) {
        return marks.copy(start, end, distance);
    }

    @Override
    public void drop(Long start, long end) {
        marks.drop(start, end);
    }

    /// Takes all marks.
    public void clear() {
        marks.clear();
    }

    /// See [IntervalMap#checkInvariants].
    ///
    /// @return true
    public boolean checkInvariants() {
        return marks.checkInvariants();
    }

    @Override
    public String toString() {
        return marks.toString();
    }
}
