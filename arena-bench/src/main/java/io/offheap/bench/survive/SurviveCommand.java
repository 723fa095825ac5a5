package io.offheap.bench.survive;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.command.ContestantOptions;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.limit.MemoryLimit;
import io.offheap.bench.result.Result;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./arena bench survive`.
///
/// That a contestant is killed is a result. The command fails where one of this project gave wrong bytes, or a run
/// could not be made.
@Command(
        name = "survive",
        sortOptions = false,
        description = "Phases of work under a memory limit, each in blocks of another size, one block in a hundred of "
                + "which stays to the end: who is killed?")
public final class SurviveCommand extends BenchmarkCommand {

    private static final String OURS = "offheap";
    private static final String WRONG_BYTES = "wrong-bytes";

    private static final long USUAL_LIMIT_MIB = 1024;
    private static final long QUICK_LIMIT_MIB = 512;

    /// Less would not hold the JVM.
    private static final long LEAST_LIMIT_MIB = 64;
    private static final long MOST_LIMIT_MIB = 1 << 20;

    /// The share of the limit that a phase allocates: 600 MiB of 1 GiB.
    private static final double PHASE_SHARE = 600.0 / 1024;

    private static final List<String> QUICK_CONTESTANTS = List.of(
            Contestants.OFFHEAP_ADDRESS,
            Contestants.OFFHEAP_EAGER,
            Contestants.FFM_MALLOC,
            Contestants.NETTY_POOLED,
            Contestants.NETTY_ADAPTIVE,
            Contestants.JDK_CONFINED,
            Contestants.JDK_DIRECT_CLEANER);

    @Mixin
    private ContestantOptions contestants = new ContestantOptions();

    @Option(
            names = "--workloads",
            paramLabel = "NAME",
            split = ",",
            description = "Of survive, survive-all-freed and survive-neighbour; default all, with --quick the first "
                    + "and the last.")
    private List<String> workloads = List.of();

    @Option(names = "--threads", paramLabel = "N", split = ",", description = "Default 1 and 2, with --quick 1.")
    private List<Integer> threads = List.of();

    @Option(
            names = "--runs",
            paramLabel = "N",
            description = "Runs of each contestant; default 10 of offheap-address (with --quick 2), 1 of each other.")
    private Optional<Integer> runs = Optional.empty();

    @Option(
            names = "--our-runs",
            paramLabel = "N",
            description = "Runs of offheap-address, whatever --runs says of the others.")
    private Optional<Integer> ourRuns = Optional.empty();

    @Option(
            names = "--peer-threads",
            paramLabel = "N",
            split = ",",
            description = "Of the numbers of threads, those that others than offheap-address run with; default all.")
    private List<Integer> peerThreads = List.of();

    @Option(names = "--limit", paramLabel = "MIB", description = "The limit; default 1024, with --quick 512.")
    private Optional<Long> limitMib = Optional.empty();

    @Option(
            names = "--phase",
            paramLabel = "MIB",
            description = "Allocated in each phase; default 600 of 1024 of the limit.")
    private Optional<Long> phaseMib = Optional.empty();

    private List<SurviveCell> cells = List.of();

    /// For picocli.
    public SurviveCommand() {}

    @Override
    protected void checkOptions() {
        if (runs.orElse(1) < 1) {
            throw usage("--runs must be 1 or more, not " + runs.get());
        }
        if (ourRuns.orElse(1) < 1) {
            throw usage("--our-runs must be 1 or more, not " + ourRuns.get());
        }
        if (limitMib() < LEAST_LIMIT_MIB || limitMib() > MOST_LIMIT_MIB) {
            throw usage("--limit must be " + LEAST_LIMIT_MIB + " to " + MOST_LIMIT_MIB + " MiB, not " + limitMib());
        }
        if (phaseMib.orElse(1L) < 1 || phaseMib.orElse(1L) > MOST_LIMIT_MIB) {
            throw usage("--phase must be 1 to " + MOST_LIMIT_MIB + " MiB, not " + phaseMib.get());
        }
        try {
            cells = plan().cells(contestants.chosen(isQuick() ? QUICK_CONTESTANTS : List.of()));
        } catch (IllegalArgumentException wrong) {
            throw usage(wrong.getMessage());
        }
    }

    private SurvivePlan plan() {
        final List<String> usual = isQuick() ? SurvivePlan.QUICK_WORKLOADS : SurvivePlan.WORKLOADS;
        final List<Integer> usualThreads = isQuick() ? List.of(1) : List.of(1, 2);
        return new SurvivePlan(
                limitMib() << 20,
                phaseMib.map(mib -> mib << 20).orElseGet(() -> (long) ((limitMib() << 20) * PHASE_SHARE)),
                workloads.isEmpty() ? usual : workloads,
                threads.isEmpty() ? usualThreads : threads,
                peerThreads,
                runs,
                ourRuns.or(() -> runs),
                isQuick());
    }

    private long limitMib() {
        return limitMib.orElse(isQuick() ? QUICK_LIMIT_MIB : USUAL_LIMIT_MIB);
    }

    /// Runs of one cell lie apart, so that a busy moment of the machine does not meet all of them.
    @Override
    protected List<Result> measure(ProgressBar progress) throws InterruptedException, IOException {
        final LongFunction<MemoryLimit> limits = MemoryLimit.best();
        try (MemoryLimit probe = limits.apply(MemoryLimit.UNLIMITED)) {
            System.out.println("limit: " + limitMib() + " MiB, " + probe.kind());
        }
        final int all = cells.stream().mapToInt(SurviveCell::runs).sum();
        int done = 0;
        for (int round = 0; done < all; round++) {
            for (SurviveCell cell : cells) {
                if (round < cell.runs()) {
                    progress.show((double) done / all, cell.scenario().workload() + " " + cell.setup().name());
                    cell.endings().add(ending(cell, limits));
                    done++;
                    keep(results());
                }
            }
        }
        return results();
    }

    private List<Result> results() {
        return cells.stream()
                .filter(cell -> !cell.endings().isEmpty())
                .flatMap(cell -> cell.results().stream())
                .toList();
    }

    /// A run that cannot be made is the end of that run alone.
    private static Ending ending(SurviveCell cell, LongFunction<MemoryLimit> limits) throws InterruptedException {
        try {
            return SurviveRun.run(cell.scenario(), cell.setup(), limits);
        } catch (RuntimeException failed) {
            return Ending.failed(failed.toString());
        }
    }

    @Override
    protected String tables(List<Result> results) {
        return new SurviveReport(cells).table();
    }

    @Override
    protected boolean finish(List<Result> results) {
        new SurviveReport(cells).claims().forEach(System.out::println);
        return true;
    }

    @Override
    protected boolean failed(Result result) {
        final boolean isOurs = result.contestant().startsWith(OURS);
        return result.figures().isEmpty() || isOurs && result.outcome().orElse("").equals(WRONG_BYTES);
    }
}
