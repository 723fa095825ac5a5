package io.offheap.bench.suite;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.report.Table;
import io.offheap.bench.result.Figures;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// How many times as good this project's allocator is as the others: a row for each workload and number of threads.
///
/// A ratio is the geometric mean over the sizes of the workload, each against the best of a side at that size, so no
/// side is held to one contestant where another of it would do better. Above 1 is better for us.
final class Summary {

    /// The column in which ratios begin.
    static final int FIRST_RATIO = 5;

    private static final List<Metric> METRICS = List.of(Metric.TIME, Metric.THROUGHPUT, Metric.RESIDENT, Metric.PEAK);

    private static final List<Side> SIDES =
            List.of(Side.JDK, Side.MALLOC, Side.OTHER_MALLOC, Side.NETTY, Side.ARROW, Side.RAW, Side.IN_C);

    private static final String NOTHING = "-";

    private final List<Result> results;

    /// @param results of all workloads
    Summary(List<Result> results) {
        this.results = results.stream()
                .filter(result -> result.figures().isPresent() && METRICS.contains(result.metric()))
                .filter(result -> !result.workload().startsWith("survive") && !isGrowthByNothing(result))
                .toList();
    }

    /// {@return the table; without rows where there is nothing to compare}
    Table table() {
        final List<Side> sides = SIDES.stream()
                .filter(side -> results.stream().anyMatch(result -> Side.of(result.contestant()) == side))
                .toList();
        final List<String> headings =
                new ArrayList<>(List.of("workload", "threads", "figure", "ours", "best peer", "x best peer"));
        sides.forEach(side -> headings.add("x " + side.heading()));
        final Table table = new Table(headings.toArray(String[]::new));
        for (String workload : Claims.inOrder(results.stream().map(Result::workload))) {
            rows(workload).forEach((row, cells) -> add(table, row, cells, sides));
        }
        return table;
    }

    /// {@return the cells of each row: results of one workload, metric, unit and number of threads}
    private Map<Row, List<Result>> rows(String workload) {
        return results.stream()
                .filter(result -> result.workload().equals(workload))
                .filter(result -> result.metric() != Metric.RESIDENT || result.at().isEmpty() || isTelling(result))
                .collect(Collectors.groupingBy(
                        result -> new Row(
                                workload,
                                result.threads().orElse(0),
                                result.metric(),
                                result.unit(),
                                result.at().orElse("")),
                        LinkedHashMap::new,
                        Collectors.toList()));
    }

    /// What a process grows by while one block is live is not the block's.
    private static boolean isGrowthByNothing(Result result) {
        return result.metric() == Metric.PEAK && List.of("latency", "latency-write").contains(result.workload());
    }

    /// Of memory over time, what is left half a minute after a burst.
    private static boolean isTelling(Result result) {
        return result.at().orElse("").equals("t30") || result.at().orElse("").equals("t15");
    }

    private static void add(Table table, Row row, List<Result> cells, List<Side> sides) {
        final Optional<String> subject = subject(cells);
        if (subject.isEmpty()) {
            return;
        }
        final List<String> texts = new ArrayList<>(List.of(
                row.workload(),
                row.threads() == 0 ? NOTHING : Integer.toString(row.threads()),
                row.figure(),
                range(cells, result -> result.contestant().equals(subject.get())),
                bestPeer(cells),
                ratio(cells, subject.get(), Summary::isPeer)));
        sides.forEach(side -> texts.add(ratio(cells, subject.get(), result -> Side.of(result.contestant()) == side)));
        if (!texts.get(FIRST_RATIO).equals(NOTHING)) {
            table.row(texts.toArray(String[]::new));
        }
    }

    /// {@return who of us is compared: blocks by address where they take part, else the first of ours}
    private static Optional<String> subject(List<Result> cells) {
        final List<String> ours = cells.stream()
                .map(Result::contestant)
                .filter(contestant -> Side.of(contestant) == Side.OURS)
                .distinct()
                .toList();
        return ours.contains(Contestants.OFFHEAP_ADDRESS)
                ? Optional.of(Contestants.OFFHEAP_ADDRESS)
                : ours.stream().findFirst();
    }

    private static String ratio(List<Result> cells, String subject, Predicate<Result> rivals) {
        final double[] ratios = cells.stream()
                .filter(result -> result.contestant().equals(subject))
                .map(own -> best(cells, own, rivals).map(rival -> own.metric().advantage(own.value(), rival.value())))
                .flatMap(Optional::stream)
                .mapToDouble(Double::doubleValue)
                .filter(ratio -> ratio > 0 && Double.isFinite(ratio))
                .toArray();
        final OptionalDouble mean = Arrays.stream(ratios).map(Math::log).average();
        return mean.isEmpty() ? NOTHING : Figures.text(Math.exp(mean.getAsDouble()));
    }

    private static Optional<Result> best(List<Result> cells, Result own, Predicate<Result> rivals) {
        return cells.stream()
                .filter(result -> result.size().equals(own.size()) && rivals.test(result))
                .max(Comparator.comparingDouble(result -> own.metric().isMoreBetter() ? result.value() : -result.value()));
    }

    /// {@return who is the best peer at the most sizes}
    private static String bestPeer(List<Result> cells) {
        return cells.stream()
                .filter(result -> Side.of(result.contestant()) == Side.OURS)
                .collect(Collectors.toMap(Result::size, result -> result, (first, _) -> first, LinkedHashMap::new))
                .values()
                .stream()
                .flatMap(own -> best(cells, own, Summary::isPeer).stream())
                .collect(Collectors.groupingBy(Result::contestant, LinkedHashMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(NOTHING);
    }

    private static boolean isPeer(Result result) {
        return Side.of(result.contestant()).isPeer();
    }

    private static String range(List<Result> cells, Predicate<Result> wanted) {
        final double[] values = cells.stream().filter(wanted).mapToDouble(Result::value).sorted().toArray();
        if (values.length == 0) {
            return NOTHING;
        }
        final String least = Figures.text(values[0]);
        final String most = Figures.text(values[values.length - 1]);
        return least.equals(most) ? least : least + " \u2013 " + most;
    }

    /// What a row compares.
    private record Row(String workload, int threads, Metric metric, String unit, String at) {

        String figure() {
            return metric.text() + (at.isEmpty() ? "" : " at " + at) + ", " + unit;
        }
    }
}
