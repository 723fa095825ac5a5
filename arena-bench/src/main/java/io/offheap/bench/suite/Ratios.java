package io.offheap.bench.suite;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Figures as multiples of those of a reference that ran beside them: what stays the same on a machine that is faster.
///
/// A ratio is told three times: by the medians, by the best rounds and by the worst ones. Contestants take turns, so what
/// the machine did beside met the same rounds of both; and the best rounds are those that it met least. The least and the
/// most of the three are the ratio's range: narrow where they agree, wide where noise met one of the two.
final class Ratios {

    /// The unit of a ratio begins so, and ends with the reference.
    private static final String UNIT = "x ";

    private static final List<Metric> METRICS = List.of(Metric.TIME, Metric.CPU, Metric.THROUGHPUT);

    /// Whom a contestant is held against whatever the reference is: who does the same work. An arena zeroes its memory and has a
    /// scope that ends, which malloc has not.
    static final Map<String, String> COUNTERPARTS = Map.of(Contestants.OFFHEAP_CONFINED, Contestants.JDK_CONFINED);

    private Ratios() {}

    /// {@return the ratios of this project's contestants to the reference, or to their counterparts, and those results that are
    /// ratios already} What the reference took no part in has none.
    static List<Result> of(List<Result> results, String reference) {
        return results.stream()
                .filter(result -> result.figures().isPresent() && METRICS.contains(result.metric()))
                .filter(result -> Side.of(result.contestant()) == Side.OURS)
                .map(result -> result.unit().startsWith(UNIT) ? Optional.of(result) : ratio(results, result, reference))
                .flatMap(Optional::stream)
                .toList();
    }

    /// {@return whether two results are of the same contestant in the same cell}
    static boolean isSame(Result one, Result other) {
        return one.contestant().equals(other.contestant()) && isSameCell(one, other);
    }

    private static Optional<Result> ratio(List<Result> results, Result own, String reference) {
        final String other = COUNTERPARTS.getOrDefault(own.contestant(), reference);
        return results.stream()
                .filter(result -> result.contestant().equals(other) && result.figures().isPresent())
                .filter(result -> isSameCell(own, result) && result.figures().orElseThrow().least() > 0)
                .findFirst()
                .map(below -> divided(own, below));
    }

    /// {@return one ratio for what several looks at the same cells have found: the median of their medians, and a range that
    /// spans all of theirs} Of each cell of the first look, with those of the others that have it too.
    ///
    /// @param looks at least one
    static List<Result> joined(List<List<Result>> looks) {
        return looks.getFirst().stream().map(first -> joined(first, looks)).toList();
    }

    private static Result joined(Result first, List<List<Result>> looks) {
        final List<Spread> spreads = looks.stream()
                .flatMap(look -> look.stream().filter(result -> isSame(first, result)))
                .map(result -> result.figures().orElseThrow())
                .toList();
        final double median = Spread.of(spreads.stream().mapToDouble(Spread::median)).median();
        final double least = spreads.stream().mapToDouble(Spread::least).min().orElseThrow();
        final double most = spreads.stream().mapToDouble(Spread::most).max().orElseThrow();
        return ratio(first, first.unit(), new Spread(median, least, most), first.runs().orElse(1) * spreads.size());
    }

    private static Result divided(Result own, Result other) {
        final Spread above = own.figures().orElseThrow();
        final Spread below = other.figures().orElseThrow();
        return ratio(own, UNIT + other.contestant(), range(above, below), own.runs().orElse(1));
    }

    private static Result ratio(Result own, String unit, Spread figures, int runs) {
        final Result.Builder ratio = Result.of(own.workload(), own.contestant(), own.metric())
                .unit(unit)
                .figures(figures, runs);
        own.threads().ifPresent(ratio::threads);
        own.size().ifPresent(ratio::size);
        return ratio.build();
    }

    private static Spread range(Spread above, Spread below) {
        final double usual = above.median() / below.median();
        final double best = above.least() / below.least();
        final double worst = above.most() / below.most();
        return new Spread(usual, Math.min(usual, Math.min(best, worst)), Math.max(usual, Math.max(best, worst)));
    }

    private static boolean isSameCell(Result one, Result other) {
        return one.workload().equals(other.workload())
                && one.metric() == other.metric()
                && one.threads().equals(other.threads())
                && one.size().equals(other.size())
                && one.at().equals(other.at());
    }
}
