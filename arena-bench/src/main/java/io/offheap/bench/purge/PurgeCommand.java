package io.offheap.bench.purge;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.command.BenchmarkCommand;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import io.offheap.memory.os.Platform;
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
        description = "Volatile runs are given back by the allocator, and the same bytes by madvise alone: one large run, "
                + "and 64 scattered ones of 64 KiB.")
public final class PurgeCommand extends BenchmarkCommand {

    /// What is claimed of one large run, and of scattered runs where batches work.
    private static final double OF_RAW = 0.9;
    private static final double OF_SINGLE_CALLS = 1.2;

    /// A round of the scattered runs takes less than a millisecond, and its figures differ more.
    private static final int SCATTERED_FACTOR = 30;
    private static final int SCATTERED_WARM_UP = 200;

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
    protected List<Result> measure(ProgressBar progress) {
        final int count = rounds.orElse(isQuick() ? 5 : 9);
        System.out.println("pages of " + Platform.memory().pageSize()
                + " bytes; huge pages are not measured apart");
        claims.clear();
        progress.show(0, "64 scattered runs");
        final PurgeRounds scattered =
                PurgeRounds.measure(PurgeShape.scattered(), SCATTERED_WARM_UP, count * SCATTERED_FACTOR);
        claims.add(
                Platform.memory().advisesInBatches()
                        ? claim(scattered, OF_SINGLE_CALLS)
                        : "process_madvise does not work here: each run costs a call, and no advantage is claimed");
        progress.show(0.1, "one large run");
        final PurgeRounds whole =
                PurgeRounds.measure(PurgeShape.whole(mebibytes.orElse(isQuick() ? 256L : 1024L) << 20), 1, count);
        claims.add(claim(whole, OF_RAW));
        final List<Result> results = new ArrayList<>(scattered.results());
        results.addAll(whole.results());
        return results;
    }

    private static String claim(PurgeRounds rounds, double least) {
        final Spread ratio = rounds.ratio();
        return String.format(
                Locale.ROOT,
                "%-6s%s: %.2f x madvise, %.2f to %.2f in single rounds (at least %.1f)",
                ratio.median() >= least ? "ok" : "MISS",
                rounds.shape().workload(),
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
