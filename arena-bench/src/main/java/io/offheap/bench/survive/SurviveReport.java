package io.offheap.bench.survive;

import io.offheap.bench.report.Table;
import io.offheap.bench.result.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The cells as a table, and what the project says about itself held against them.
final class SurviveReport {

    /// A limit may cost so much more time than none.
    private static final double MOST_TIMES_UNLIMITED = 1.3;

    /// What the peak may exceed a soft limit by: the JVM's own share.
    private static final double ABOVE_SOFT_LIMIT = 60;

    private final List<SurviveCell> cells;

    SurviveReport(List<SurviveCell> cells) {
        this.cells = cells;
    }

    /// {@return a row for each cell}
    String table() {
        final Table table = new Table(
                "workload",
                "threads",
                "contestant",
                "outcome",
                "peak MiB",
                "failcnt",
                "s",
                "CPU s",
                "MiB full/freed in each phase");
        for (SurviveCell cell : cells) {
            final Ending telling = cell.telling();
            table.row(
                    cell.scenario().workload(),
                    Integer.toString(cell.scenario().phases().threads()),
                    cell.title(),
                    outcome(cell),
                    digits(Optional.of(cell.peak()), 0),
                    Long.toString(telling.usage().failures()),
                    digits(cell.times(Ending.Times::seconds), 2),
                    digits(cell.times(Ending.Times::cpuSeconds), 2),
                    telling.levelsText());
        }
        return table.text();
    }

    /// {@return a line for each claim that the cells can answer: `ok` or `MISS`, and the figures}
    List<String> claims() {
        final List<String> claims = new ArrayList<>();
        for (SurviveCell cell : cells) {
            if (cell.isOurs() && cell.scenario().isLimited()) {
                claims.add(claim(
                        cell.survived() == cell.endings().size(),
                        "%s: %d of %d runs survived",
                        name(cell),
                        cell.survived(),
                        cell.endings().size()));
                softLimit(cell).ifPresent(claims::add);
            }
        }
        cells.stream()
                .filter(cell -> cell.isOurs() && !cell.scenario().isLimited())
                .forEach(unlimited ->
                        limited(unlimited).flatMap(cell -> ratio(cell, unlimited)).ifPresent(claims::add));
        return claims;
    }

    private Optional<String> softLimit(SurviveCell cell) {
        return cell.softLimitBytes().map(bytes -> claim(
                cell.peak().most() < (bytes >> 20) + ABOVE_SOFT_LIMIT,
                "%s: a peak of %.0f MiB at most (below %.0f)",
                name(cell),
                cell.peak().most(),
                (bytes >> 20) + ABOVE_SOFT_LIMIT));
    }

    /// {@return the cell that differs in its limit alone}
    private Optional<SurviveCell> limited(SurviveCell unlimited) {
        return cells.stream()
                .filter(cell -> cell.scenario().isLimited() && cell.setup().equals(unlimited.setup()))
                .filter(cell -> cell.scenario().unlimited().equals(unlimited.scenario()))
                .findFirst();
    }

    /// Runs of one round lie one after the other, so what the machine did beside met both.
    private static Optional<String> ratio(SurviveCell cell, SurviveCell unlimited) {
        final Optional<Spread> time = cell.over(unlimited, Ending.Times::seconds);
        final Optional<Spread> cpu = cell.over(unlimited, Ending.Times::cpuSeconds);
        return time.map(ratio -> claim(
                ratio.median() <= MOST_TIMES_UNLIMITED,
                "%s: %.2f x the time without a limit, %.2f to %.2f in single rounds (at most %.1f); %.2f x the CPU time",
                name(cell),
                ratio.median(),
                ratio.least(),
                ratio.most(),
                MOST_TIMES_UNLIMITED,
                cpu.orElseThrow().median()));
    }

    private static String name(SurviveCell cell) {
        return "%s, %s, threads %d"
                .formatted(cell.scenario().workload(), cell.title(), cell.scenario().phases().threads());
    }

    private static String claim(boolean holds, String format, Object... figures) {
        return (holds ? "ok    " : "MISS  ") + String.format(Locale.ROOT, format, figures);
    }

    private static String outcome(SurviveCell cell) {
        final int runs = cell.endings().size();
        final String outcome = cell.telling().outcome();
        return runs == 1 ? outcome : outcome + ", " + cell.survived() + " of " + runs + " survived";
    }

    private static String digits(Optional<Spread> spread, int digits) {
        return spread.map(found -> String.format(Locale.ROOT, "%." + digits + "f", found.median())).orElse("-");
    }
}
