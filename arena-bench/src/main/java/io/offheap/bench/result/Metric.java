package io.offheap.bench.result;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a figure measures, and whether more of it is better.
public enum Metric {
    /// Elapsed time of one operation on the thread that does it.
    TIME("ns/op", false),
    /// CPU time of the whole process for one operation, the JVM's own threads included.
    CPU("ns/op", false),
    /// Work done in a second; the unit says which work.
    THROUGHPUT("records/s", true),
    /// Resident memory of the process, at the moment that `at` names, or more of it than before.
    RESIDENT("MiB", false),
    /// The most that was resident.
    PEAK("MiB", false),
    /// Given back to the operating system.
    PURGED("MiB", true),
    /// Whether the process lived: 1 or 0.
    SURVIVED("1", true);

    private final String unit;
    private final boolean moreIsBetter;

    Metric(String unit, boolean moreIsBetter) {
        this.unit = unit;
        this.moreIsBetter = moreIsBetter;
    }

    /// {@return the metric of a name in JSON, unless it is one that is not compared}
    public static Optional<Metric> named(String text) {
        return Arrays.stream(values()).filter(metric -> metric.text().equals(text)).findFirst();
    }

    /// {@return whether more is better}
    public boolean isMoreBetter() {
        return moreIsBetter;
    }

    /// {@return the unit, unless a result says another}
    public String unit() {
        return unit;
    }

    /// {@return how many times as good `figure` is as `other`; above 1 is better}
    public double advantage(double figure, double other) {
        return moreIsBetter ? figure / other : other / figure;
    }

    /// {@return the name in JSON}
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
