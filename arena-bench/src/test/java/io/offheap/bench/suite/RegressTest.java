package io.offheap.bench.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.Commands;
import io.offheap.bench.report.Json;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.ResultFiles;
import io.offheap.bench.result.Spread;
import io.offheap.bench.suite.Comparison.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegressTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "2.0, 1.9, 2.1, SAME", // as before
        "2.4, 2.3, 2.5, SAME", // nothing in common, but by less than 25 %
        "3.0, 2.0, 3.2, SAME", // by half, but the ranges meet
        "3.0, 2.9, 3.2, WORSE",
        "1.0, 0.9, 1.1, BETTER",
    })
    void aRatioHasChangedWhenMedianAndRangeHave(double median, double least, double most, Verdict verdict) {
        final Result before = time("offheap-address", 2.0, 1.9, 2.1);
        assertEquals(verdict, Comparison.of(before, Optional.of(time("offheap-address", median, least, most)), 0.25).verdict());
    }

    @Test
    void moreOfAThroughputIsBetter() {
        final Result before = throughput(100);
        assertEquals(Verdict.BETTER, Comparison.of(before, Optional.of(throughput(200)), 0.25).verdict());
        assertEquals(Verdict.WORSE, Comparison.of(before, Optional.of(throughput(50)), 0.25).verdict());
        assertEquals(Verdict.MISSING, Comparison.of(before, Optional.empty(), 0.25).verdict());
    }

    @Test
    void aRatioIsAsWideAsMediansBestAndWorstRoundsDisagree() {
        final List<Result> ratios = Ratios.of(
                List.of(time("offheap-address", 10, 9, 12), time("ffm-malloc", 5, 4, 8), time("jdk-confined", 9, 9, 9)), "ffm-malloc");
        assertEquals(1, ratios.size());
        assertEquals("x ffm-malloc", ratios.getFirst().unit());
        assertEquals(new Spread(2, 1.5, 2.25), ratios.getFirst().figures().orElseThrow());
        assertEquals(ratios, Ratios.of(ratios, "ffm-malloc"), "ratios stay as they are");
    }

    @Test
    void confinedArenasAreHeldAgainstTheJdks() {
        final List<Result> ratios = Ratios.of(
                List.of(time("offheap-confined", 20, 18, 24), time("ffm-malloc", 5, 4, 8), time("jdk-confined", 40, 36, 48)),
                "ffm-malloc");
        assertEquals(1, ratios.size());
        assertEquals("x jdk-confined", ratios.getFirst().unit());
        assertEquals(new Spread(0.5, 0.5, 0.5), ratios.getFirst().figures().orElseThrow());
    }

    @Test
    void aBaselineSpansAllLooks() {
        final List<Result> joined = Ratios.joined(List.of(
                List.of(time("offheap-address", 2, 1.5, 2.25), time("offheap-segment", 5, 4, 6)),
                List.of(time("offheap-address", 3, 2.5, 4)),
                List.of(time("offheap-address", 1, 0.9, 1.1))));
        assertEquals(2, joined.size());
        assertEquals(new Spread(2, 0.9, 4), joined.getFirst().figures().orElseThrow());
        assertEquals(new Spread(5, 4, 6), joined.getLast().figures().orElseThrow());
    }

    @Test
    void aMachineTwiceAsFastChangesNothing() throws Exception {
        final Path before = figures("before.json", 10, 5);
        final Commands.Result result = regress(before, figures("now.json", 5, 2.5));
        assertEquals(0, result.exitCode(), result::errors);
    }

    @Test
    void whatIsSlowerThanNoiseCanMakeItFails() throws Exception {
        final Path before = figures("before.json", 10, 5);
        assertEquals(1, regress(before, figures("now.json", 15, 5)).exitCode());
        assertEquals(0, regress(before, figures("now.json", 15, 5), "--tolerance", "60").exitCode());
        Files.writeString(folder.resolve("none.json"), "[]");
        assertEquals(1, regress(before, folder.resolve("none.json")).exitCode(), "what was not measured does not hold");
    }

    /// Rounds of one contestant that took three times as long as the others do on a quiet machine: the best round tells.
    @Test
    void noiseIsNoRegressionAndTwiceTheTimeIsOne() {
        final List<Result> quiet = ratios(new Spread(15, 14, 17), new Spread(18, 17, 20));
        final List<Result> noisy = ratios(new Spread(40, 15, 60), new Spread(21, 18, 30));
        final List<Result> twice = ratios(new Spread(33, 29, 60), new Spread(19, 17, 30));
        assertEquals(Verdict.SAME, Comparison.of(quiet.getFirst(), Optional.of(noisy.getFirst()), 0.25).verdict());
        assertEquals(Verdict.WORSE, Comparison.of(quiet.getFirst(), Optional.of(twice.getFirst()), 0.25).verdict());
    }

    @Test
    void aSecondLookCountsWhereItIsBetter() {
        final Result first = ratios(new Spread(30, 30, 30), new Spread(10, 10, 10)).getFirst();
        final List<Result> faster = ratios(new Spread(10, 10, 10), new Spread(10, 10, 10));
        final List<Result> slower = ratios(new Spread(40, 40, 40), new Spread(10, 10, 10));
        assertEquals(faster.getFirst(), RegressCommand.better(first, faster));
        assertEquals(first, RegressCommand.better(first, slower));
        assertEquals(first, RegressCommand.better(first, List.of()), "what has no second look stays");
    }

    private static List<Result> ratios(Spread ours, Spread reference) {
        return Ratios.of(
                List.of(
                        time("offheap-address", ours.median(), ours.least(), ours.most()),
                        time("ffm-malloc", reference.median(), reference.least(), reference.most())),
                "ffm-malloc");
    }

    @Test
    void whatWasWrittenCanBeComparedWith() throws Exception {
        final Path ratios = folder.resolve("ratios.json");
        final String now = figures("now.json", 10, 5).toString();
        assertEquals(0, Commands.run("bench", "regress", "--metric", "time", "--figures", now, "--json", ratios.toString()).exitCode());
        assertTrue(Files.readString(ratios).contains("\"unit\":\"x ffm-malloc\",\"value\":2,"), Files.readString(ratios));
        assertEquals(0, regress(ratios, Path.of(now)).exitCode());
        assertEquals(1, regress(ratios, figures("slow.json", 30, 5)).exitCode());
    }

    @Test
    void theBaselineOfTheBuildHasRatiosOfTheFastPaths() throws Exception {
        final List<Result> baseline = Ratios.of(ResultFiles.read(Path.of("baseline.json")), "ffm-malloc");
        assertTrue(baseline.stream().anyMatch(ratio -> ratio.workload().equals("latency") && ratio.contestant().equals("offheap-address")));
        assertTrue(baseline.stream().anyMatch(ratio -> ratio.workload().equals("mixed")));
        final List<Result> arenas =
                baseline.stream().filter(ratio -> ratio.contestant().equals("offheap-confined")).toList();
        assertEquals(
                List.of(64L, 1024L),
                arenas.stream().filter(ratio -> ratio.workload().equals("latency")).map(ratio -> ratio.size().orElseThrow()).toList());
        assertTrue(arenas.stream().allMatch(ratio -> ratio.unit().equals("x jdk-confined")));
        assertTrue(baseline.stream().allMatch(ratio -> ratio.metric() == Metric.CPU
                && (arenas.contains(ratio) || ratio.unit().equals("x ffm-malloc"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --tolerance -1        | --tolerance must be 0 to 1000 percent, not -1
                    --metric resident     | --metric must be time, cpu or throughput, not resident
                    --benchmarks survive  | no benchmark 'survive' to measure
                    --against no-file     | no-file
                    """)
    void whatCannotBeUnderstoodIsNamedAndEndsWithTwo(String line, String message) {
        final String[] words = ("bench regress " + line).split(" ");
        final Commands.Result result = Commands.run(words);
        assertEquals(2, result.exitCode());
        assertTrue(result.errors().contains(message), result::errors);
    }

    private Commands.Result regress(Path before, Path now, String... more) {
        final List<String> words = new ArrayList<>(List.of(
                "bench", "regress", "--metric", "time", "--against", before.toString(), "--figures", now.toString()));
        words.addAll(List.of(more));
        return Commands.run(words.toArray(String[]::new));
    }

    private Path figures(String name, double ours, double reference) throws Exception {
        final Path file = folder.resolve(name);
        Files.writeString(file, Json.lines(List.of(
                time("offheap-address", ours, 0.95 * ours, 1.05 * ours).row(),
                time("ffm-malloc", reference, 0.95 * reference, 1.05 * reference).row())));
        return file;
    }

    private static Result time(String contestant, double median, double least, double most) {
        return Result.of("latency", contestant, Metric.TIME).threads(1).size(64).figures(new Spread(median, least, most), 9).build();
    }

    private static Result throughput(double value) {
        return Result.of("purge", "offheap-address", Metric.THROUGHPUT).figures(new Spread(value, value, value), 9).build();
    }
}
