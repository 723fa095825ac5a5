package io.offheap.bench.suite;

import io.offheap.bench.report.Axis;
import io.offheap.bench.report.BarChart;
import io.offheap.bench.report.LineChart;
import io.offheap.bench.report.MatrixChart;
import io.offheap.bench.result.Figures;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// Results as pictures.
final class Plots {

    /// Who is drawn where there is no room for all: this project, the JDK, malloc and its rivals, Netty. The others are
    /// in the tables.
    private static final List<String> DRAWN = List.of(
            "offheap-address",
            "offheap-segment",
            "offheap-confined",
            "jdk-confined",
            "ffm-malloc",
            "ffm-mimalloc",
            "ffm-jemalloc",
            "netty-pooled",
            "netty-adaptive",
            "arrow-unsafe");

    /// The moments of a burst, and what stands below the axis for each.
    private static final List<String> MOMENTS = List.of("full", "t0", "t1", "t5", "t15", "t30", "pressure", "purge");
    private static final List<String> MOMENT_NAMES =
            List.of("full", "freed", "1 s", "5 s", "15 s", "30 s", "told", "purge()");

    private static final double MILLIS_PER_SECOND = 1000;
    private static final double NANOS_PER_MICRO = 1000;
    private static final int MOST_LINES = 10;

    private Plots() {}

    /// {@return a line for each contestant over the sizes of blocks, both axes logarithmic}
    static String bySize(String title, List<Result> results) {
        final List<Result> drawn = drawn(results);
        return LineChart.svg(
                title,
                Axis.of("bytes of a block", drawn.stream().map(result -> (double) size(result)).toList(),
                        size -> Figures.bytes((long) size)),
                Axis.logarithmic(drawn.getFirst().unit(), ends(drawn)),
                lines(drawn, Plots::size, Function.identity(), true),
                List.of());
    }

    /// {@return a line for each contestant over the numbers of threads: what all threads do together}
    static String byThreads(String title, List<Result> results) {
        final List<Result> drawn = drawn(results).stream().map(Plots::together).toList();
        return LineChart.svg(
                title,
                Axis.of("threads", drawn.stream().map(result -> (double) threads(result)).toList(),
                        threads -> Integer.toString((int) threads)),
                Axis.logarithmic(drawn.getFirst().unit(), ends(drawn)),
                lines(drawn, Plots::threads, Function.identity(), true),
                List.of());
    }

    /// {@return a bar for each contestant}
    static String bars(String title, List<Result> results) {
        return BarChart.svg(
                title,
                results.getFirst().unit(),
                results.stream()
                        .map(result -> new BarChart.Bar(
                                result.contestant(),
                                result.value(),
                                result.figures().orElseThrow().least(),
                                result.figures().orElseThrow().most()))
                        .toList());
    }

    /// {@return resident memory after a burst: what is left at each moment}
    static String burst(String title, List<Result> results) {
        final List<String> moments = MOMENTS.stream()
                .filter(moment -> results.stream().anyMatch(result -> result.at().orElse("").equals(moment)))
                .toList();
        final List<Result> drawn = results.stream()
                .filter(result -> moments.contains(result.at().orElse("")))
                .sorted(Comparator.comparing(result -> moments.indexOf(result.at().orElseThrow())))
                .toList();
        final List<LineChart.Event> events = Stream.of("t0", "pressure")
                .filter(moments::contains)
                .map(moment -> new LineChart.Event(
                        moments.indexOf(moment), moment.equals("t0") ? "all freed" : "memory is short"))
                .toList();
        return LineChart.svg(
                title,
                Axis.steps("moment", moments.stream().map(moment -> MOMENT_NAMES.get(MOMENTS.indexOf(moment))).toList()),
                Axis.linear("MiB resident", most(drawn)),
                lines(drawn, result -> moments.indexOf(result.at().orElseThrow()), Function.identity(), true),
                events);
    }

    /// {@return resident memory while a workload runs}
    ///
    /// @param all whose `at` is in milliseconds
    /// @param events what happened meanwhile, by seconds
    static String overTime(String title, List<Result> all, List<LineChart.Event> events) {
        final List<Result> results = drawn(all);
        return LineChart.svg(
                title,
                Axis.linear("seconds", results.stream().mapToDouble(Plots::seconds).max().orElse(1)),
                Axis.linear("MiB resident", most(results)),
                lines(results, Plots::seconds, Function.identity(), false),
                events);
    }

    /// {@return who survived what, with the peak in MiB}
    ///
    /// @param results of `survived` and `peak`, without modes
    static String survivors(String title, List<Result> results) {
        final List<Column> columns = results.stream()
                .map(result -> new Column(result.workload(), threads(result)))
                .distinct()
                .toList();
        final List<MatrixChart.Row> rows = results.stream()
                .map(Result::contestant)
                .distinct()
                .map(contestant -> new MatrixChart.Row(
                        contestant,
                        columns.stream().map(column -> survivor(results, contestant, column)).toList()))
                .toList();
        return MatrixChart.svg(title, columns.stream().map(Column::heading).toList(), rows);
    }

    private static MatrixChart.Cell survivor(List<Result> results, String contestant, Column column) {
        final List<Result> own = results.stream()
                .filter(result -> result.contestant().equals(contestant))
                .filter(result -> result.workload().equals(column.workload()) && threads(result) == column.threads())
                .toList();
        final Optional<Result> survived = own.stream().filter(result -> result.metric() == Metric.SURVIVED).findFirst();
        if (survived.isEmpty()) {
            return new MatrixChart.Cell(false, "", "");
        }
        final Optional<Result> peak =
                own.stream().filter(result -> result.metric() == Metric.PEAK && result.figures().isPresent()).findFirst();
        final boolean isAlive = survived.get().figures().isPresent() && survived.get().value() == 1;
        final String outcome =
                survived.get().outcome().orElse("").replace("oom-", "").replace("out-of-memory-error", "error");
        return new MatrixChart.Cell(
                isAlive,
                isAlive ? peak.map(result -> String.format(Locale.ROOT, "%.0f", result.value())).orElse("alive") : outcome,
                survived.get().outcome().orElse("") + ", " + survived.get().note().orElse(""));
    }

    private static List<LineChart.Line> lines(
            List<Result> results, ToDoubleFunction<Result> across, Function<Result, Result> up, boolean hasMarks) {
        return results.stream()
                .map(Result::contestant)
                .distinct()
                .limit(LineChart.MOST_LINES)
                .map(contestant -> new LineChart.Line(
                        contestant,
                        results.stream()
                                .filter(result -> result.contestant().equals(contestant))
                                .map(result -> point(across.applyAsDouble(result), up.apply(result)))
                                .sorted(Comparator.comparingDouble(LineChart.Point::across))
                                .toList(),
                        hasMarks))
                .toList();
    }

    private static LineChart.Point point(double across, Result result) {
        return new LineChart.Point(
                across,
                result.value(),
                result.figures().orElseThrow().least(),
                result.figures().orElseThrow().most());
    }

    /// {@return the results of those who are drawn, in their order; of the first few where none of them takes part}
    private static List<Result> drawn(List<Result> results) {
        final List<String> contestants = new ArrayList<>(DRAWN);
        contestants.retainAll(results.stream().map(Result::contestant).toList());
        final List<String> all = results.stream().map(Result::contestant).distinct().toList();
        all.stream()
                .filter(contestant -> all.size() <= MOST_LINES && !contestants.contains(contestant))
                .forEach(contestants::add);
        final List<String> chosen = contestants.isEmpty() ? all.subList(0, MOST_LINES) : contestants;
        return chosen.stream()
                .flatMap(contestant -> results.stream().filter(result -> result.contestant().equals(contestant)))
                .toList();
    }

    /// {@return a time of one operation as what all threads do together}
    private static Result together(Result result) {
        if (result.metric() != Metric.TIME) {
            return result;
        }
        final double perMicro = NANOS_PER_MICRO * threads(result);
        return Result.of(result.workload(), result.contestant(), Metric.THROUGHPUT)
                .unit("million/s")
                .threads(threads(result))
                .figures(
                        new Spread(
                                perMicro / result.value(),
                                perMicro / result.figures().orElseThrow().most(),
                                perMicro / result.figures().orElseThrow().least()),
                        result.runs().orElse(1))
                .build();
    }

    private static List<Double> ends(List<Result> results) {
        return results.stream()
                .flatMap(result -> Stream.of(
                        result.figures().orElseThrow().least(), result.figures().orElseThrow().most()))
                .toList();
    }

    private static double most(List<Result> results) {
        return results.stream().mapToDouble(result -> result.figures().orElseThrow().most()).max().orElse(1);
    }

    private static double seconds(Result result) {
        return Long.parseLong(result.at().orElseThrow()) / MILLIS_PER_SECOND;
    }

    private static long size(Result result) {
        return result.size().orElse(0);
    }

    private static int threads(Result result) {
        return result.threads().orElse(1);
    }

    /// A trial of `survive`.
    private record Column(String workload, int threads) {

        String heading() {
            final String what = workload.equals("survive") ? "1 % kept" : workload.replace("survive-", "").replace('-', ' ');
            return what + "/" + threads + (threads == 1 ? " thread" : " threads");
        }
    }
}
