package io.offheap.bench.demo;

import io.offheap.bench.contestant.Counters;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.ArrayList;
import java.util.List;

/// The runs of `bench ebizzy` as the figures that all benchmarks write.
final class EbizzyResults {

    private static final double MEBIBYTE = 1 << 20;

    private final Workload workload;
    private final List<Setup> contestants;

    EbizzyResults(Workload workload, List<Setup> contestants) {
        this.workload = workload;
        this.contestants = contestants;
    }

    /// {@return the figures} A run that failed has one result, without a figure.
    List<Result> of(List<RunResult> runs) {
        final List<Result> results = new ArrayList<>();
        runs.forEach(run -> add(results, run));
        return results;
    }

    private void add(List<Result> results, RunResult run) {
        final Result.Builder speed = begin(run, Metric.THROUGHPUT);
        if (!run.isOk()) {
            results.add(speed.outcome(run.outcome()).note(run.note()).build());
            return;
        }
        final Throughput achieved = run.throughput().orElseThrow();
        results.add(speed.figures(achieved.perSecond(), achieved.slices().size()).note(how()).build());
        final Spread cpu = Spread.of(achieved.slices().stream()
                .mapToDouble(slice -> slice.cpuNanos() / (double) Math.max(1, slice.records())));
        results.add(begin(run, Metric.CPU).figures(cpu, achieved.slices().size()).build());
        final RunResult.Resident resident = run.resident();
        results.add(begin(run, Metric.PEAK).figure(resident.peakBytes() / MEBIBYTE).build());
        results.add(begin(run, Metric.RESIDENT).figure(resident.beforeBytes() / MEBIBYTE).at("before").build());
        results.add(begin(run, Metric.RESIDENT).figure(resident.afterBytes() / MEBIBYTE).at("after-purge").build());
        resident.samples().forEach(sample -> results.add(begin(run, Metric.RESIDENT)
                .figure(sample.bytes() / MEBIBYTE)
                .at(Long.toString(sample.millis()))
                .build()));
        if (run.counters().purgedBytes() != Counters.NOT_COUNTED) {
            results.add(begin(run, Metric.PURGED).figure(run.counters().purgedBytes() / MEBIBYTE).build());
        }
    }

    private Result.Builder begin(RunResult run, Metric metric) {
        return Result.of(run.workload(), run.contestant(), metric)
                .threads(workload.threads())
                .size(workload.chunkBytes())
                .mode(contestants.stream()
                        .filter(setup -> setup.name().equals(run.contestant()))
                        .map(setup -> setup.way(""))
                        .findFirst()
                        .orElse(""));
    }

    private String how() {
        final List<String> how = new ArrayList<>();
        if (workload.randomSizes()) {
            how.add("random sizes");
        }
        if (workload.stockGenerator()) {
            how.add("stock generator");
        }
        return String.join("; ", how);
    }
}
