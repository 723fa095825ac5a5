package io.offheap.bench.latency;

import io.offheap.bench.ProgressBar;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.jmh.JmhTwin;
import io.offheap.bench.result.Reach;
import io.offheap.bench.result.Result;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.Outcome;
import io.offheap.bench.turns.Timing;
import io.offheap.bench.turns.TurnsCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./arena bench latency`.
@Command(
        name = "latency",
        sortOptions = false,
        description = "One block allocated, touched or written, and freed; a hundred live ones; "
                + "and zeroed ones of memory that was purged.")
public final class LatencyCommand extends TurnsCommand {

    private static final List<Long> SIZES =
            List.of(16L, 64L, 256L, 1L << 10, 4L << 10, 16L << 10, 64L << 10, 1L << 20, 16L << 20);

    private static final List<Long> QUICK_SIZES = List.of(64L, 4L << 10, 64L << 10, 1L << 20);
    private static final List<Long> QUICK_BATCHES = List.of(64L, 64L << 10);
    private static final long QUICK_WRITE = 4 << 10;

    /// With more threads, since what threads contend for does not depend on the size beyond these.
    private static final List<Long> SIZES_FOR_THREADS = List.of(64L, 1L << 10, 16L << 10, 1L << 20);

    /// Smaller blocks are slots of slabs, and nobody remembers of a slot that it is zero.
    private static final List<Long> ZERO_SIZES = List.of(64L << 10, 1L << 20);

    private static final List<Long> QUICK_ZERO_SIZES = List.of(1L << 20);

    private static final List<String> ZERO_WORKLOADS =
            List.of(LatencyChild.ZERO, LatencyChild.ZERO_TOUCH, LatencyChild.ZERO_WRITE);

    private static final List<String> QUICK_ZERO_WORKLOADS = ZERO_WORKLOADS.subList(0, 2);

    /// Who hands out zeroed blocks that can be freed at once.
    private static final List<String> ZEROING = List.of(
            Contestants.OFFHEAP_CONFINED,
            Contestants.OFFHEAP_DIRECT_FREE,
            Contestants.JDK_CONFINED,
            Contestants.JDK_DIRECT_CLEANER);

    private static final long LARGEST_BATCH = 1 << 20;
    private static final long LARGEST_FOR_EIGHT = 4 << 10;
    private static final long LEAST_SIZE = 8;
    private static final long LARGEST_SIZE = 1 << 30;

    @Option(
            names = "--sizes",
            paramLabel = "BYTES",
            split = ",",
            description = "Only blocks of these sizes, for every number of threads.")
    private List<Long> sizes = List.of();

    @Option(
            names = "--with-jmh",
            description = "Also let JMH measure the pair, one thread, and fail if the two are more than 15 %% apart.")
    private boolean withJmh;

    /// For picocli.
    public LatencyCommand() {}

    @Override
    protected void checkOptions() {
        for (long size : sizes) {
            if (size < LEAST_SIZE || size > LARGEST_SIZE) {
                throw usage("--sizes must be " + LEAST_SIZE + " to " + LARGEST_SIZE + " bytes, not " + size);
            }
        }
        super.checkOptions();
    }

    @Override
    protected Class<?> child() {
        return LatencyChild.class;
    }

    @Override
    protected List<List<Cell>> groups() {
        return chosenSizes().stream().map(this::cells).toList();
    }

    private List<Long> chosenSizes() {
        return sizes.isEmpty() ? isQuick() ? QUICK_SIZES : SIZES : sizes;
    }

    private List<Cell> cells(long size) {
        final List<Cell> cells = new ArrayList<>();
        cells.add(new Cell(LatencyChild.TOUCH, 1, size));
        if (has(size, SIZES, List.of(QUICK_WRITE))) {
            cells.add(new Cell(LatencyChild.WRITE, 1, size));
        }
        if (size <= LARGEST_BATCH && has(size, SIZES, QUICK_BATCHES)) {
            cells.add(new Cell(LatencyChild.BATCH, 1, size));
        }
        if ((isQuick() ? QUICK_ZERO_SIZES : ZERO_SIZES).contains(size)
                && contestants().stream().anyMatch(LatencyCommand::isZeroing)) {
            (isQuick() ? QUICK_ZERO_WORKLOADS : ZERO_WORKLOADS).forEach(workload -> cells.add(new Cell(workload, 1, size)));
        }
        if (has(size, SIZES_FOR_THREADS, QUICK_SIZES.subList(0, 1))) {
            cells.add(new Cell(LatencyChild.TOUCH, 2, size));
            if (size <= LARGEST_FOR_EIGHT) {
                cells.add(new Cell(LatencyChild.TOUCH, 8, size));
            }
        }
        return cells;
    }

    private static boolean isZeroing(Setup setup) {
        return ZEROING.contains(setup.name());
    }

    @Override
    protected Predicate<Setup> takesPart(Cell cell) {
        return ZERO_WORKLOADS.contains(cell.workload()) ? LatencyCommand::isZeroing : super.takesPart(cell);
    }

    private boolean has(long size, List<Long> usually, List<Long> quickly) {
        return !sizes.isEmpty() || (isQuick() ? quickly : usually).contains(size);
    }

    @Override
    protected List<Result> measure(ProgressBar progress) throws InterruptedException, IOException {
        final List<Result> results = new ArrayList<>(super.measure(progress));
        if (withJmh) {
            for (Setup setup : contestants().stream().filter(JmhTwin::canRun).toList()) {
                for (long size : chosenSizes()) {
                    progress.show(1, "JMH: " + setup.name() + ", " + size + " bytes");
                    results.addAll(JmhTwin.run(setup, size));
                    keep(results);
                }
            }
        }
        return results;
    }

    @Override
    protected boolean finish(List<Result> results) {
        final Agreement agreement = new Agreement(results);
        if (withJmh) {
            System.out.println(agreement.text());
        }
        return agreement.holds();
    }

    @Override
    protected Timing usualTiming() {
        return isQuick() ? new Timing(3, 150, 25) : new Timing(9, 500, 100);
    }

    @Override
    protected Reach reach() {
        return new LatencyReach();
    }

    @Override
    protected List<Result> results(List<Outcome> outcomes) {
        final List<Result> results = new ArrayList<>();
        outcomes.forEach(outcome -> results.add(outcome.time()));
        outcomes.forEach(outcome -> results.add(outcome.cpu()));
        outcomes.forEach(outcome -> {
            outcome.peak(Outcome.WITH_HEAP).ifPresent(results::add);
            if (outcome.cell().workload().equals(LatencyChild.BATCH)) {
                results.addAll(outcome.overTime(timing().sliceMillis()));
            }
        });
        return results;
    }
}
