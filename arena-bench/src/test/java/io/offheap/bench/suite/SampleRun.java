package io.offheap.bench.suite;

import io.offheap.bench.report.Json;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.RunFacts;
import io.offheap.bench.result.Spread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Figures of a run that never was: every kind of plot, and known ratios.
final class SampleRun {

    private static final List<String> CONTESTANTS = List.of(
            "offheap-address", "offheap-address-unchecked", "offheap-segment", "offheap-confined", "ffm-malloc", "ffm-jemalloc",
            "ffm-mimalloc", "netty-pooled", "netty-adaptive", "jdk-confined", "jdk-direct-cleaner", "c-mimalloc");

    private SampleRun() {}

    /// Writes a file for each benchmark, and what is known of its run.
    static void write(Path folder) throws IOException {
        write(folder, "latency", latency());
        write(folder, "mixed", mixed());
        write(folder, "ebizzy", ebizzy());
        write(folder, "burst", burst());
        write(folder, "survive", survive());
    }

    /// {@return latencies: contestant `n` takes `n + 1` times as long as the first}
    static List<Result> latency() {
        final List<Result> results = new ArrayList<>();
        for (int contestant = 0; contestant < CONTESTANTS.size(); contestant++) {
            for (long size : new long[] {64, 4096, 65_536, 1 << 20}) {
                results.add(time("latency", contestant, 1, 10 * Math.sqrt(size / 64.0)).size(size).build());
            }
            for (int threads : new int[] {2, 8}) {
                results.add(time("latency", contestant, threads, 10).size(64).build());
            }
        }
        return results;
    }

    private static List<Result> mixed() {
        final List<Result> results = new ArrayList<>();
        for (int contestant = 0; contestant < CONTESTANTS.size() - 1; contestant++) {
            for (int threads : new int[] {1, 2, 8}) {
                results.add(time("mixed", contestant, threads, 12).build());
            }
            results.add(Result.of("mixed-200k", CONTESTANTS.get(contestant), Metric.RESIDENT).threads(1).figure(20 + contestant).build());
        }
        return results;
    }

    private static List<Result> ebizzy() {
        final List<Result> results = new ArrayList<>();
        for (String workload : List.of("ebizzy", "ebizzy-pressure")) {
            for (String contestant : List.of("jdk-confined", "ffm-malloc", "offheap-eager", "offheap-address")) {
                results.add(Result.of(workload, contestant, Metric.THROUGHPUT)
                        .threads(4)
                        .figures(new Spread(50_000, 30_000, 60_000), 11)
                        .build());
                for (int sample = 0; sample < 20; sample++) {
                    results.add(Result.of(workload, contestant, Metric.RESIDENT)
                            .threads(4)
                            .at(Integer.toString(50 * sample))
                            .figure(100 + contestant.length() + sample % 5)
                            .build());
                }
            }
        }
        return results;
    }

    private static List<Result> burst() {
        final List<Result> results = new ArrayList<>();
        for (String moment : List.of("full", "t0", "t1", "t5", "t15", "t30", "pressure", "purge")) {
            results.add(burst("offheap-address", moment, moment.startsWith("t1") || moment.startsWith("t3") ? 330 : 2380));
            if (!moment.startsWith("p")) {
                results.add(burst("netty-pooled", moment, 2375));
            }
        }
        return results;
    }

    private static List<Result> survive() {
        final List<Result> results = new ArrayList<>();
        for (String workload : List.of("survive", "survive-all-freed", "survive-neighbour")) {
            for (int threads : new int[] {1, 2}) {
                results.add(survivor(workload, "offheap-address", threads, 1, "survived"));
                results.add(survivor(workload, "ffm-malloc", threads, 0, "oom-killed"));
                results.add(Result.of(workload, "offheap-address", Metric.PEAK).threads(threads).figure(960).build());
            }
        }
        return results;
    }

    private static Result survivor(String workload, String contestant, int threads, double value, String outcome) {
        return Result.of(workload, contestant, Metric.SURVIVED).threads(threads).figure(value).outcome(outcome).note("a <note>").build();
    }

    private static Result burst(String contestant, String moment, double mebibytes) {
        return Result.of("burst", contestant, Metric.RESIDENT).threads(1).size(65_536).at(moment).figure(mebibytes).build();
    }

    private static Result.Builder time(String workload, int contestant, int threads, double nanos) {
        final double median = nanos * (contestant + 1);
        return Result.of(workload, CONTESTANTS.get(contestant), Metric.TIME)
                .threads(threads)
                .mode("version " + contestant)
                .figures(new Spread(median, 0.9 * median, 1.5 * median), 9);
    }

    private static void write(Path folder, String name, List<Result> results) throws IOException {
        final Path file = folder.resolve(name + ".json");
        Files.writeString(file, Json.lines(results.stream().map(Result::row).toList()));
        final Map<String, String> facts = new LinkedHashMap<>();
        facts.put(RunFacts.COMMAND, "./arena bench " + name + " --json " + name + ".json");
        facts.put(RunFacts.BEGUN, "2026-11-21T10:00:00Z");
        facts.put(RunFacts.SECONDS, "59");
        facts.put("processors", "2");
        facts.put("processor", "a <processor>");
        facts.put("memory", "24.0 GiB");
        facts.put("kernel", "Linux 6.18");
        facts.put("JDK", "25");
        RunFacts.write(file, facts);
    }
}
