package io.offheap.bench.command;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.report.Json;
import io.offheap.bench.result.Reach;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.ResultTables;
import io.offheap.bench.result.RunFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// One benchmark, `./arena bench NAME`: measures, prints tables, and writes the figures as JSON.
///
/// ## Contract
/// A subclass carries picocli's `@Command` with its name and description, has a constructor without arguments, may
/// add options, and implements [#measure]. The exit code is 0; 1 when [#failed] calls a result a failure, or
/// [#finish] all of them; 2 for a command line that cannot be understood, in which case nothing was measured.
public abstract class BenchmarkCommand implements Callable<Integer> {

    private static final int FAILED = 1;

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

    /// For subclasses.
    protected BenchmarkCommand() {}

    @Override
    public final Integer call() throws InterruptedException, IOException {
        checkOptions();
        makeFolder();
        final RunClock clock = new RunClock();
        final ProgressBar bar = new ProgressBar(System.out, ProgressBar.onTerminal());
        final List<Result> results;
        try {
            results = measure(bar);
        } finally {
            bar.clear();
        }
        System.out.println(tables(results));
        ways(results).forEach((contestant, way) -> System.out.println(contestant + ": " + way));
        if (json != null) {
            Files.writeString(json, Json.lines(results.stream().map(Result::row).toList()));
            RunFacts.write(json, clock.facts(spec));
        }
        final boolean good = finish(results);
        final List<Result> failures = results.stream().filter(this::failed).toList();
        failures.forEach(BenchmarkCommand::complain);
        return good && failures.isEmpty() ? CommandLine.ExitCode.OK : FAILED;
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

    /// Before measuring, not after: a path that cannot be written to is found at once.
    private void makeFolder() throws IOException {
        if (json != null) {
            if (Files.isDirectory(json)) {
                throw usage("--json needs a file, and " + json + " is a folder");
            }
            Files.createDirectories(json.toAbsolutePath().getParent());
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
