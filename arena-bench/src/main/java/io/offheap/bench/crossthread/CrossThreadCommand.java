package io.offheap.bench.crossthread;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Reach;
import io.offheap.bench.result.Result;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.Outcome;
import io.offheap.bench.turns.Timing;
import io.offheap.bench.turns.TurnsCommand;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import picocli.CommandLine.Command;

/// `./arena bench crossthread`.
@Command(
        name = "crossthread",
        sortOptions = false,
        description = "One thread allocates and writes, another one reads and frees; batches of "
                + "64 blocks go through bounded queues.")
public final class CrossThreadCommand extends TurnsCommand {

    /// Producer and consumer.
    private static final int THREADS = 2;

    /// What is to be reached for blocks by address, in nanoseconds, by size.
    private static final Map<Long, Double> REACH =
            Map.of(64L, 40.0, 1L << 10, 50.0, 16L << 10, 80.0, 256L << 10, 300.0);

    /// For picocli.
    public CrossThreadCommand() {}

    @Override
    protected Class<?> child() {
        return CrossThreadChild.class;
    }

    @Override
    protected List<List<Cell>> groups() {
        return REACH.keySet().stream()
                .sorted()
                .map(size -> List.of(new Cell(CrossThreadChild.WORKLOAD, THREADS, size)))
                .toList();
    }

    @Override
    protected Predicate<Setup> takesPart(Cell cell) {
        return Setup::freesOnAnyThread;
    }

    @Override
    protected Timing usualTiming() {
        return isQuick() ? new Timing(3, 200, 50) : new Timing(9, 1000, 200);
    }

    @Override
    protected Reach reach() {
        return result -> result.contestant().equals(Contestants.OFFHEAP_ADDRESS) && result.metric() == Metric.TIME
                ? Optional.ofNullable(REACH.get(result.size().orElse(0)))
                : Optional.empty();
    }

    @Override
    protected List<Result> results(List<Outcome> outcomes) {
        final List<Result> results = new ArrayList<>();
        outcomes.forEach(outcome -> results.add(outcome.time()));
        outcomes.forEach(outcome -> results.add(outcome.cpu()));
        outcomes.forEach(outcome -> {
            outcome.peak(Outcome.WITH_HEAP).ifPresent(results::add);
            results.addAll(outcome.overTime(timing().sliceMillis()));
        });
        return results;
    }
}
