package io.offheap.bench.burst;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.command.ContestantOptions;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./arena bench burst`.
@Command(
        name = "burst",
        sortOptions = false,
        description = "Much memory is allocated, touched, and freed: how much of it stays resident when no more calls "
                + "are made, when memory is short, and after a purge?")
public final class BurstCommand extends BenchmarkCommand {

    private static final double MEBIBYTE = 1 << 20;

    private static final String CANNOT = "there is no call that would tell it";

    private static final List<String> QUICK_CONTESTANTS = List.of(
            Contestants.OFFHEAP_ADDRESS,
            Contestants.FFM_MALLOC,
            Contestants.NETTY_POOLED,
            Contestants.NETTY_ADAPTIVE,
            Contestants.JDK_CONFINED,
            Contestants.JDK_DIRECT_CLEANER);

    @Mixin
    private ContestantOptions contestantOptions = new ContestantOptions();

    @Option(names = "--sizes", paramLabel = "BYTES", split = ",", description = "Of a block; default ${DEFAULT-VALUE}.")
    private List<Long> sizes = List.of(64L << 10, 8L << 10);

    @Option(
            names = "--burst",
            paramLabel = "MIB",
            description = "Of all blocks together; default 2048, with --quick 512.")
    private Optional<Long> burstMib = Optional.empty();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            split = ",",
            description = "When to look after the last free; default 0,1,5,15,30, with --quick without the last.")
    private List<Integer> seconds = List.of();

    @Option(
            names = "--at-once",
            paramLabel = "N",
            description = "How many contestants have memory at the same time, of which one works and the others are "
                    + "silent; default as many as half of the free memory has room for.")
    private Optional<Integer> atOnce = Optional.empty();

    private List<Setup> contestants = List.of();
    private final List<BurstRun.Seen> seen = new ArrayList<>();

    /// For picocli.
    public BurstCommand() {}

    @Override
    protected void checkOptions() {
        try {
            contestants = contestantOptions.chosen(isQuick() ? QUICK_CONTESTANTS : List.of()).stream()
                    .map(Setup::switched)
                    .toList();
        } catch (IllegalArgumentException unknown) {
            throw usage(unknown.getMessage());
        }
        if (burstMib.orElse(1L) < 1 || burstMib.orElse(1L) > 1 << 16) {
            throw usage("--burst must be 1 to 65536 MiB, not " + burstMib.get());
        }
        for (long size : sizes) {
            if (size < 1 || size > burstBytes()) {
                throw usage("--sizes must be 1 to " + burstBytes() + " bytes, those of the burst, not " + size);
            }
        }
        if (!seconds.equals(seconds.stream().sorted().distinct().toList()) || seconds.stream().anyMatch(at -> at < 0)) {
            throw usage("--seconds must be in ascending order from 0, not " + seconds);
        }
        if (atOnce.orElse(1) < 1) {
            throw usage("--at-once must be 1 or more, not " + atOnce.get());
        }
    }

    private long burstBytes() {
        return burstMib.orElse(isQuick() ? 512L : 2048L) << 20;
    }

    private List<Integer> moments() {
        return seconds.isEmpty() ? isQuick() ? List.of(0, 1, 5, 15) : List.of(0, 1, 5, 15, 30) : seconds;
    }

    @Override
    protected List<Result> measure(ProgressBar progress) throws InterruptedException, IOException {
        seen.clear();
        final ReentrantLock work = new ReentrantLock(true);
        final List<BurstRun> runs = new ArrayList<>();
        for (long size : sizes) {
            contestants.forEach(setup -> runs.add(new BurstRun(setup, size, burstBytes(), moments(), work)));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(Math.min(runs.size(), atOnce()))) {
            final List<Future<BurstRun.Seen>> started = runs.stream().map(threads::submit).toList();
            for (Future<BurstRun.Seen> run : started) {
                progress.show((double) seen.size() / runs.size(), seen.size() + " of " + runs.size() + " bursts");
                seen.add(seen(runs.get(seen.size()), run));
                keep(seen.stream().flatMap(this::results).toList());
            }
        }
        return seen.stream().flatMap(this::results).toList();
    }

    /// A run that cannot be made is the end of that run alone.
    private static BurstRun.Seen seen(BurstRun run, Future<BurstRun.Seen> started) throws InterruptedException {
        try {
            return started.get();
        } catch (ExecutionException failed) {
            return run.failed(failed.getCause());
        }
    }

    private int atOnce() {
        return atOnce.orElseGet(() -> Math.clamp(HostMemory.availableBytes() / 2 / burstBytes(), 1, Integer.MAX_VALUE));
    }

    private Stream<Result> results(BurstRun.Seen run) {
        final List<String> all = new ArrayList<>(List.of(BurstRun.FULL));
        moments().forEach(second -> all.add(BurstRun.AFTER + second));
        all.addAll(List.of(BurstRun.PRESSURE, BurstRun.PURGE));
        return all.stream().map(moment -> result(run, moment));
    }

    private static Result result(BurstRun.Seen run, String moment) {
        final Result.Builder result = Result.of("burst", run.setup().name(), Metric.RESIDENT)
                .threads(1)
                .size(run.blockBytes())
                .at(moment)
                .mode(run.setup().way(run.version()));
        final Optional<Long> resident = Optional.ofNullable(run.at().get(moment));
        resident.ifPresentOrElse(
                bytes -> result.figure(bytes / MEBIBYTE)
                        .note("%.1f MiB before the burst%s".formatted(
                                run.beforeBytes() / MEBIBYTE,
                                gaveWay(run, moment).map(text -> "; " + text).orElse(""))),
                () -> run.failure().ifPresentOrElse(
                        failed -> result.outcome(failed.outcome()).note(failed.getMessage()),
                        () -> result.note(CANNOT)));
        return result.build();
    }

    @Override
    protected String tables(List<Result> results) {
        return new BurstReport(seen).text();
    }

    @Override
    protected boolean finish(List<Result> results) {
        for (BurstRun.Seen run : seen) {
            if (run.setup().name().equals(Contestants.OFFHEAP_ADDRESS)) {
                for (String moment : List.of(BurstRun.AFTER + 15, BurstRun.PRESSURE, BurstRun.PURGE)) {
                    run.grown(moment).ifPresent(grown -> System.out.println(claim(run, moment, grown)));
                }
            }
        }
        return true;
    }

    private static String claim(BurstRun.Seen run, String moment, long grownBytes) {
        final long most = BurstRun.Seen.mayStayBytes(run.bytes());
        return String.format(
                Locale.ROOT,
                "%-6sblocks of %d bytes, %s: grown by %.1f MiB (at most %.1f)%s",
                grownBytes <= most ? "ok" : "MISS",
                run.blockBytes(),
                moment,
                grownBytes / MEBIBYTE,
                most / MEBIBYTE,
                gaveWay(run, moment).map(text -> "; " + text).orElse(""));
    }

    private static Optional<String> gaveWay(BurstRun.Seen run, String moment) {
        return moment.equals(BurstRun.PRESSURE)
                ? Optional.of(run.gaveWayNanos()
                        .map(nanos -> "had given way after " + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms")
                        .orElse("had not given way after a second"))
                : Optional.empty();
    }

    /// That a contestant cannot be told of something is no failure.
    @Override
    protected boolean failed(Result result) {
        return result.outcome().isPresent();
    }
}
