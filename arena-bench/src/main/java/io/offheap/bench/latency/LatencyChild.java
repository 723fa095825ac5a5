package io.offheap.bench.latency;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.TurnsChild;
import io.offheap.bench.turns.Worker;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The child of `bench latency`.
final class LatencyChild {

    /// A block is touched.
    static final String TOUCH = "latency";

    /// A block is filled.
    static final String WRITE = "latency-write";

    /// A hundred blocks are live; the figure is for one of them.
    static final String BATCH = "latency-batch100";

    /// Zeroed blocks of memory that was purged: nothing is stored in them.
    static final String ZERO = "latency-zero";

    /// The same, the first byte is stored.
    static final String ZERO_TOUCH = "latency-zero-touch";

    /// The same, every byte is stored.
    static final String ZERO_WRITE = "latency-zero-write";

    private static final long ZERO_WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private LatencyChild() {}

    /// @param args as [TurnsChild#run] wants them
    static void main(String[] args) {
        TurnsChild.run(args, LatencyChild::workers);
    }

    static List<? extends Worker> workers(Contestant contestant, Cell cell) {
        return Stream.generate(() -> worker(contestant, cell)).limit(cell.threads()).toList();
    }

    private static Worker worker(Contestant contestant, Cell cell) {
        return switch (cell.workload()) {
            case TOUCH -> new TouchWorker(contestant, cell.size());
            case WRITE -> new WriteWorker(contestant, cell.size());
            case BATCH -> new BatchWorker(contestant, cell.size());
            case ZERO -> zero(contestant, cell, KnownZeroWorker.Use.NONE);
            case ZERO_TOUCH -> zero(contestant, cell, KnownZeroWorker.Use.FIRST);
            case ZERO_WRITE -> zero(contestant, cell, KnownZeroWorker.Use.ALL);
            default -> throw new IllegalArgumentException("no workload " + cell.workload());
        };
    }

    private static Worker zero(Contestant contestant, Cell cell, KnownZeroWorker.Use use) {
        return new KnownZeroWorker(contestant, cell.size(), use, ZERO_WARM_UP_NANOS);
    }
}
