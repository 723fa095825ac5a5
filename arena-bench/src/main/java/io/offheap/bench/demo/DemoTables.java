package io.offheap.bench.demo;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Counters;
import io.offheap.bench.report.Table;
import io.offheap.bench.result.Spread;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The figures of the demo as tables: speed, and memory.
final class DemoTables {

    private static final String UNKNOWN = "-";

    private DemoTables() {}

    /// {@return both tables, for a terminal}
    static String text(List<RunResult> results) {
        return speed(results).text() + "\n" + memory(results).text();
    }

    /// {@return records a second and how they compare}
    static Table speed(List<RunResult> results) {
        final Table table =
                new Table("contestant", "records/s", "x eager", "CPU us", "pressed", "x eager", "CPU us", "loss");
        for (String contestant : contestants(results)) {
            final Optional<RunResult> calm = find(results, RunResult.CALM, contestant);
            final Optional<RunResult> pressed = find(results, RunResult.PRESSED, contestant);
            table.row(
                    contestant,
                    rate(calm),
                    overEager(results, calm),
                    cpuMicros(calm),
                    rate(pressed),
                    overEager(results, pressed),
                    cpuMicros(pressed),
                    loss(calm, pressed));
        }
        return table;
    }

    /// {@return what was resident, purged, and obtained by the pressure child, in MiB}
    static Table memory(List<RunResult> results) {
        final Table table = new Table(
                "MiB resident", "before", "peak", "after", "growth", "purged", "others got", "at most", "of room");
        for (RunResult result : results) {
            final RunResult.Resident resident = result.resident();
            final Optional<RunResult.Pressure> pressure = result.pressure();
            table.row(
                    result.contestant() + (result.workload().equals(RunResult.PRESSED) ? ", pressed" : ""),
                    mebibytes(resident.beforeBytes()),
                    mebibytes(resident.peakBytes()),
                    mebibytes(resident.afterBytes()),
                    mebibytes(resident.growthBytes()),
                    purged(result.counters()),
                    pressure.map(got -> mebibytes(got.averageBytes())).orElse(UNKNOWN),
                    pressure.map(got -> mebibytes(got.peakBytes())).orElse(UNKNOWN),
                    pressure.map(got -> mebibytes(got.roomBytes())).orElse(UNKNOWN));
        }
        return table;
    }

    /// {@return the contestants of the results, each once}
    static List<String> contestants(List<RunResult> results) {
        return results.stream().map(RunResult::contestant).distinct().toList();
    }

    /// {@return one result}
    static Optional<RunResult> find(List<RunResult> results, String workload, String contestant) {
        return results.stream()
                .filter(result -> result.workload().equals(workload)
                        && result.contestant().equals(contestant))
                .findFirst();
    }

    /// {@return bytes as MiB with one digit after the point}
    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / (double) (1 << 20));
    }

    private static String rate(Optional<RunResult> result) {
        return result.map(found -> found.isOk() ? String.format(Locale.ROOT, "%,.0f", found.perSecond()) : found.outcome())
                .orElse(UNKNOWN);
    }

    private static String cpuMicros(Optional<RunResult> result) {
        return result.flatMap(RunResult::throughput)
                .map(throughput -> String.format(Locale.ROOT, "%.1f", throughput.cpuNanos() / 1e3))
                .orElse(UNKNOWN);
    }

    private static String overEager(List<RunResult> results, Optional<RunResult> result) {
        return result.filter(RunResult::isOk)
                .flatMap(found -> find(results, found.workload(), Contestants.OFFHEAP_EAGER)
                        .flatMap(found::over)
                        .map(ratio -> String.format(Locale.ROOT, "%.2f", ratio.median())))
                .orElse(UNKNOWN);
    }

    private static String loss(Optional<RunResult> calm, Optional<RunResult> pressed) {
        return pressed.flatMap(found -> calm.flatMap(found::over))
                .map(Spread::shortOfOne)
                .map(loss -> String.format(Locale.ROOT, "%.1f %%", 100 * loss.median()))
                .orElse(UNKNOWN);
    }

    private static String purged(Counters counters) {
        return counters.purgedBytes() == Counters.NOT_COUNTED ? UNKNOWN : mebibytes(counters.purgedBytes());
    }
}
