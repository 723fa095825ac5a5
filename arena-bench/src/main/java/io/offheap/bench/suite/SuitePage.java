package io.offheap.bench.suite;

import io.offheap.bench.report.HtmlReport;
import io.offheap.bench.report.LineChart;
import io.offheap.bench.report.Table;
import io.offheap.bench.result.Figures;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Reach;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.ResultTables;
import io.offheap.bench.result.RunFacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// The report of the suite: how we compare, a section for each workload, the machine, the contestants, the commands.
final class SuitePage {

    private static final String SURVIVE = "survive";
    private static final String BURST = "burst";
    private static final String PRESSED = "ebizzy-pressure";

    /// Which metric a workload is about, where it has several: the first that it has.
    private static final List<Metric> MAIN = List.of(Metric.TIME, Metric.THROUGHPUT, Metric.PURGED);

    private static final String SPREAD = "Medians; error bars span the least and the most of all rounds.";

    private final HtmlReport page = new HtmlReport("Offheap Arena: the suite");
    private final List<Picture> pictures = new ArrayList<>();
    private final List<Result> results;
    private final List<Map<String, String>> runs;

    /// @param results of all workloads
    /// @param runs what is known of each run
    SuitePage(List<Result> results, List<Map<String, String>> runs) {
        this.results = results;
        this.runs = runs;
        write();
    }

    /// {@return the page}
    String html() {
        return page.html();
    }

    /// {@return the plots that are worth files of their own}
    List<Picture> pictures() {
        return List.copyOf(pictures);
    }

    private void write() {
        page.paragraph(
                "Off-heap allocators for Java side by side; contestants took turns in the same run. " + machineLine());
        summary();
        for (String workload : Claims.inOrder(results.stream().map(Result::workload))) {
            if (workload.startsWith(SURVIVE)) {
                survive(workload);
            } else {
                workload(workload, where(result -> result.workload().equals(workload)));
            }
        }
        failures();
        machine();
        contestants();
        commands();
    }

    private String machineLine() {
        return runs.stream()
                .filter(run -> run.containsKey("processor"))
                .findFirst()
                .map(run -> "%s processors (%s), %s, %s, JDK %s.".formatted(
                        run.get("processors"),
                        run.get("processor"),
                        run.get("memory"),
                        run.get("kernel"),
                        run.get("JDK")))
                .orElse("");
    }

    private void summary() {
        final Table table = new Summary(results).table();
        if (!table.body().isEmpty()) {
            page.heading("Summary");
            page.paragraph("How many times as good offheap-address is as the others; above 1 is better for it, whether "
                    + "more or less of the figure is better. A ratio is the geometric mean over the sizes of a row, each "
                    + "against the best contestant of that side at that size; the best peer is the best of all that a "
                    + "Java program can use, so programs in C stand apart. Ours is from the least to the most over the "
                    + "sizes.");
            page.ratios(table, Summary.FIRST_RATIO);
        }
    }

    private void workload(String workload, List<Result> own) {
        page.heading(workload);
        page.paragraph(Claims.of(workload));
        if (workload.equals(BURST)) {
            burst(own);
        } else {
            MAIN.stream()
                    .map(metric -> figures(own, metric).stream().filter(SuitePage::isInJava).toList())
                    .filter(shown -> !shown.isEmpty())
                    .findFirst()
                    .ifPresent(shown -> speed(workload, shown));
            memory(workload, own);
        }
        tables(own);
    }

    private void speed(String workload, List<Result> shown) {
        final Map<Integer, List<Result>> byThreads = grouped(shown, result -> result.threads().orElse(1));
        final boolean hasSizes = byThreads.values().stream().anyMatch(cells -> distinct(cells, SuitePage::size) > 1);
        if (hasSizes) {
            byThreads.forEach((threads, cells) -> bySize(workload, threads, cells));
        }
        threads(workload, shown);
        if (!hasSizes && byThreads.size() == 1) {
            final Result first = shown.getFirst();
            picture(
                    workload,
                    first.metric().text() + ", " + first.unit() + better(first),
                    Plots.bars(workload + ": " + first.metric().text(), shown),
                    SPREAD);
        }
    }

    private void bySize(String workload, int threads, List<Result> cells) {
        if (distinct(cells, SuitePage::size) > 1) {
            final Result first = cells.getFirst();
            final String heading = first.metric().text() + " by size, " + count(threads) + better(first);
            picture(
                    threads == 1 ? workload : workload + "-" + threads + "-threads",
                    heading,
                    Plots.bySize(workload + ": " + heading, cells),
                    SPREAD + " Both axes are logarithmic.");
        }
    }

    /// At the least size for which there are several numbers of threads.
    private void threads(String workload, List<Result> shown) {
        grouped(shown, SuitePage::size).entrySet().stream()
                .filter(cells -> distinct(cells.getValue(), result -> result.threads().orElse(1)) > 1)
                .min(Map.Entry.comparingByKey())
                .ifPresent(cells -> picture(
                        workload + "-threads",
                        "throughput by threads"
                                + (cells.getKey() == 0 ? "" : ", " + Figures.bytes(cells.getKey()) + " bytes")
                                + "; more is better",
                        Plots.byThreads(workload + ": throughput by threads", cells.getValue()),
                        "What all threads do together. " + SPREAD));
    }

    /// Of the largest blocks, with the most threads: what takes the most memory.
    private void memory(String workload, List<Result> own) {
        for (Metric metric : List.of(Metric.RESIDENT, Metric.PEAK)) {
            final List<Result> all = figures(own, metric).stream()
                    .filter(result -> result.at().isEmpty() && isInJava(result))
                    .toList();
            if (!all.isEmpty()) {
                footprint(workload, mostThreads(greatestSize(all)));
            }
        }
        final List<Result> samples = own.stream()
                .filter(result -> result.metric() == Metric.RESIDENT && isMillis(result) && result.figures().isPresent())
                .toList();
        if (!samples.isEmpty()) {
            overTime(workload, mostThreads(greatestSize(samples)));
        }
    }

    private void footprint(String workload, List<Result> cells) {
        final Result first = cells.getFirst();
        final String what = first.metric() == Metric.PEAK ? "peak of resident memory" : "resident growth";
        final String threads = count(first.threads().orElse(1));
        page.figure(
                "%s, MiB, %s; less is better".formatted(what, threads),
                Plots.bars("%s: %s, %s".formatted(workload, what, threads), cells),
                memoryOf(workload, first.metric() == Metric.PEAK));
    }

    /// {@return what a figure of memory is} That of ebizzy is all that the process has; that of the others is growth.
    private static String memoryOf(String workload, boolean isWhole) {
        return workload.startsWith("ebizzy") && isWhole
                ? "All that the contestant's process has, the JVM included."
                : "What the contestant's process has more than before, compiled code included.";
    }

    private void overTime(String workload, List<Result> samples) {
        final List<LineChart.Event> events =
                workload.equals(PRESSED) ? List.of(new LineChart.Event(0, "from here on memory is short")) : List.of();
        picture(
                workload + "-memory",
                "resident memory over time" + (workload.equals(PRESSED) ? " under pressure" : ""),
                Plots.overTime(workload + ": resident memory over time", samples, events),
                memoryOf(workload, true) + " Only the time in which it was its turn is shown: what went between turns shows "
                        + "as a step.");
    }

    private void burst(List<Result> own) {
        grouped(figures(own, Metric.RESIDENT), SuitePage::size).forEach((size, cells) -> picture(
                BURST + "-" + Figures.bytes(size).toLowerCase(Locale.ROOT),
                "resident memory after a burst in blocks of " + Figures.bytes(size),
                Plots.burst("burst: resident memory in blocks of " + Figures.bytes(size), cells),
                "Steps have no distances. Who can be told that memory is short, or has a purge(), has another burst for it; "
                        + "the lines of the others end."));
    }

    /// All kinds of `survive` share a matrix, which stands where the first of them is.
    private void survive(String workload) {
        final List<Result> own = where(result -> result.workload().startsWith(SURVIVE));
        if (!own.getFirst().workload().equals(workload)) {
            return;
        }
        page.heading(SURVIVE);
        page.paragraph(Claims.of(SURVIVE));
        final List<Result> usual = own.stream().filter(result -> !isOtherLimit(result)).toList();
        picture(
                SURVIVE,
                "who survives under the limit",
                Plots.survivors("survive: who is killed under a memory limit", usual),
                "Ticked: all runs survived, with the peak in MiB. Crossed: how a run ended. Kept: one block in a hundred "
                        + "stays to the end; neighbour: another process grows afterwards.");
        tables(own);
    }

    private static boolean isOtherLimit(Result result) {
        return result.mode().filter(mode -> mode.contains("no limit") || mode.contains("soft limit")).isPresent();
    }

    private void tables(List<Result> own) {
        final List<Result> shown = own.stream().filter(result -> !isMillis(result)).toList();
        final List<Table> tables = new ArrayList<>();
        ResultTables.tables(shown, Reach.NONE).forEach((heading, table) -> tables.add(headed(heading, table)));
        page.folded("All figures", tables);
    }

    private static Table headed(String heading, Table table) {
        final List<String> headings = new ArrayList<>(table.headings());
        headings.set(0, heading);
        final Table headed = new Table(headings.toArray(String[]::new));
        table.body().forEach(row -> headed.row(row.toArray(String[]::new)));
        return headed;
    }

    /// What has no figure because something went wrong; how somebody was killed is a figure.
    private void failures() {
        final Table table = new Table("workload", "contestant", "outcome", "what it said");
        results.stream()
                .filter(result -> result.figures().isEmpty() && result.outcome().isPresent())
                .map(result -> List.of(
                        result.workload(),
                        result.contestant(),
                        result.outcome().orElse(""),
                        result.note().orElse("")))
                .distinct()
                .forEach(row -> table.row(row.toArray(String[]::new)));
        if (!table.body().isEmpty()) {
            page.heading("What failed");
            page.table(table);
        }
    }

    private void machine() {
        page.heading("Machine and versions");
        final Table table = new Table("", "");
        runs.stream().findFirst().ifPresentOrElse(
                run -> run.forEach((name, value) -> {
                    final boolean isOfRun = List.of(RunFacts.COMMAND, RunFacts.BEGUN, RunFacts.SECONDS).contains(name);
                    if (!isOfRun && !name.startsWith("load")) {
                        table.row(name, value);
                    }
                }),
                () -> page.paragraph("Nobody wrote down on which machine these figures were measured."));
        if (!table.body().isEmpty()) {
            page.table(table);
        }
    }

    private void contestants() {
        page.heading("Contestants");
        final Map<String, String> ways = new LinkedHashMap<>();
        results.forEach(result -> {
            final String way = result.mode().filter(_ -> !isOtherLimit(result)).orElse("");
            ways.merge(result.contestant(), way, (one, other) -> one.length() >= other.length() ? one : other);
        });
        final Table table = new Table("contestant", "version, mode and flags");
        ways.forEach(table::row);
        page.table(table);
    }

    private void commands() {
        page.heading("How to repeat it");
        final Table table = new Table("begun", "seconds", "load before", "load after");
        runs.forEach(run -> table.row(
                run.getOrDefault(RunFacts.BEGUN, ""),
                run.getOrDefault(RunFacts.SECONDS, ""),
                run.getOrDefault("load before", ""),
                run.getOrDefault("load after", "")));
        if (runs.isEmpty()) {
            page.paragraph("The commands were not written down.");
        } else {
            page.lines(runs.stream().map(run -> run.getOrDefault(RunFacts.COMMAND, "")).toList());
            page.table(table);
        }
    }

    private void picture(String name, String heading, String svg, String caption) {
        pictures.add(new Picture(name, page.latestHeading() + ": " + heading, svg));
        page.figure(heading, svg, caption);
    }

    private List<Result> where(Predicate<Result> wanted) {
        return results.stream().filter(wanted).toList();
    }

    private static List<Result> figures(List<Result> own, Metric metric) {
        return own.stream()
                .filter(result -> result.metric() == metric && result.figures().isPresent() && !isMillis(result))
                .toList();
    }

    /// {@return the results of the greatest number of threads: those of the most memory}
    private static List<Result> mostThreads(List<Result> cells) {
        final int most = cells.stream().mapToInt(result -> result.threads().orElse(1)).max().orElse(1);
        return cells.stream().filter(result -> result.threads().orElse(1) == most).toList();
    }

    private static List<Result> greatestSize(List<Result> cells) {
        final long greatest = cells.stream().mapToLong(SuitePage::size).max().orElse(0);
        return cells.stream().filter(result -> size(result) == greatest).toList();
    }

    private static <K> Map<K, List<Result>> grouped(List<Result> cells, Function<Result, K> key) {
        return cells.stream().collect(Collectors.groupingBy(key, LinkedHashMap::new, Collectors.toList()));
    }

    private static long distinct(List<Result> cells, Function<Result, ?> key) {
        return cells.stream().map(key).distinct().count();
    }

    private static long size(Result result) {
        return result.size().orElse(0);
    }

    /// Programs in C have other sizes and numbers of threads; they are in the tables.
    private static boolean isInJava(Result result) {
        return Side.of(result.contestant()) != Side.IN_C;
    }

    private static String count(int threads) {
        return threads + (threads == 1 ? " thread" : " threads");
    }

    private static boolean isMillis(Result result) {
        return result.at().filter(at -> at.chars().allMatch(Character::isDigit)).isPresent();
    }

    private static String better(Result result) {
        return result.metric().isMoreBetter() ? "; more is better" : "; less is better";
    }
}
