package io.offheap.bench.classic;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
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
import picocli.CommandLine.Option;

/// `./arena bench classic`.
///
/// Footprint is what the process has resident more than before the cell, at the end of each slice. That is more than the
/// allocator's memory: code is compiled meanwhile. What the control has grown by, the same loop without an allocator, is
/// told beside it and not subtracted, since the compiler does not take as much in every run. Every heap is touched before.
@Command(
        name = "classic",
        sortOptions = false,
        description = "The loops of larson, mstress, xmalloc, rptest and cache-scratch, written anew: time, and footprint "
                + "at its peak and over time.")
public final class ClassicCommand extends TurnsCommand {

    private static final double MEBIBYTE = 1 << 20;
    private static final List<Integer> THREADS = List.of(1, 2, 8);

    @Option(
            names = "--workload",
            paramLabel = "NAME",
            split = ",",
            description = "Of larson, mstress, xmalloc, rptest and cachescratch; default all.")
    private List<String> workloads = ClassicChild.WORKLOADS;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of all choices; default ${DEFAULT-VALUE}.")
    private long seed = 1;

    /// For picocli.
    public ClassicCommand() {}

    @Override
    protected void checkOptions() {
        workloads.stream().filter(name -> !ClassicChild.WORKLOADS.contains(name)).findAny().ifPresent(name -> {
            throw usage("no workload '" + name + "'; there are " + String.join(", ", ClassicChild.WORKLOADS));
        });
        super.checkOptions();
    }

    @Override
    protected Class<?> child() {
        return ClassicChild.class;
    }

    /// Each number of threads begins with fresh processes: what one cell has freed, the next one would use.
    @Override
    protected List<List<Cell>> groups() {
        return workloads.stream()
                .flatMap(workload -> threads(workload).stream().map(count -> List.of(new Cell(workload, count, 0))))
                .toList();
    }

    /// One thread can neither pass blocks on nor disturb itself; that of xmalloc would wait for ever.
    private List<Integer> threads(String workload) {
        final boolean needsTwo = workload.equals(ClassicChild.XMALLOC) || workload.equals(ClassicChild.CACHE_SCRATCH);
        final List<Integer> all = needsTwo ? THREADS.subList(1, THREADS.size()) : THREADS;
        return isQuick() ? List.of(2) : all;
    }

    @Override
    protected List<Setup> participants() {
        final List<Setup> all = new ArrayList<>(contestants());
        if (all.stream().noneMatch(ClassicCommand::isControl)) {
            all.add(Contestants.find(Contestants.CONTROL, "").orElseThrow());
        }
        return all;
    }

    @Override
    protected Predicate<Setup> takesPart(Cell cell) {
        return setup -> setup.quickly() && setup.freesOnAnyThread();
    }

    @Override
    protected List<String> flags() {
        return List.of("-XX:+AlwaysPreTouch", "-D" + ClassicChild.SEED + "=" + seed);
    }

    @Override
    protected Timing usualTiming() {
        return isQuick() ? new Timing(3, 100, 40) : new Timing(9, 500, 150);
    }

    @Override
    protected Optional<String> seed() {
        return Optional.of(Long.toString(seed));
    }

    @Override
    protected List<Result> results(List<Outcome> outcomes) {
        final List<Outcome> measured = outcomes.stream().filter(outcome -> !isControl(outcome.setup())).toList();
        final long control = outcomes.stream()
                .filter(outcome -> isControl(outcome.setup()))
                .flatMap(outcome -> outcome.memory().stream())
                .mapToLong(Outcome.Memory::peakBytes)
                .findFirst()
                .orElse(0);
        final List<Result> results = new ArrayList<>();
        measured.forEach(outcome -> results.add(outcome.time()));
        measured.forEach(outcome -> results.add(outcome.cpu()));
        final String remark =
                String.format(Locale.ROOT, "; without an allocator the process grew by %.1f MiB", control / MEBIBYTE);
        measured.forEach(outcome -> {
            outcome.peak(remark).ifPresent(results::add);
            results.addAll(outcome.overTime(timing().sliceMillis()));
        });
        return results;
    }

    private static boolean isControl(Setup setup) {
        return setup.name().equals(Contestants.CONTROL);
    }
}
