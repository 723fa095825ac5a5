package io.offheap.bench.demo;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.command.ContestantOptions;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.result.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./arena bench ebizzy`: the workload of the demo for every contestant, in the form of a benchmark.
@Command(
        name = "ebizzy",
        sortOptions = false,
        description = "Threads copy, search and free blocks, as ebizzy 0.3 does, without and with another process "
                + "that presses for memory.")
public final class EbizzyCommand extends BenchmarkCommand {

    private static final double USUAL_SECONDS = 10;
    private static final double QUICK_SECONDS = 1;
    private static final List<String> WORKLOADS = List.of(RunResult.CALM, RunResult.PRESSED);

    private static final List<String> QUICK_CONTESTANTS = Stream.concat(
                    Contestants.ofDemo().stream(), Stream.of(Contestants.NETTY_POOLED, Contestants.NETTY_ADAPTIVE))
            .toList();

    @Mixin
    private WorkloadOptions workloadOptions = new WorkloadOptions();

    @Mixin
    private ContestantOptions contestantOptions = new ContestantOptions();

    @Option(
            names = "--workloads",
            paramLabel = "NAME",
            split = ",",
            description = "Of ebizzy and ebizzy-pressure; default both.")
    private List<String> workloads = WORKLOADS;

    private List<Setup> contestants = List.of();
    private Workload workload;
    private List<RunResult> runs = List.of();

    /// For picocli.
    public EbizzyCommand() {}

    @Override
    protected void checkOptions() {
        workloads.stream().filter(name -> !WORKLOADS.contains(name)).findAny().ifPresent(name -> {
            throw usage("no workload '" + name + "'; there are " + String.join(", ", WORKLOADS));
        });
        try {
            workload = workloadOptions.workload(isQuick() ? QUICK_SECONDS : USUAL_SECONDS);
            contestants = contestantOptions.chosen(isQuick() ? QUICK_CONTESTANTS : List.of());
        } catch (IllegalArgumentException wrong) {
            throw usage(wrong.getMessage());
        }
    }

    @Override
    protected Optional<String> seed() {
        return workload.stockGenerator() ? Optional.empty() : Optional.of(Long.toString(workload.seed()));
    }

    @Override
    protected List<Result> measure(ProgressBar progress) throws InterruptedException {
        final List<Run> all = new ArrayList<>();
        for (String name : workloads) {
            final Optional<Budget> budget =
                    name.equals(RunResult.PRESSED) ? Optional.of(workloadOptions.budget()) : Optional.empty();
            contestants.forEach(setup -> all.add(new Run(setup, workload, budget)));
        }
        runs = Rounds.measure(all, workload.seconds(), progress::show);
        return new EbizzyResults(workload, contestants).of(runs);
    }

    @Override
    protected String tables(List<Result> results) {
        return DemoTables.text(runs);
    }

    @Override
    protected boolean finish(List<Result> results) {
        Claims.about(runs).forEach(claim -> System.out.println(claim.line()));
        return true;
    }
}
