package io.offheap.bench.demo;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.RunClock;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.report.Json;
import io.offheap.bench.report.OutputFile;
import io.offheap.bench.result.RunFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `./arena demo`: runs every contestant without and with pressure, and shows what came out.
@Command(
        name = "demo",
        sortOptions = false,
        description = "Threads copy, search and free blocks of real memory (the ebizzy workload): plain allocation "
                + "against this project's allocator, without and with another process that presses for memory.")
public final class DemoCommand implements Callable<Integer> {

    private static final int FAILED = 1;
    private static final double SECONDS = 1.5;

    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this text.")
    private boolean help;

    @Mixin
    private WorkloadOptions workloadOptions = new WorkloadOptions();

    @Option(
            names = "--contestants",
            paramLabel = "NAME",
            split = ",",
            description = "Who takes part; default all: ${DEFAULT-VALUE}.")
    private List<String> contestants = Contestants.ofDemo();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to FILE.")
    private Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Write the report to FILE; default ${DEFAULT-VALUE}.")
    private Path html = Path.of(System.getProperty("io.offheap.bench.output", "."), "demo.html");

    /// For picocli.
    public DemoCommand() {}

    @Override
    public Integer call() throws InterruptedException, IOException {
        final Workload workload = workload();
        checkOutput();
        final RunClock clock = new RunClock();
        final List<RunResult> results = runAll(workload);
        System.out.println(DemoTables.text(results));
        Claims.about(results).forEach(claim -> System.out.println(claim.line()));
        results.stream().filter(result -> !result.isOk()).forEach(DemoCommand::complain);
        if (json != null) {
            Files.writeString(json, Json.lines(DemoJson.rows(workload, results)));
            RunFacts.write(json, clock.facts(spec));
        }
        Files.writeString(html, DemoPage.html(workload, results));
        System.out.println("report: " + html.toAbsolutePath().normalize());
        return results.stream().allMatch(RunResult::isOk) ? CommandLine.ExitCode.OK : FAILED;
    }

    private Workload workload() {
        for (String contestant : contestants) {
            if (!Contestants.ofDemo().contains(contestant)) {
                throw usage("no contestant '" + contestant + "'; there are " + String.join(", ", Contestants.ofDemo()));
            }
        }
        try {
            return workloadOptions.workload(SECONDS);
        } catch (IllegalArgumentException wrong) {
            throw usage(wrong.getMessage());
        }
    }

    private void checkOutput() {
        final Optional<String> problem = json == null ? Optional.empty() : OutputFile.problem("--json", json);
        problem.or(() -> OutputFile.problem("--html", html)).ifPresent(text -> {
            throw usage(text);
        });
    }

    private CommandLine.ParameterException usage(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    /// Runs without and with pressure take turns in the same rounds: what pressure costs is a ratio too.
    private List<RunResult> runAll(Workload workload) throws InterruptedException {
        final ProgressBar bar = new ProgressBar(System.out, ProgressBar.onTerminal());
        final List<Run> runs = new ArrayList<>();
        for (Optional<Budget> budget : List.of(Optional.<Budget>empty(), Optional.of(workloadOptions.budget()))) {
            contestants.forEach(contestant -> runs.add(
                    new Run(Contestants.find(contestant, "").orElseThrow(), workload, budget)));
        }
        try {
            return Rounds.measure(runs, workload.seconds(), bar::show);
        } finally {
            bar.clear();
        }
    }

    private static void complain(RunResult result) {
        System.err.println(
                "FAILED " + result.workload() + " " + result.contestant() + ": " + result.outcome() + ": "
                        + result.note());
    }
}
