package io.offheap.bench.crossthread;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.TurnsChild;
import io.offheap.bench.turns.Worker;
import java.util.List;

/// The child of `bench crossthread`.
final class CrossThreadChild {

    /// The one workload.
    static final String WORKLOAD = "crossthread";

    private CrossThreadChild() {}

    /// @param args as [TurnsChild#run] wants them
    static void main(String[] args) {
        TurnsChild.run(args, CrossThreadChild::workers);
    }

    static List<? extends Worker> workers(Contestant contestant, Cell cell) {
        if (!cell.workload().equals(WORKLOAD)) {
            throw new IllegalArgumentException("no workload " + cell.workload());
        }
        final Pipe pipe = new Pipe(contestant);
        return List.of(new Producer(pipe, cell.size()), new Consumer(pipe));
    }
}
