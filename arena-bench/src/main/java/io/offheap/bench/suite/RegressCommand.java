package io.offheap.bench.suite;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Reach;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.ResultFiles;
import io.offheap.bench.result.ResultTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./arena bench regress`: has anything become slower?
///
/// What is compared is not time but how it relates to that of a reference which runs beside it, so that the figures of one
/// machine can be held against those of another one. A file of ratios is what `--json` writes. What seems to be worse is
/// measured once more, and is worse when it is so both times. Confined arenas are held against the JDK's ([Ratios#COUNTERPARTS]).
@Command(
        name = "regress",
        sortOptions = false,
        description = "Holds ratios to a reference contestant against those in FILE, and fails when one is worse than noise "
                + "can make it; without --figures they are measured.")
public final class RegressCommand extends BenchmarkCommand {

    private static final List<String> GUARDED = List.of(Contestants.OFFHEAP_ADDRESS, Contestants.OFFHEAP_SEGMENT);
    private static final double PER_CENT = 100;

    /// What has a counterpart is measured in `latency`, apart from the others, at these sizes, and longer than the short form does: whoever
    /// makes objects is settled later.
    private static final String OF_COUNTERPARTS = "latency";
    private static final List<String> OPTIONS_OF_COUNTERPARTS = List.of(
            "--sizes", "64,1024", "--threads", "1", "--rounds", "5", "--warm-up", "500", "--slice", "50");

    /// One run of a benchmark.
    private record Look(String benchmark, Collection<String> contestants, List<String> options) {}

    /// So often a new baseline is looked at, apart from each other.
    private static final int BASELINE_LOOKS = 3;

    @Spec
    private CommandSpec self;

    @Option(
            names = "--against",
            paramLabel = "FILE",
            description = "Earlier figures, or ratios; without it nothing is compared.")
    private Optional<Path> against = Optional.empty();

    @Option(
            names = "--figures",
            paramLabel = "FILE",
            description = "New figures, or ratios; default what is measured now.")
    private Optional<Path> figures = Optional.empty();

    @Option(names = "--reference", paramLabel = "NAME", description = "Default ${DEFAULT-VALUE}.")
    private String reference = Contestants.FFM_MALLOC;

    @Option(
            names = "--metric",
            paramLabel = "NAME",
            description = "Of time, cpu and throughput; default ${DEFAULT-VALUE}, which other work moves least.")
    private String metric = Metric.CPU.text();

    @Option(
            names = "--benchmarks",
            paramLabel = "NAME",
            split = ",",
            description = "What is measured, of latency, mixed, crossthread and classic; default ${DEFAULT-VALUE}.")
    private List<String> benchmarks = List.of("latency", "mixed");

    @Option(
            names = "--tolerance",
            paramLabel = "PERCENT",
            description = "A change of the median that does not matter; default ${DEFAULT-VALUE}.")
    private double tolerance = 25;

    private List<Result> before = List.of();
    private Optional<List<Result>> given = Optional.empty();

    /// For picocli.
    public RegressCommand() {}

    @Override
    protected void checkOptions() {
        if (tolerance < 0 || tolerance > 1000) {
            throw usage("--tolerance must be 0 to 1000 percent, not " + tolerance);
        }
        if (Metric.named(metric).filter(List.of(Metric.TIME, Metric.CPU, Metric.THROUGHPUT)::contains).isEmpty()) {
            throw usage("--metric must be time, cpu or throughput, not " + metric);
        }
        benchmarks.stream().filter(name -> !siblings().contains(name)).findAny().ifPresent(name -> {
            throw usage("no benchmark '" + name + "' to measure; there are latency, mixed, crossthread, classic");
        });
        before = against.map(this::ratiosIn).orElse(List.of());
        if (against.isPresent() && before.isEmpty()) {
            throw usage("no ratios to " + reference + " in " + against.get());
        }
        given = figures.map(this::ratiosIn);
    }

    @Override
    protected List<Result> measure(ProgressBar progress) throws IOException {
        if (given.isPresent()) {
            return given.get();
        }
        final List<Result> results = new ArrayList<>();
        final Path folder = Files.createTempDirectory("regress");
        try {
            for (Look look : looks()) {
                results.addAll(looked(look, Files.createTempDirectory(folder, look.benchmark()).resolve("figures.json")));
                keep(results);
            }
        } finally {
            clear(folder);
        }
        return results;
    }

    private List<Look> looks() {
        final Set<String> guarded = new LinkedHashSet<>(before.isEmpty() ? GUARDED : contestants(before));
        final Map<String, String> counterparts = new TreeMap<>(Ratios.COUNTERPARTS);
        if (!before.isEmpty()) {
            counterparts.keySet().retainAll(guarded);
        }
        guarded.removeAll(Ratios.COUNTERPARTS.keySet());
        guarded.add(reference);
        final List<Look> looks = new ArrayList<>();
        for (String benchmark : benchmarks) {
            looks.add(new Look(benchmark, guarded, List.of()));
            if (benchmark.equals(OF_COUNTERPARTS)) {
                counterparts.forEach((own, other) -> looks.add(new Look(benchmark, List.of(own, other), OPTIONS_OF_COUNTERPARTS)));
            }
        }
        return looks;
    }

    private List<Result> looked(Look look, Path file) throws IOException {
        if (before.isEmpty()) {
            return lookedForOthers(look, file);
        }
        final List<Result> first = ratios(measured(look, file));
        if (first.stream().noneMatch(this::isWorse)) {
            return first;
        }
        System.out.println("something in " + look.benchmark() + " seems to be worse: once more, since noise does not come twice");
        final List<Result> second = ratios(measured(look, file));
        return first.stream().map(result -> isWorse(result) ? better(result, second) : result).toList();
    }

    /// What others are to be held against has to say how far it scatters by itself.
    private List<Result> lookedForOthers(Look look, Path file) throws IOException {
        final List<List<Result>> looked = new ArrayList<>();
        for (int i = 0; i < BASELINE_LOOKS; i++) {
            looked.add(ratios(measured(look, file)));
        }
        return Ratios.joined(looked);
    }

    private boolean isWorse(Result now) {
        return before.stream()
                .filter(earlier -> Ratios.isSame(earlier, now))
                .anyMatch(earlier -> comparison(earlier, List.of(now)).verdict() == Comparison.Verdict.WORSE);
    }

    /// {@return the better of a ratio and the same one of a second look}
    static Result better(Result first, List<Result> second) {
        return second.stream()
                .filter(again -> Ratios.isSame(first, again))
                .filter(again -> first.metric().advantage(again.value(), first.value()) > 1)
                .findFirst()
                .orElse(first);
    }

    private Comparison comparison(Result earlier, List<Result> now) {
        return Comparison.of(
                earlier,
                now.stream().filter(result -> Ratios.isSame(earlier, result)).findFirst(),
                tolerance / PER_CENT);
    }

    @Override
    protected String tables(List<Result> results) {
        return ResultTables.text(results, Reach.NONE);
    }

    @Override
    protected boolean finish(List<Result> results) {
        final List<Comparison> comparisons =
                before.stream().map(earlier -> comparison(earlier, results)).toList();
        comparisons.forEach(comparison -> System.out.println(comparison.line()));
        final long bad = comparisons.stream().filter(comparison -> comparison.verdict().isBad()).count();
        if (against.isPresent()) {
            System.out.printf("%d of %d ratios hold%n", comparisons.size() - bad, comparisons.size());
        }
        return bad == 0;
    }

    private List<Result> measured(Look look, Path file) throws IOException {
        final List<String> arguments = new ArrayList<>(
                List.of("--contestants", String.join(",", look.contestants()), "--json", file.toString()));
        arguments.addAll(look.options());
        if (isQuick()) {
            arguments.add("--quick");
        }
        final CommandLine command = self.parent().commandLine().getSubcommands().get(look.benchmark());
        command.execute(arguments.toArray(String[]::new));
        if (!Files.exists(file)) {
            throw new IOException("bench " + look.benchmark() + " wrote no figures");
        }
        return ResultFiles.read(file);
    }

    private List<Result> ratiosIn(Path file) {
        try {
            return ratios(ResultFiles.read(file));
        } catch (IOException unreadable) {
            throw usage("cannot read " + file + ": " + unreadable);
        }
    }

    private List<Result> ratios(List<Result> results) {
        return Ratios.of(results, reference).stream()
                .filter(result -> result.metric().text().equals(metric))
                .toList();
    }

    private static Collection<String> contestants(List<Result> results) {
        return results.stream().map(Result::contestant).distinct().toList();
    }

    private List<String> siblings() {
        final List<String> measurable = List.of("latency", "mixed", "crossthread", "classic");
        return self.parent() == null
                ? measurable
                : measurable.stream().filter(self.parent().subcommands()::containsKey).toList();
    }

    private static void clear(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList().reversed()) {
                Files.delete(file);
            }
        }
    }
}
