package io.offheap.bench.turns;

import io.offheap.bench.contestant.Contestant;
import java.util.List;

/// Makes the workers of a cell.
@FunctionalInterface
public interface Workload {

    /// {@return the workers, one for each thread}
    ///
    /// @throws IllegalArgumentException if there is no workload of the cell's name
    List<? extends Worker> workers(Contestant contestant, Cell cell);
}
