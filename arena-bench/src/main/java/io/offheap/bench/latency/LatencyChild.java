package io.offheap.bench.latency;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.TurnsChild;
import io.offheap.bench.turns.Worker;
import java.util.List;
import java.util.stream.Stream;

/// The child of `bench latency`.
final class LatencyChild {

    /// A block is touched.
    static final String TOUCH = "latency";

    /// A block is filled.
    static final String WRITE = "latency-write";

    /// A hundred blocks are live; the figure is for one of them.
    static final String BATCH = "latency-batch100";

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
            default -> throw new IllegalArgumentException("no workload " + cell.workload());
        };
    }
}
