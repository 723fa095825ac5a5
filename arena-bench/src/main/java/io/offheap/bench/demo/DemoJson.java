package io.offheap.bench.demo;

import io.offheap.bench.contestant.Counters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The figures of the demo as rows of the JSON that all benchmarks write. `docs/demo.md` lists the metrics.
final class DemoJson {

    private static final String MEBIBYTES = "MiB";

    private final Workload workload;
    private final List<Map<String, Object>> rows = new ArrayList<>();

    private DemoJson(Workload workload) {
        this.workload = workload;
    }

    /// {@return a row for each figure}
    static List<Map<String, Object>> rows(Workload workload, List<RunResult> results) {
        final DemoJson json = new DemoJson(workload);
        results.forEach(json::add);
        return List.copyOf(json.rows);
    }

    private void add(RunResult result) {
        throughput(result);
        if (result.isOk()) {
            counted(result);
            resident(result);
            result.pressure().ifPresent(pressure -> pressure(result, pressure));
        }
    }

    private void throughput(RunResult result) {
        final Map<String, Object> row = row(result, "throughput", "records/s", result.perSecond());
        result.throughput().ifPresent(throughput -> {
            row.put("min", throughput.perSecond().least());
            row.put("max", throughput.perSecond().most());
            row.put("runs", throughput.slices().size());
        });
        row.put("outcome", result.outcome());
        if (!note(result).isEmpty()) {
            row.put("note", note(result));
        }
    }

    private String note(RunResult result) {
        final List<String> notes = new ArrayList<>();
        if (workload.randomSizes()) {
            notes.add("random sizes");
        }
        if (workload.stockGenerator()) {
            notes.add("stock generator");
        }
        if (!result.note().isEmpty()) {
            notes.add(result.note());
        }
        return String.join("; ", notes);
    }

    private void counted(RunResult result) {
        final Throughput throughput = result.throughput().orElseThrow();
        row(result, "records", "records", throughput.records());
        row(result, "cpu", "ns/op", throughput.cpuNanos());
        if (result.counters().purgedBytes() != Counters.NOT_COUNTED) {
            row(result, "purged", MEBIBYTES, mebibytes(result.counters().purgedBytes()));
            row(result, "reuses", "blocks", result.counters().reuses());
        }
    }

    private void resident(RunResult result) {
        final RunResult.Resident resident = result.resident();
        row(result, "peak", MEBIBYTES, mebibytes(resident.peakBytes()));
        residentAt(result, "start", resident.startBytes());
        residentAt(result, "before", resident.beforeBytes());
        residentAt(result, "peak", resident.peakBytes());
        residentAt(result, "after-purge", resident.afterBytes());
        resident.samples().forEach(sample -> residentAt(result, Long.toString(sample.millis()), sample.bytes()));
    }

    private void residentAt(RunResult result, String at, long bytes) {
        row(result, "resident", MEBIBYTES, mebibytes(bytes)).put("at", at);
    }

    private void pressure(RunResult result, RunResult.Pressure pressure) {
        row(result, "obtained", MEBIBYTES, mebibytes(pressure.averageBytes()))
                .put("max", mebibytes(pressure.peakBytes()));
        row(result, "taken", MEBIBYTES, mebibytes(pressure.takenBytes()));
        row(result, "budget", MEBIBYTES, mebibytes(pressure.budgetBytes()));
        row(result, "room", MEBIBYTES, mebibytes(pressure.roomBytes()));
        row(result, "pressure-cpu", "cores", pressure.cpuShare());
    }

    private Map<String, Object> row(RunResult result, String metric, String unit, Object value) {
        final Map<String, Object> row = new LinkedHashMap<>();
        row.put("workload", result.workload());
        row.put("contestant", result.contestant());
        row.put("threads", workload.threads());
        row.put("size", workload.chunkBytes());
        row.put("metric", metric);
        row.put("unit", unit);
        row.put("value", value);
        rows.add(row);
        return row;
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }
}
