package io.offheap.bench.mixed;

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
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import picocli.CommandLine.Command;

/// `./arena bench mixed`.
///
/// Resident growth is what the process has more after a cell than before it, less what the control has: the same loop
/// without an allocator. Every heap is touched before.
@Command(
        name = "mixed",
        sortOptions = false,
        description = "Blocks of mixed sizes (16 to 8192 bytes, a power law) replace each other at random; 1000 or 200 000 "
                + "are live for each thread.")
public final class MixedCommand extends TurnsCommand {

    private static final double MEBIBYTE = 1 << 20;

    /// For picocli.
    public MixedCommand() {}

    /// {@return what is live in [MixedChild#MANY]}
    static double liveMebibytes(int threads) {
        return threads * MixedChild.MANY_SLOTS * Sizes.mean() / MEBIBYTE;
    }

    @Override
    protected Class<?> child() {
        return MixedChild.class;
    }

    /// Growth can be seen once in a process only: what one large table has freed, the next one would use. Before it
    /// comes a small table, during which the code is compiled: the compiler's memory is not the allocator's.
    @Override
    protected List<List<Cell>> groups() {
        return List.of(
                List.of(new Cell(MixedChild.FEW, 1, 0), new Cell(MixedChild.MANY, 1, 0)),
                List.of(new Cell(MixedChild.FEW, 2, 0), new Cell(MixedChild.MANY, 2, 0)),
                List.of(new Cell(MixedChild.FEW, 8, 0)));
    }

    @Override
    protected List<Setup> participants() {
        final List<Setup> all = new ArrayList<>(contestants());
        if (all.stream().noneMatch(MixedCommand::isControl)) {
            all.add(Contestants.find(Contestants.CONTROL, "").orElseThrow());
        }
        return all;
    }

    /// Those that are slow would take minutes to fill and empty a large table.
    @Override
    protected Predicate<Setup> takesPart(Cell cell) {
        return cell.workload().equals(MixedChild.MANY) ? Setup::quickly : _ -> true;
    }

    @Override
    protected List<String> flags() {
        return List.of("-XX:+AlwaysPreTouch");
    }

    @Override
    protected Timing usualTiming() {
        return isQuick() ? new Timing(3, 200, 40) : new Timing(9, 1000, 200);
    }

    @Override
    protected Optional<String> seed() {
        return Optional.of(Sizes.SEED + " for sizes, 0x" + Long.toHexString(MixedWorker.SEED) + " for choices");
    }

    @Override
    protected Reach reach() {
        return new MixedReach();
    }

    @Override
    protected List<Result> results(List<Outcome> outcomes) {
        final List<Outcome> measured =
                outcomes.stream().filter(outcome -> !isControl(outcome.setup())).toList();
        final List<Result> results = new ArrayList<>();
        measured.forEach(outcome -> results.add(outcome.time()));
        measured.forEach(outcome -> results.add(outcome.cpu()));
        final long control = outcomes.stream()
                .filter(outcome -> isControl(outcome.setup()))
                .findFirst()
                .flatMap(Outcome::memory)
                .map(Outcome.Memory::grownBytes)
                .orElse(0L);
        measured.stream()
                .filter(outcome -> outcome.cell().workload().equals(MixedChild.MANY))
                .filter(outcome -> outcome.memory().isPresent())
                .forEach(outcome -> results.add(growth(outcome, control)));
        measured.forEach(outcome -> {
            outcome.peak("").ifPresent(results::add);
            results.addAll(outcome.overTime(timing().sliceMillis()));
        });
        return results;
    }

    private static Result growth(Outcome outcome, long controlBytes) {
        final Outcome.Memory memory = outcome.memory().orElseThrow();
        final long grown = memory.grownBytes() - controlBytes;
        return outcome.begin(Metric.RESIDENT)
                .figure(grown / MEBIBYTE)
                .note(String.format(
                        Locale.ROOT,
                        "%.2f x the live %.1f MiB; without an allocator the process grew by %.1f MiB",
                        (double) grown / memory.liveBytes(),
                        memory.liveBytes() / MEBIBYTE,
                        controlBytes / MEBIBYTE))
                .build();
    }

    private static boolean isControl(Setup setup) {
        return setup.name().equals(Contestants.CONTROL);
    }
}
