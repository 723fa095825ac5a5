package io.offheap.bench.result;

import io.offheap.bench.report.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Results as tables for eyes: one for each workload, metric and number of threads, a row for each contestant, a
/// column for each size or moment. A cell is a median. Under it stand the figures to reach, where there are any,
/// and how many times as good each contestant of this project is as its counterpart in the JDK, the one of the same
/// kind, or where it has none as the best peer.
public final class ResultTables {

    /// The names of this project's own contestants begin so.
    private static final String OURS = "offheap-";

    /// The names of the JDK's contestants begin so, and end as those of ours that are of the same kind.
    private static final String JDK = "jdk-";

    private static final String NOTHING = "-";

    private final List<Result> results;
    private final Reach reach;

    private ResultTables(List<Result> results, Reach reach) {
        this.results = results;
        this.reach = reach;
    }

    /// {@return the tables, with a heading and an empty line each}
    public static String text(List<Result> results, Reach reach) {
        return tables(results, reach).entrySet().stream()
                .map(table -> table.getKey() + "\n" + table.getValue().text())
                .collect(Collectors.joining("\n"));
    }

    /// {@return the tables by their headings, in the order of the results}
    public static Map<String, Table> tables(List<Result> results, Reach reach) {
        final Map<String, Table> tables = new LinkedHashMap<>();
        results.stream()
                .collect(Collectors.groupingBy(ResultTables::heading, LinkedHashMap::new, Collectors.toList()))
                .forEach((heading, group) -> tables.put(heading, new ResultTables(group, reach).table()));
        return tables;
    }

    private static String heading(Result result) {
        final StringBuilder heading = new StringBuilder(result.workload());
        result.threads().ifPresent(count -> heading.append(", ").append(count).append(count == 1 ? " thread" : " threads"));
        return heading.append(", ").append(result.metric().text()).append(' ').append(result.unit()).toString();
    }

    private Table table() {
        final List<String> columns = results.stream()
                .sorted(Comparator.comparingLong(result -> result.size().orElse(0)))
                .map(ResultTables::column)
                .distinct()
                .toList();
        final Table table = new Table(prepend("contestant", columns));
        final List<String> contestants = results.stream().map(Result::contestant).distinct().toList();
        contestants.forEach(contestant -> table.row(prepend(contestant, cells(columns, contestant))));
        reachRows(table, columns, contestants);
        contestants.stream()
                .filter(ResultTables::isOurs)
                .filter(contestant -> contestants.stream().anyMatch(peer -> !isOurs(peer)))
                .forEach(contestant -> table.row(prepend(
                        counterpart(contestant).orElse("best peer") + " / " + contestant,
                        advantages(columns, contestant))));
        return table;
    }

    private List<String> cells(List<String> columns, String contestant) {
        return columns.stream()
                .map(column -> find(column, contestant)
                        .map(result -> result.figures()
                                .map(figures -> Figures.text(figures.median()))
                                .orElse(result.outcome().orElse(NOTHING)))
                        .orElse(NOTHING))
                .toList();
    }

    private void reachRows(Table table, List<String> columns, List<String> contestants) {
        for (String contestant : contestants) {
            final List<String> cells = columns.stream()
                    .map(column -> find(column, contestant)
                            .flatMap(reach::of)
                            .map(Figures::text)
                            .orElse(NOTHING))
                    .toList();
            if (cells.stream().anyMatch(cell -> !cell.equals(NOTHING))) {
                table.row(prepend("to reach: " + contestant, cells));
            }
        }
    }

    private List<String> advantages(List<String> columns, String contestant) {
        return columns.stream()
                .map(column -> {
                    final Optional<Result> own = find(column, contestant).filter(ResultTables::hasFigure);
                    final Optional<Result> peer = counterpart(contestant)
                            .map(name -> find(column, name).filter(ResultTables::hasFigure))
                            .orElseGet(() -> bestPeer(column));
                    return own.isEmpty() || peer.isEmpty()
                            ? NOTHING
                            : Figures.text(own.get().metric().advantage(own.get().value(), peer.get().value())) + "x";
                })
                .toList();
    }

    private Optional<String> counterpart(String contestant) {
        final String name = JDK + contestant.substring(OURS.length());
        return results.stream().map(Result::contestant).filter(name::equals).findFirst();
    }

    private Optional<Result> bestPeer(String column) {
        final Predicate<Result> inColumn = result -> column(result).equals(column);
        return results.stream()
                .filter(inColumn.and(ResultTables::hasFigure).and(result -> !isOurs(result.contestant())))
                .max((one, other) -> Double.compare(one.metric().advantage(one.value(), other.value()), 1));
    }

    private Optional<Result> find(String column, String contestant) {
        return results.stream()
                .filter(result -> result.contestant().equals(contestant) && column(result).equals(column))
                .findFirst();
    }

    private static String column(Result result) {
        final String bytes = result.size().isPresent() ? Figures.bytes(result.size().getAsLong()) : "";
        final String moment = result.at().orElse("");
        return bytes.isEmpty() && moment.isEmpty() ? "value" : (bytes + " " + moment).strip();
    }

    private static boolean hasFigure(Result result) {
        return result.figures().isPresent();
    }

    private static boolean isOurs(String contestant) {
        return contestant.startsWith(OURS);
    }

    private static String[] prepend(String first, List<String> rest) {
        final List<String> cells = new ArrayList<>(List.of(first));
        cells.addAll(rest);
        return cells.toArray(String[]::new);
    }
}
