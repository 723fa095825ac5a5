package io.offheap.memory.range;

/// Consecutive pages that have one value.
///
/// @param start first page
/// @param end   first page behind it, greater than `start`
/// @param value what is true of each of them
/// @param <V>   type of the value
public record Interval<V>(long start, long end, V value) {

    /// {@return the number of pages}
    public long pages() {
        return end - start;
    }

    /// {@return the same, so many pages behind}
    Interval<V> moved(long distance) {
        return new Interval<>(start + distance, end + distance, value);
    }

    /// {@return the part of it that lies in `[from, to)`, which it intersects}
    Interval<V> clip(long from, long to) {
        return from <= start && end <= to ? this : new Interval<>(Math.max(start, from), Math.min(end, to), value);
    }
}
