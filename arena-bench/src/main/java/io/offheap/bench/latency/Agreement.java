package io.offheap.bench.latency;

import io.offheap.bench.jmh.JmhTwin;
import io.offheap.bench.report.Table;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Whether this harness and JMH come to the same figures for the same pair. If the JIT had left something out in
/// one of them, or one of them measured itself, they would not.
///
/// CPU time is compared: other work on the machine takes the processor away from one or the other, which shows in
/// elapsed time only.
final class Agreement {

    /// How far the two may be apart.
    static final double TOLERANCE = 0.15;

    private final List<Result> results;

    Agreement(List<Result> results) {
        this.results = results;
    }

    /// {@return whether all pairs that were measured twice agree}
    boolean holds() {
        return twins().stream().allMatch(twin -> difference(twin).filter(apart -> apart <= TOLERANCE).isPresent());
    }

    /// {@return both figures of each, and how far they are apart}
    String text() {
        final Table table = new Table("CPU ns/op", "bytes", "here", "JMH", "apart");
        for (Result twin : twins()) {
            table.row(
                    twin.contestant(),
                    Long.toString(twin.size().orElseThrow()),
                    here(twin).map(result -> nanos(result.value())).orElse("-"),
                    nanos(twin.value()),
                    difference(twin).map(apart -> String.format(Locale.ROOT, "%.0f %%", 100 * apart)).orElse("-"));
        }
        return table.text();
    }

    private List<Result> twins() {
        return results.stream()
                .filter(result -> result.workload().equals(JmhTwin.WORKLOAD) && result.metric() == Metric.CPU)
                .toList();
    }

    private Optional<Result> here(Result twin) {
        return results.stream()
                .filter(result -> result.workload().equals(LatencyChild.TOUCH)
                        && result.contestant().equals(twin.contestant())
                        && result.size().equals(twin.size())
                        && result.threads().equals(twin.threads())
                        && result.metric() == twin.metric()
                        && result.figures().isPresent())
                .findFirst();
    }

    /// {@return the share by which the larger figure is above the smaller}
    private Optional<Double> difference(Result twin) {
        return here(twin).map(result -> Math.max(result.value(), twin.value()) / Math.min(result.value(), twin.value()) - 1);
    }

    private static String nanos(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
