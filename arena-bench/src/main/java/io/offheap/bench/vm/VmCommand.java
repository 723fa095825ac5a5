package io.offheap.bench.vm;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.cprogram.KernelFork;
import io.offheap.bench.result.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./arena bench vm`.
@Command(
        name = "vm",
        sortOptions = false,
        description = "Address spaces beside plain segments, copies and the kernel's fork: accesses, bulk copies, marks, forks, "
                + "first writes, bookkeeping, snapshots. Needs 3.5 GiB.")
public final class VmCommand extends BenchmarkCommand {

    private static final long MEBIBYTE = 1 << 20;

    @Option(names = "--access", paramLabel = "MIB", description = "Accessed at random; a power of two, default 64.")
    private Optional<Long> access = Optional.empty();

    @Option(names = "--large", paramLabel = "MIB", description = "Forked and in the snapshot; a power of two, default 1024.")
    private Optional<Long> large = Optional.empty();

    @Option(names = "--touch", paramLabel = "MIB", description = "Forked and touched as a whole, default 256.")
    private Optional<Long> touch = Optional.empty();

    @Option(names = "--rounds", paramLabel = "N", description = "Repetitions; default 21, with --quick 7.")
    private Optional<Integer> rounds = Optional.empty();

    @Option(names = "--warm-up", paramLabel = "MILLIS", description = "CPU time before each comparison; default 2000, with --quick 700.")
    private Optional<Long> warmUp = Optional.empty();

    @Option(names = "--life", paramLabel = "MILLIS", description = "Of a snapshot; default 5000, with --quick 2000.")
    private Optional<Long> life = Optional.empty();

    private final List<Goal> goals = new ArrayList<>();

    /// For picocli.
    public VmCommand() {}

    @Override
    protected void checkOptions() {
        requirePowerOfTwo("--access", access);
        requirePowerOfTwo("--large", large);
        requirePowerOfTwo("--touch", touch);
        if (rounds.orElse(1) < 1) {
            throw usage("--rounds must be 1 or more, not " + rounds.get());
        }
        if (warmUp.orElse(0L) < 0) {
            throw usage("--warm-up must not be negative: " + warmUp.get());
        }
        if (life.orElse(1L) < 1) {
            throw usage("--life must be 1 or more, not " + life.get());
        }
    }

    private void requirePowerOfTwo(String name, Optional<Long> mebibytes) {
        if (Long.bitCount(mebibytes.orElse(1L)) != 1 || mebibytes.orElse(1L) < 1 || mebibytes.orElse(1L) > 1 << 16) {
            throw usage(name + " must be a power of two, 1 to 65536 MiB, not " + mebibytes.get());
        }
    }

    @Override
    protected List<Result> measure(ProgressBar progress) throws InterruptedException, IOException {
        final VmShape shape = shape();
        final Findings findings = Findings.none();
        progress.show(0, "accesses, copies, marks");
        try (AccessContest accesses = new AccessContest(shape)) {
            accesses.measure(findings);
        }
        final ForkContest forks = new ForkContest(shape);
        progress.show(0.2, "fork, and touch every page");
        forks.touchAll(findings);
        progress.show(0.4, "bookkeeping");
        try (PopulatedSpace populated = Bookkeeping.measure(findings, shape.largeBytes())) {
            progress.show(0.5, "forks");
            forks.forks(findings, populated);
            forks.forksAfterWords(findings, populated);
            findings.add(KernelFork.measure(shape.largeBytes(), shape.fewRounds()));
            progress.show(0.6, "first writes");
            forks.firstWrites(findings, populated);
            progress.show(0.7, "writers beside a snapshot");
            new SnapshotContest(populated, shape).measure(findings);
        }
        goals.clear();
        goals.addAll(findings.goals());
        return findings.results();
    }

    @Override
    protected boolean finish(List<Result> results) {
        System.out.println(Goal.text(goals));
        return true;
    }

    private VmShape shape() {
        final VmShape usual = isQuick() ? VmShape.quick() : VmShape.full();
        return new VmShape(
                access.map(mebibytes -> mebibytes * MEBIBYTE).orElse(usual.accessBytes()),
                large.map(mebibytes -> mebibytes * MEBIBYTE).orElse(usual.largeBytes()),
                touch.map(mebibytes -> mebibytes * MEBIBYTE).orElse(usual.touchBytes()),
                warmUp.orElse(usual.warmUpMillis()),
                rounds.orElse(usual.rounds()),
                usual.batch(),
                life.orElse(usual.lifeMillis()));
    }
}
