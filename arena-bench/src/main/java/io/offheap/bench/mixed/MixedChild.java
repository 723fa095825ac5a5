package io.offheap.bench.mixed;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.TurnsChild;
import io.offheap.bench.turns.Worker;
import java.util.List;
import java.util.stream.IntStream;

/// The child of `bench mixed`.
final class MixedChild {

    /// 1000 live blocks a thread: everything is in the processor's caches.
    static final String FEW = "mixed";

    /// 200 000 live blocks a thread, about 19 MiB.
    static final String MANY = "mixed-200k";

    /// The live blocks of a thread in [#MANY].
    static final int MANY_SLOTS = 200_000;

    private static final int FEW_SLOTS = 1000;

    private MixedChild() {}

    /// @param args as [TurnsChild#run] wants them
    static void main(String[] args) {
        TurnsChild.run(args, MixedChild::workers);
    }

    static List<? extends Worker> workers(Contestant contestant, Cell cell) {
        return IntStream.range(0, cell.threads())
                .mapToObj(thread -> new MixedWorker(contestant, slots(cell.workload()), thread))
                .toList();
    }

    private static int slots(String workload) {
        return switch (workload) {
            case FEW -> FEW_SLOTS;
            case MANY -> MANY_SLOTS;
            default -> throw new IllegalArgumentException("no workload " + workload);
        };
    }
}
