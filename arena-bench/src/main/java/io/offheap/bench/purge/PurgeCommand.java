package io.offheap.bench.purge;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import io.offheap.memory.os.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./arena bench purge`.
@Command(
        name = "purge",
        sortOptions = false,
        description = "Volatile runs are given back by the allocator, and the same bytes by madvise alone: one large run of "
                + "base pages, one of huge pages, and 64 scattered ones of 64 KiB.")
public final class PurgeCommand extends BenchmarkCommand {

    /// What is claimed of one large run, and of scattered runs where batches work.
    private static final double OF_RAW = 0.9;
    private static final double OF_SINGLE_CALLS = 1.2;

    /// A round takes less the fewer system calls it needs, and its figures differ more; so there are more of them.
    private static final int SCATTERED_FACTOR = 40;
    private static final int HUGE_FACTOR = 3;

    /// Rounds before, without memory, until all that a purge runs is compiled: with 64 runs each, then with many.
    private static final int SCATTERED_WARM_UP_FACTOR = 300;
    private static final int WARM_UP_FACTOR = 10;

    /// With a smaller share of huge pages the kernel had too few of them, and something else would be measured.
    private static final double ALL_HUGE = 0.99;

    @Option(names = "--bytes", paramLabel = "MIB", description = "Of the large run; default 1024, with --quick 256.")
    private Optional<Long> mebibytes = Optional.empty();

    @Option(names = "--rounds", paramLabel = "N", description = "Repetitions; default 9, with --quick 5.")
    private Optional<Integer> rounds = Optional.empty();

    private final List<String> claims = new ArrayList<>();

    /// For picocli.
    public PurgeCommand() {}

    @Override
    protected void checkOptions() {
        if (mebibytes.orElse(1L) < 1 || mebibytes.orElse(1L) > 1 << 16) {
            throw usage("--bytes must be 1 to 65536 MiB, not " + mebibytes.get());
        }
        if (rounds.orElse(1) < 1) {
            throw usage("--rounds must be 1 or more, not " + rounds.get());
        }
    }

    @Override
    protected List<Result> measure(ProgressBar progress) throws IOException {
        final int count = rounds.orElse(isQuick() ? 5 : 9);
        final long bytes = mebibytes.orElse(isQuick() ? 256L : 1024L) << 20;
        System.out.println("pages of " + Platform.memory().pageSize() + " bytes");
        claims.clear();
        final List<Result> results = new ArrayList<>();
        progress.show(0, "64 scattered runs");
        final PurgeShape runs = PurgeShape.scattered();
        scattered(PurgeRounds.measure(runs, count * SCATTERED_WARM_UP_FACTOR, count * SCATTERED_FACTOR), results);
        progress.show(0.2, "64 scattered runs, beside another thread");
        scattered(PurgeRounds.measureBeside(runs, count * SCATTERED_FACTOR, count * SCATTERED_FACTOR), results);
        progress.show(0.4, "one large run");
        final PurgeRounds whole = PurgeRounds.measure(PurgeShape.whole(bytes), count * WARM_UP_FACTOR, count);
        claims.add(claim(whole, OF_RAW));
        results.addAll(whole.results());
        keep(results);
        progress.show(0.8, "one large run of huge pages");
        results.addAll(huge(bytes, count));
        return results;
    }

    private void scattered(PurgeRounds rounds, List<Result> results) throws IOException {
        claims.add(
                Platform.memory().advisesInBatches()
                        ? claim(rounds, OF_SINGLE_CALLS)
                        : "process_madvise does not work here: each run costs a call, and no advantage is claimed");
        results.addAll(rounds.results());
        keep(results);
    }

    private List<Result> huge(long bytes, int count) {
        final Optional<String> missing = HugePageUse.missing();
        if (missing.isPresent()) {
            claims.add("huge pages are not measured: " + missing.get());
            return List.of();
        }
        final PurgeRounds rounds = PurgeRounds.measure(PurgeShape.huge(bytes), count * WARM_UP_FACTOR, count * HUGE_FACTOR);
        if (rounds.hugeShare() < ALL_HUGE) {
            claims.add(String.format(
                    Locale.ROOT,
                    "huge pages are not measured: the kernel had them for %.0f %% of the memory in some round",
                    100 * rounds.hugeShare()));
            return List.of();
        }
        claims.add(claim(rounds, OF_RAW));
        return rounds.results();
    }

    private static String claim(PurgeRounds rounds, double least) {
        final Spread ratio = rounds.ratio();
        return String.format(
                Locale.ROOT,
                "%-6s%s%s: %.2f x madvise, %.2f to %.2f in single rounds (at least %.1f)",
                ratio.median() >= least ? "ok" : "MISS",
                rounds.shape().workload(),
                rounds.threads() == 1 ? "" : " beside another thread",
                ratio.median(),
                ratio.least(),
                ratio.most(),
                least);
    }

    @Override
    protected boolean finish(List<Result> results) {
        claims.forEach(System.out::println);
        return true;
    }
}
