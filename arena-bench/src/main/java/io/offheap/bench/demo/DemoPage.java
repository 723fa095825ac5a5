package io.offheap.bench.demo;

import io.offheap.bench.report.Axis;
import io.offheap.bench.report.BarChart;
import io.offheap.bench.report.HtmlReport;
import io.offheap.bench.report.LineChart;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// The report of the demo: plots, the tables of the terminal, and the verdicts.
final class DemoPage {

    private static final double BYTES_PER_MEBIBYTE = 1 << 20;
    private static final double MILLIS_PER_SECOND = 1000;

    private DemoPage() {}

    /// {@return the page}
    static String html(Workload workload, List<RunResult> results) {
        final HtmlReport page = new HtmlReport("Offheap Arena: the main job");
        page.paragraph(setting(workload));
        page.verdicts(Claims.about(results).stream()
                .map(claim -> new HtmlReport.Verdict(claim.holds(), claim.text()))
                .toList());
        workload(page, results, RunResult.CALM, "Without pressure");
        workload(page, results, RunResult.PRESSED, "While another process presses for memory");
        page.heading("Figures").table(DemoTables.speed(results)).table(DemoTables.memory(results));
        results.stream()
                .filter(result -> !result.isOk())
                .forEach(result -> page.paragraph(
                        result.contestant() + ", " + result.workload() + ": " + result.outcome() + ": " + result.note()));
        return page.html();
    }

    private static String setting(Workload workload) {
        return String.format(
                Locale.ROOT,
                "ebizzy on real memory: %d threads copy one of %d chunks of %,d bytes (%s) into a fresh block, search it, "
                        + "check it and free it. %.1f s measured for each contestant, each in a JVM of its own, in "
                        + "%d slices that take turns; %s generator. %s, JDK %s, %d CPUs.",
                workload.threads(),
                workload.chunks(),
                workload.chunkBytes(),
                workload.randomSizes() ? "a random part of it" : "all of it",
                workload.seconds(),
                Rounds.COUNT,
                workload.stockGenerator() ? "the historic" : "an honest",
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                Runtime.version().feature(),
                Runtime.getRuntime().availableProcessors());
    }

    private static void workload(HtmlReport page, List<RunResult> results, String workload, String heading) {
        final List<RunResult> shown = results.stream()
                .filter(result -> result.workload().equals(workload) && result.isOk())
                .toList();
        if (shown.isEmpty()) {
            return;
        }
        page.heading(heading);
        page.figure(
                BarChart.svg("Records a second, " + workload, "records/s", bars(shown)),
                "Records a second in the middle slice; the whisker spans the slowest and the fastest slice.");
        page.figure(
                memoryOverTime(workload, lines(shown)),
                "Resident memory of the contestant's process, the JVM included, while it was its turn: the time in which "
                        + "the others had theirs is left out, so what went meanwhile shows as a step.");
    }

    private static List<BarChart.Bar> bars(List<RunResult> results) {
        return results.stream().map(DemoPage::bar).toList();
    }

    private static BarChart.Bar bar(RunResult result) {
        final Throughput throughput = result.throughput().orElseThrow();
        return new BarChart.Bar(
                result.contestant(),
                throughput.perSecond().median(),
                throughput.perSecond().least(),
                throughput.perSecond().most());
    }

    private static String memoryOverTime(String workload, List<LineChart.Line> lines) {
        return LineChart.svg(
                "Resident memory over time, " + workload,
                Axis.linear("seconds", most(lines, LineChart.Point::across)),
                Axis.linear("MiB", most(lines, LineChart.Point::up)),
                lines,
                List.of());
    }

    private static double most(List<LineChart.Line> lines, ToDoubleFunction<LineChart.Point> figure) {
        return lines.stream().flatMap(line -> line.points().stream()).mapToDouble(figure).max().orElse(1);
    }

    private static List<LineChart.Line> lines(List<RunResult> results) {
        return results.stream().limit(LineChart.MOST_LINES).map(DemoPage::line).toList();
    }

    private static LineChart.Line line(RunResult result) {
        return new LineChart.Line(
                result.contestant(),
                result.resident().samples().stream()
                        .map(sample -> new LineChart.Point(
                                sample.millis() / MILLIS_PER_SECOND, sample.bytes() / BYTES_PER_MEBIBYTE))
                        .toList(),
                false);
    }
}
