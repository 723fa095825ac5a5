package io.offheap.bench.command;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.report.Json;
import io.offheap.bench.report.OutputFile;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Reach;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.ResultTables;
import io.offheap.bench.result.RunFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// One benchmark, `./arena bench NAME`: measures, prints tables, and writes the figures as JSON.
///
/// What is measured so far is written whenever a subclass calls [#keep], so a run that is interrupted leaves figures. One
/// that fails as a whole leaves what it kept and a row with an outcome and a note.
///
/// ## Contract
/// A subclass carries picocli's `@Command` with its name and description, has a constructor without arguments, may
/// add options, and implements [#measure]. The exit code is 0; 1 when [#failed] calls a result a failure, or
/// [#finish] all of them; 2 for a command line that cannot be understood, in which case nothing was measured.
public abstract class BenchmarkCommand implements Callable<Integer> {

    private static final int FAILED = 1;

    /// Whom a failure is written down for that is nobody's in particular.
    private static final String EVERYONE = "everyone";

    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this text.")
    private boolean help;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write the figures to FILE, and beside it what is known of the run.")
    private Path json;

    @Option(names = "--quick", description = "Fewer sizes and shorter runs: under a minute.")
    private boolean quick;

    private RunClock clock = new RunClock();
    private List<Result> kept = List.of();

    /// For subclasses.
    protected BenchmarkCommand() {}

    @Override
    public final Integer call() throws InterruptedException, IOException {
        checkOptions();
        checkOutput();
        clock = new RunClock();
        kept = List.of();
        seed().ifPresent(seed -> System.out.println("seed: " + seed));
        final List<Result> results = measured();
        System.out.println(tables(results));
        ways(results).forEach((contestant, way) -> System.out.println(contestant + ": " + way));
        keep(results);
        final boolean good = finish(results);
        final List<Result> failures = results.stream().filter(this::failed).toList();
        failures.forEach(BenchmarkCommand::complain);
        return good && failures.isEmpty() ? CommandLine.ExitCode.OK : FAILED;
    }

    private List<Result> measured() throws InterruptedException, IOException {
        final ProgressBar bar = new ProgressBar(System.out, ProgressBar.onTerminal());
        try {
            return measure(bar);
        } catch (RuntimeException | IOException | Error failed) {
            final List<Result> all = new ArrayList<>(kept);
            all.add(Result.of(spec.name(), EVERYONE, Metric.TIME)
                    .outcome(ChildFailedException.FAILED)
                    .note(failed.toString())
                    .build());
            keep(all);
            throw failed;
        } finally {
            bar.clear();
        }
    }

    /// Writes what is measured so far, where `--json` asks for it. The file always holds a whole list.
    ///
    /// @param soFar all results, those of earlier calls among them
    protected final void keep(List<Result> soFar) throws IOException {
        kept = List.copyOf(soFar);
        if (json != null) {
            final Path beside = json.resolveSibling(json.getFileName() + ".new");
            Files.writeString(beside, Json.lines(kept.stream().map(Result::row).toList()));
            Files.move(beside, json, StandardCopyOption.REPLACE_EXISTING);
            final Map<String, String> facts = clock.facts(spec);
            seed().ifPresent(seed -> facts.put("seed", seed));
            RunFacts.write(json, facts);
        }
    }

    /// {@return where random choices begin, for whoever wants the same ones; empty where there are none}
    protected Optional<String> seed() {
        return Optional.empty();
    }

    /// Refuses options that make no sense, with [#usage].
    protected void checkOptions() {}

    /// Runs the benchmark.
    ///
    /// @param progress is told how far it is
    protected abstract List<Result> measure(ProgressBar progress) throws InterruptedException, IOException;

    /// {@return the figures to reach, which the tables show}
    protected Reach reach() {
        return Reach.NONE;
    }

    /// {@return the results for eyes}
    protected String tables(List<Result> results) {
        return ResultTables.text(results, reach());
    }

    /// Judges the results as a whole, after tables and JSON are written; by default they are good.
    ///
    /// @return whether the command succeeds
    protected boolean finish(List<Result> results) {
        return true;
    }

    /// {@return whether a result makes the command fail} By default one that has no figure.
    protected boolean failed(Result result) {
        return result.figures().isEmpty();
    }

    /// {@return whether the short form was asked for}
    protected final boolean isQuick() {
        return quick;
    }

    /// {@return what to throw when an option cannot be used}
    protected final CommandLine.ParameterException usage(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    private void checkOutput() {
        if (json != null) {
            OutputFile.problem("--json", json).ifPresent(problem -> {
                throw usage(problem);
            });
        }
    }

    /// {@return of each contestant that runs in a way worth telling: version, mode, flags}
    private static Map<String, String> ways(List<Result> results) {
        final Map<String, String> ways = new LinkedHashMap<>();
        results.forEach(result -> result.mode().ifPresent(way -> ways.putIfAbsent(result.contestant(), way)));
        return ways;
    }

    private static void complain(Result result) {
        System.err.println("FAILED " + result.workload() + " " + result.contestant() + ": "
                + result.outcome().orElse("no figure") + ": " + result.note().orElse(""));
    }
}
