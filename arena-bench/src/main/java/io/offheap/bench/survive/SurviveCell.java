package io.offheap.bench.survive;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// All runs of one contestant in one scenario.
///
/// @param scenario what was done
/// @param setup who did it
/// @param softLimitBytes the soft limit it was given, if any
/// @param runs how many runs are wanted
/// @param endings of the runs so far
record SurviveCell(Scenario scenario, Setup setup, Optional<Long> softLimitBytes, int runs, List<Ending> endings) {

    /// The mode of runs without a limit.
    static final String NO_LIMIT = "no limit";

    SurviveCell(Scenario scenario, Setup setup, int runs) {
        this(scenario, setup, Optional.empty(), runs, new ArrayList<>());
    }

    /// {@return a cell of the same scenario in which the contestant has a soft limit} In a small JVM: its peak is held
    /// against the limit, of which the JVM knows nothing.
    SurviveCell withSoftLimit(long bytes, int count) {
        return new SurviveCell(scenario, setup.softLimit(bytes).inSmallJvm(), Optional.of(bytes), count, new ArrayList<>());
    }

    /// {@return a cell of the same scenario without a limit}
    SurviveCell unlimited() {
        return new SurviveCell(scenario.unlimited(), setup, softLimitBytes, runs, new ArrayList<>());
    }

    /// {@return whether this is the allocator of this project as it is meant}
    boolean isOurs() {
        return setup.name().equals(Contestants.OFFHEAP_ADDRESS);
    }

    /// {@return how it ran, for reports}
    String mode() {
        return scenario.isLimited() ? setup.mode() : NO_LIMIT;
    }

    /// {@return its name in tables and claims, with what tells it from others of the same contestant}
    String title() {
        final boolean isUsual = scenario.isLimited() && softLimitBytes.isEmpty();
        return isUsual ? setup.name() : setup.name() + ", " + mode();
    }

    /// {@return how many runs survived}
    long survived() {
        return endings.stream().filter(Ending::isSurvived).count();
    }

    /// {@return the first ending that is no survival, else the last one}
    Ending telling() {
        return endings.stream().filter(ending -> !ending.isSurvived()).findFirst().orElseGet(endings::getLast);
    }

    /// {@return the peak over the runs, in MiB}
    Spread peak() {
        return Spread.of(endings.stream().mapToDouble(Ending::peakMebibytes));
    }

    /// {@return a time over those runs that survived; empty if none did}
    Optional<Spread> times(ToDoubleFunction<Ending.Times> figure) {
        return survived() == 0
                ? Optional.empty()
                : Optional.of(Spread.of(endings.stream()
                        .flatMap(ending -> ending.times().stream())
                        .mapToDouble(figure)));
    }

    /// {@return how many times the figure of `other`, over the rounds in which both survived; empty if there is none}
    Optional<Spread> over(SurviveCell other, ToDoubleFunction<Ending.Times> figure) {
        final double[] ratios = IntStream.range(0, Math.min(endings.size(), other.endings.size()))
                .filter(round -> endings.get(round).isSurvived() && other.endings.get(round).isSurvived())
                .mapToDouble(round -> endings.get(round).times().map(figure::applyAsDouble).orElseThrow()
                        / other.endings.get(round).times().map(figure::applyAsDouble).orElseThrow())
                .toArray();
        return ratios.length == 0 ? Optional.empty() : Optional.of(Spread.of(Arrays.stream(ratios)));
    }

    /// {@return the figures} Only when all runs survived is `survived` 1; least and most tell of single runs.
    List<Result> results() {
        final List<Result> results = new ArrayList<>();
        final Ending telling = telling();
        final Result.Builder survived = begin(Metric.SURVIVED)
                .outcome(telling.outcome())
                .note(survived() + " of " + endings.size() + " runs; " + telling.note());
        final Spread each = Spread.of(endings.stream().mapToDouble(ending -> ending.isSurvived() ? 1 : 0));
        if (endings.stream().noneMatch(SurviveCell::isBroken)) {
            survived.figures(new Spread(each.least(), each.least(), each.most()), endings.size());
        }
        results.add(survived.build());
        results.add(begin(Metric.PEAK).figures(peak(), endings.size()).outcome(telling.outcome()).build());
        times(Ending.Times::seconds).ifPresent(spread -> results.add(begin(Metric.TIME)
                .unit("s")
                .figures(spread, (int) survived())
                .build()));
        times(Ending.Times::cpuSeconds).ifPresent(spread -> results.add(begin(Metric.CPU)
                .unit("s")
                .figures(spread, (int) survived())
                .build()));
        return results;
    }

    private Result.Builder begin(Metric metric) {
        return Result.of(scenario.workload(), setup.name(), metric)
                .threads(scenario.phases().threads())
                .mode(mode());
    }

    /// Neither survived nor a way to die that is looked for here.
    private static boolean isBroken(Ending ending) {
        return ending.outcome().equals(ChildFailedException.FAILED);
    }
}
