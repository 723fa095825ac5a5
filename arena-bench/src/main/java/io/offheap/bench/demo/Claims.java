package io.offheap.bench.demo;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Counters;
import io.offheap.bench.result.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What the project says about itself, held against the runs that were made.
///
/// Pure: results in, verdicts out. A claim about a run that was not made, or failed, is left out. A claim about
/// speed is about the median of the ratios within each round.
final class Claims {

    private static final double OVER_EAGER = 3.9;
    private static final double OVER_EAGER_PRESSED = 4.3;
    private static final double OVER_LAZY_FREE = 5;
    private static final double OF_BOUND = 0.9;
    private static final double OF_BEST_OTHER = 0.95;
    private static final double LOSS = 0.14;
    private static final double REUSED = 0.9;
    private static final double CPU_SHARE = 0.05;
    private static final double GROWTH_OF_PEAK = 0.05;
    private static final long GROWTH_BYTES = 16 << 20;

    private final List<RunResult> results;
    private final List<Claim> claims = new ArrayList<>();

    private Claims(List<RunResult> results) {
        this.results = results.stream().filter(RunResult::isOk).toList();
    }

    /// {@return the claims that these results can answer}
    static List<Claim> about(List<RunResult> results) {
        final Claims claims = new Claims(results);
        claims.speed();
        claims.pressure();
        claims.volatility(RunResult.CALM);
        claims.volatility(RunResult.PRESSED);
        claims.givenBack();
        return List.copyOf(claims.claims);
    }

    private void speed() {
        ratio(RunResult.CALM, Contestants.OFFHEAP_EAGER, OVER_EAGER);
        ratio(RunResult.PRESSED, Contestants.OFFHEAP_EAGER, OVER_EAGER_PRESSED);
        ratio(RunResult.CALM, Contestants.OFFHEAP_MADVFREE, OVER_LAZY_FREE);
        ratio(RunResult.PRESSED, Contestants.OFFHEAP_MADVFREE, OVER_LAZY_FREE);
        besideBound(RunResult.CALM);
        besideBound(RunResult.PRESSED);
        final Optional<RunResult> bestOther = results.stream()
                .filter(result -> result.workload().equals(RunResult.CALM))
                .filter(result -> !result.contestant().equals(Contestants.OFFHEAP_ADDRESS))
                .filter(result -> !result.contestant().equals(Contestants.KEPT_BLOCK))
                .max((one, other) -> Double.compare(one.perSecond(), other.perSecond()));
        bestOther.ifPresent(best -> ratio(RunResult.CALM, best.contestant(), OF_BEST_OTHER));
    }

    /// How much a free that calls nobody saves depends on how long the machine copies a block: what blocks reach that are never given
    /// back is all that can be had on it.
    private void besideBound(String workload) {
        final Optional<Spread> bound = over(workload, Contestants.KEPT_BLOCK, Contestants.OFFHEAP_MADVFREE);
        over(workload, Contestants.OFFHEAP_ADDRESS, Contestants.KEPT_BLOCK).ifPresent(ratio -> add(
                ratio.median() >= OF_BOUND,
                "%s: %.2f x %s, %.2f to %.2f in single rounds (at least %.2f)%s",
                workload,
                ratio.median(),
                Contestants.KEPT_BLOCK,
                ratio.least(),
                ratio.most(),
                OF_BOUND,
                bound.map(most -> String.format(Locale.ROOT, "; that is %.2f x %s here", most.median(), Contestants.OFFHEAP_MADVFREE))
                        .orElse("")));
    }

    private Optional<Spread> over(String workload, String one, String other) {
        final Optional<RunResult> ours = find(workload, one);
        return find(workload, other).flatMap(theirs -> ours.flatMap(found -> found.over(theirs)));
    }

    private void ratio(String workload, String other, double least) {
        over(workload, Contestants.OFFHEAP_ADDRESS, other)
                .ifPresent(ratio -> add(
                        ratio.median() >= least,
                        "%s: %.2f x %s, %.2f to %.2f in single rounds (at least %.2f)",
                        workload,
                        ratio.median(),
                        other,
                        ratio.least(),
                        ratio.most(),
                        least));
    }

    private void pressure() {
        final Optional<RunResult> calm = find(RunResult.CALM, Contestants.OFFHEAP_ADDRESS);
        final Optional<RunResult> pressed = find(RunResult.PRESSED, Contestants.OFFHEAP_ADDRESS);
        pressed.flatMap(found -> calm.flatMap(found::over)).map(Spread::shortOfOne).ifPresent(loss -> add(
                loss.median() <= LOSS,
                "pressure costs %.1f %% of the speed, %.1f to %.1f in single rounds (at most %.0f %%)",
                100 * loss.median(),
                100 * loss.least(),
                100 * loss.most(),
                100 * LOSS));
        results.stream()
                .flatMap(result -> result.pressure().stream())
                .mapToDouble(RunResult.Pressure::cpuShare)
                .max()
                .ifPresent(most -> add(
                        most <= CPU_SHARE,
                        "pressure takes %.1f %% of a core at most (at most %.0f %%)",
                        100 * most,
                        100 * CPU_SHARE));
    }

    private void volatility(String workload) {
        final Optional<RunResult> ours = find(workload, Contestants.OFFHEAP_ADDRESS);
        if (ours.isEmpty() || ours.get().counters().reuses() == Counters.NOT_COUNTED) {
            return;
        }
        final Counters counters = ours.get().counters();
        final double reused =
                counters.reuses() / (double) ours.get().throughput().orElseThrow().records();
        add(reused >= REUSED, "%s: %.3f re-uses a record (at least %.1f)", workload, reused, REUSED);
        if (workload.equals(RunResult.PRESSED)) {
            add(counters.purgedBytes() > 0, "%s: %.1f MiB purged (more than 0)", workload, mebibytes(counters.purgedBytes()));
        }
    }

    private void givenBack() {
        for (String workload : List.of(RunResult.CALM, RunResult.PRESSED)) {
            find(workload, Contestants.OFFHEAP_ADDRESS).ifPresent(ours -> {
                final RunResult.Resident resident = ours.resident();
                final long most = Math.max(GROWTH_BYTES, (long) (GROWTH_OF_PEAK * resident.peakBytes()));
                add(
                        resident.growthBytes() <= most,
                        "%s: %.1f MiB more resident after the purge than before the load (at most %d MiB)",
                        workload,
                        mebibytes(resident.growthBytes()),
                        most >> 20);
            });
        }
    }

    private Optional<RunResult> find(String workload, String contestant) {
        return results.stream()
                .filter(result -> result.workload().equals(workload)
                        && result.contestant().equals(contestant))
                .findFirst();
    }

    private static double mebibytes(long bytes) {
        return bytes / (double) (1 << 20);
    }

    private void add(boolean holds, String format, Object... figures) {
        claims.add(new Claim(holds, String.format(Locale.ROOT, format, figures)));
    }

    /// One claim.
    ///
    /// @param holds whether the figure is as claimed
    /// @param text what is claimed, with the figure
    record Claim(boolean holds, String text) {

        /// {@return the line for the end of the demo: `ok` or `MISS`, and the text}
        String line() {
            return (holds ? "ok    " : "MISS  ") + text;
        }
    }
}
