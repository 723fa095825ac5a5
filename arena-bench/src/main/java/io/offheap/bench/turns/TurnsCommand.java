package io.offheap.bench.turns;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.NativeLibraries;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.result.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import picocli.CommandLine.Option;

/// A benchmark in which contestants take turns: its options, and the way through its cells.
public abstract class TurnsCommand extends BenchmarkCommand {

    @Option(
            names = "--contestants",
            paramLabel = "NAME",
            split = ",",
            description = "Who takes part; default everyone who can on this machine; "
                    + "with --quick not those that take a microsecond or more.")
    private List<String> names = List.of();

    @Option(
            names = "--libraries",
            paramLabel = "FOLDER[:FOLDER]",
            description = "Where to look for jemalloc, mimalloc and tcmalloc first.")
    private String libraries = System.getenv().getOrDefault("OFFHEAP_BENCH_LIBRARIES", "");

    @Option(
            names = "--threads",
            paramLabel = "N",
            split = ",",
            description = "Only these numbers of threads; default all that the benchmark has.")
    private List<Integer> threads = List.of();

    @Option(names = "--rounds", paramLabel = "N", description = "Repetitions of each cell.")
    private Optional<Integer> rounds = Optional.empty();

    @Option(names = "--warm-up", paramLabel = "MILLIS", description = "Time before a cell is measured.")
    private Optional<Long> warmUpMillis = Optional.empty();

    @Option(names = "--slice", paramLabel = "MILLIS", description = "Time of each repetition.")
    private Optional<Long> sliceMillis = Optional.empty();

    private final List<Setup> contestants = new ArrayList<>();

    /// For subclasses.
    protected TurnsCommand() {}

    /// {@return the class whose `main` is the child}
    protected abstract Class<?> child();

    /// {@return all cells, in groups that share a child; those with other numbers of threads than asked for are
    /// left out}
    protected abstract List<List<Cell>> groups();

    /// {@return how long and how often is measured unless options say otherwise}
    protected abstract Timing usualTiming();

    /// {@return the figures of one cell}
    protected abstract List<Result> results(List<Outcome> outcomes);

    /// {@return who takes part in a cell}
    protected Predicate<Setup> takesPart(Cell cell) {
        return _ -> true;
    }

    /// {@return who is started: the contestants, and who else is needed to judge them}
    protected List<Setup> participants() {
        return contestants;
    }

    /// {@return flags for the JVM of every contestant}
    protected List<String> flags() {
        return List.of();
    }

    @Override
    protected void checkOptions() {
        contestants.clear();
        final List<Setup> all = Contestants.all(libraries);
        for (String name : names) {
            contestants.add(Contestants.find(name, libraries)
                    .orElseThrow(() -> usage("no contestant '" + name + "' here; there are "
                            + String.join(", ", all.stream().map(Setup::name).toList()))));
        }
        if (names.isEmpty()) {
            all.stream().filter(setup -> setup.quickly() || !isQuick()).forEach(contestants::add);
        }
        threads.stream().filter(count -> count < 1).findAny().ifPresent(count -> {
            throw usage("--threads must be 1 or more, not " + count);
        });
        try {
            timing();
        } catch (IllegalArgumentException wrong) {
            throw usage(wrong.getMessage());
        }
        if (chosenGroups().isEmpty()) {
            throw usage("nothing to measure with these options");
        }
    }

    /// Memory over time is for the report; in a table it would be a column for each slice.
    @Override
    protected String tables(List<Result> results) {
        return super.tables(results.stream().filter(result -> result.at().isEmpty()).toList());
    }

    @Override
    protected List<Result> measure(ProgressBar progress) throws InterruptedException, IOException {
        sayWhatIsMissing();
        final List<List<Cell>> groups = chosenGroups();
        final long cells = groups.stream().mapToLong(List::size).sum();
        final List<Result> results = new ArrayList<>();
        long done = 0;
        for (List<Cell> group : groups) {
            progress.show((double) done / cells, "starting");
            final List<Setup> present = participants().stream()
                    .filter(setup -> group.stream().anyMatch(cell -> takesPart(cell).test(setup)))
                    .toList();
            try (Turns turns = new Turns(child(), present, flags(), timing())) {
                for (Cell cell : group) {
                    final double share = (double) done / cells;
                    results.addAll(results(
                            turns.measure(cell, takesPart(cell), () -> progress.show(share, describe(cell)))));
                    done++;
                    keep(results);
                }
            }
        }
        return results;
    }

    /// {@return who takes part}
    protected final List<Setup> contestants() {
        return contestants;
    }

    /// {@return where C allocators are looked for first}
    protected final String libraries() {
        return libraries;
    }

    private void sayWhatIsMissing() {
        final List<String> missing = Arrays.stream(NativeLibraries.Kind.values())
                .filter(kind -> NativeLibraries.find(kind, libraries).isEmpty())
                .map(NativeLibraries.Kind::text)
                .toList();
        if (names.isEmpty() && !missing.isEmpty()) {
            System.out.println("not installed, left out: " + String.join(", ", missing));
        }
    }

    private List<List<Cell>> chosenGroups() {
        return groups().stream()
                .map(group -> group.stream()
                        .filter(cell -> threads.isEmpty() || threads.contains(cell.threads()))
                        .toList())
                .filter(group -> !group.isEmpty())
                .toList();
    }

    /// {@return how long and how often is measured}
    protected final Timing timing() {
        final Timing usual = usualTiming();
        return new Timing(
                rounds.orElse(usual.rounds()),
                warmUpMillis.orElse(usual.warmUpMillis()),
                sliceMillis.orElse(usual.sliceMillis()));
    }

    private static String describe(Cell cell) {
        return cell.workload() + " " + cell.threads() + (cell.threads() == 1 ? " thread" : " threads")
                + (cell.size() > 0 ? ", " + cell.size() + " bytes" : "");
    }
}
