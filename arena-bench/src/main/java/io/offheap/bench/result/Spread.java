package io.offheap.bench.result;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/// The middle of some figures, and how far they spread.
///
/// @param median the one in the middle, or the mean of the two
/// @param least the smallest
/// @param most the largest
public record Spread(double median, double least, double most) {

    /// {@return the spread of at least one figure}
    ///
    /// @throws IllegalArgumentException if there is none, or one that is no number
    public static Spread of(DoubleStream figures) {
        final double[] sorted = figures.sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("the spread of nothing");
        }
        if (!Double.isFinite(sorted[0]) || !Double.isFinite(sorted[sorted.length - 1])) {
            throw new IllegalArgumentException("not all are figures: " + Arrays.toString(sorted));
        }
        final double middle = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        return new Spread(middle, sorted[0], sorted[sorted.length - 1]);
    }

    /// {@return the spread of what is left of 1}
    public Spread shortOfOne() {
        return new Spread(1 - median, 1 - most, 1 - least);
    }
}
