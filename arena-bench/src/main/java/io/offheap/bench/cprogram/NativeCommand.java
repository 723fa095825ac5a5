package io.offheap.bench.cprogram;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.contestant.NativeLibraries;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.Slice;
import io.offheap.bench.turns.Timing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./arena bench native`: allocators written in C, in a C program. A process for each slice; allocators take turns
/// in rounds.
@Command(
        name = "native",
        sortOptions = false,
        description = "The loops of latency, mixed and crossthread in C, for the C library's malloc and for every jemalloc, "
                + "mimalloc and tcmalloc that is installed.")
public final class NativeCommand extends BenchmarkCommand {

    private static final double MEBIBYTE = 1 << 20;

    /// As it stands in the C program.
    private static final String SEED = "0x9e3779b97f4a7c15";

    @Option(
            names = "--libraries",
            paramLabel = "FOLDER[:FOLDER]",
            description = "Where to look for jemalloc, mimalloc and tcmalloc first.")
    private String libraries = System.getenv().getOrDefault("OFFHEAP_BENCH_LIBRARIES", "");

    @Option(
            names = "--workloads",
            paramLabel = "NAME",
            split = ",",
            description = "Only these, of latency, latency-write, latency-batch100, mixed, mixed-200k, crossthread.")
    private List<String> workloads = List.of();

    @Option(names = "--rounds", paramLabel = "N", description = "Repetitions of each cell.")
    private Optional<Integer> rounds = Optional.empty();

    @Option(names = "--warm-up", paramLabel = "MILLIS", description = "Time before each repetition.")
    private Optional<Long> warmUpMillis = Optional.empty();

    @Option(names = "--slice", paramLabel = "MILLIS", description = "Time of each repetition.")
    private Optional<Long> sliceMillis = Optional.empty();

    /// For picocli.
    public NativeCommand() {}

    @Override
    protected void checkOptions() {
        final List<String> known = Cells.all(false).stream().map(Cell::workload).distinct().toList();
        workloads.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            throw usage("no workload '" + name + "'; there are " + String.join(", ", known));
        });
        try {
            timing();
        } catch (IllegalArgumentException wrong) {
            throw usage(wrong.getMessage());
        }
    }

    @Override
    protected Optional<String> seed() {
        return Optional.of(SEED);
    }

    @Override
    protected List<Result> measure(ProgressBar progress) throws InterruptedException, IOException {
        final Optional<String> compiler = CProgram.compiler(System.getenv());
        if (compiler.isEmpty()) {
            System.out.println("needs a C compiler: none in CC, and no cc, gcc or clang on the PATH");
            return List.of();
        }
        final Map<String, Optional<Path>> allocators = allocators();
        final List<Cell> cells = Cells.all(isQuick()).stream()
                .filter(cell -> workloads.isEmpty() || workloads.contains(cell.workload()))
                .toList();
        final List<Result> results = new ArrayList<>();
        try (CProgram program = CProgram.compile(compiler.get())) {
            for (int cell = 0; cell < cells.size(); cell++) {
                progress.show((double) cell / cells.size(), cells.get(cell).toString());
                results.addAll(measure(program, cells.get(cell), allocators));
                keep(results);
            }
        }
        return results;
    }

    /// {@return the library of each allocator; says which are not here}
    private Map<String, Optional<Path>> allocators() {
        final Map<String, Optional<Path>> allocators = new LinkedHashMap<>();
        allocators.put("c-glibc", Optional.empty());
        final List<String> missing = new ArrayList<>();
        for (NativeLibraries.Kind kind : NativeLibraries.Kind.values()) {
            final Optional<Path> library = NativeLibraries.find(kind, libraries);
            if (library.isPresent()) {
                allocators.put("c-" + kind.text(), library);
            } else {
                missing.add(kind.text());
            }
        }
        if (!missing.isEmpty()) {
            System.out.println("not installed, left out: " + String.join(", ", missing));
        }
        return allocators;
    }

    private List<Result> measure(CProgram program, Cell cell, Map<String, Optional<Path>> allocators)
            throws InterruptedException, IOException {
        final Timing timing = timing();
        final List<String> names = List.copyOf(allocators.keySet());
        final Map<String, CFigures> figures = new LinkedHashMap<>();
        names.forEach(name -> figures.put(name, new CFigures(cell, name, allocators.get(name))));
        for (int round = 0; round < timing.rounds(); round++) {
            for (int turn = 0; turn < names.size(); turn++) {
                final String name = names.get((round + turn) % names.size());
                final CFigures own = figures.get(name);
                if (own.failure.isEmpty()) {
                    try {
                        own.messages.add(measured(program, cell, allocators.get(name), timing));
                    } catch (ChildFailedException failed) {
                        own.failure = Optional.of(failed);
                    }
                }
            }
        }
        return Stream.of(Metric.TIME, Metric.CPU, Metric.RESIDENT)
                .filter(metric -> metric != Metric.RESIDENT || cell.workload().equals(Cells.MIXED_MANY))
                .flatMap(metric -> figures.values().stream().map(own -> own.result(metric)))
                .toList();
    }

    /// On a busy machine a thread may not get to a processor within a short slice.
    private static Message measured(CProgram program, Cell cell, Optional<Path> library, Timing timing)
            throws InterruptedException, IOException {
        Message message = program.run(cell, library, timing.warmUpMillis(), timing.sliceMillis());
        for (long millis = 2 * timing.sliceMillis(); Slice.of(message).operations() == 0; millis *= 2) {
            message = program.run(cell, library, timing.warmUpMillis(), millis);
        }
        return message;
    }

    private Timing timing() {
        final Timing usual = isQuick() ? new Timing(3, 20, 40) : new Timing(9, 50, 100);
        return new Timing(
                rounds.orElse(usual.rounds()),
                Math.max(1, warmUpMillis.orElse(usual.warmUpMillis())),
                sliceMillis.orElse(usual.sliceMillis()));
    }

    /// What one allocator did in one cell.
    private static final class CFigures {
        private final Cell cell;
        private final String name;
        private final Optional<Path> library;
        private final List<Message> messages = new ArrayList<>();
        private Optional<ChildFailedException> failure = Optional.empty();

        CFigures(Cell cell, String name, Optional<Path> library) {
            this.cell = cell;
            this.name = name;
            this.library = library;
        }

        Result result(Metric metric) {
            final Result.Builder result =
                    Result.of(cell.workload(), name, metric).threads(cell.threads());
            if (cell.size() > 0) {
                result.size(cell.size());
            }
            failure.ifPresentOrElse(
                    failed -> result.outcome(failed.outcome()).note(failed.getMessage()),
                    () -> result.figures(
                                    Spread.of(messages.stream().mapToDouble(message -> figure(metric, message))),
                                    messages.size())
                            .note(library.map(file -> file.getFileName().toString()).orElse("C library")));
            return result.build();
        }

        private static double figure(Metric metric, Message message) {
            return switch (metric) {
                case TIME -> Slice.of(message).nanosEach();
                case CPU -> Slice.of(message).cpuNanosEach();
                default -> message.number("grownBytes") / MEBIBYTE;
            };
        }
    }
}
