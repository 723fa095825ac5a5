package io.offheap.bench.classic;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.TurnsChild;
import io.offheap.bench.turns.Worker;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The child of `bench classic`.
final class ClassicChild {

    static final String LARSON = "larson";
    static final String MSTRESS = "mstress";
    static final String XMALLOC = "xmalloc";
    static final String RPTEST = "rptest";
    static final String CACHE_SCRATCH = "cachescratch";

    /// All of them, in the order of reports.
    static final List<String> WORKLOADS = List.of(LARSON, MSTRESS, XMALLOC, RPTEST, CACHE_SCRATCH);

    /// The system property that holds the seed.
    static final String SEED = "io.offheap.bench.seed";

    private ClassicChild() {}

    /// @param args as [TurnsChild#run] wants them
    static void main(String[] args) {
        TurnsChild.run(args, ClassicChild::workers);
    }

    static List<? extends Worker> workers(Contestant contestant, Cell cell) {
        return switch (cell.workload()) {
            case LARSON -> larson(contestant, cell.threads());
            case MSTRESS -> mstress(contestant, cell.threads());
            case XMALLOC -> xmalloc(contestant, cell.threads());
            case RPTEST -> rptest(contestant, cell.threads());
            case CACHE_SCRATCH -> cacheScratch(contestant, cell.threads());
            default -> throw new IllegalArgumentException("no workload " + cell.workload());
        };
    }

    private static List<Worker> larson(Contestant contestant, int threads) {
        final Relay relay = new Relay(new Blocks(contestant, LarsonWorker.BLOCKS));
        return each(threads, thread -> new LarsonWorker(new Blocks(contestant, LarsonWorker.BLOCKS), relay, dice(thread)));
    }

    private static List<Worker> rptest(Contestant contestant, int threads) {
        final Relay relay = new Relay(new Blocks(contestant, RptestWorker.BLOCKS));
        return each(threads, thread -> new RptestWorker(new Blocks(contestant, RptestWorker.BLOCKS), relay, dice(thread)));
    }

    private static List<Worker> mstress(Contestant contestant, int threads) {
        final AtomicReferenceArray<Blocks> shared = new AtomicReferenceArray<>(
                Stream.generate(() -> new Blocks(contestant, 1)).limit(MstressWorker.SHARED).toArray(Blocks[]::new));
        return each(threads, thread -> new MstressWorker(contestant, shared, dice(thread)));
    }

    private static List<Worker> xmalloc(Contestant contestant, int threads) {
        final XmallocPipe pipe = new XmallocPipe(contestant, threads);
        return each(threads, thread -> thread % 2 == 0 ? new XmallocAllocator(pipe, dice(thread)) : new XmallocFreer(pipe));
    }

    private static List<Worker> cacheScratch(Contestant contestant, int threads) {
        final Blocks neighbours = new Blocks(contestant, threads);
        for (int thread = 0; thread < threads; thread++) {
            neighbours.allocate(thread, Long.BYTES);
        }
        return each(threads, thread -> new ScratchWorker(neighbours, new Blocks(contestant, 1), thread));
    }

    private static Dice dice(int thread) {
        return new Dice(Long.getLong(SEED, 1), thread);
    }

    private static List<Worker> each(int threads, IntFunction<Worker> worker) {
        return IntStream.range(0, threads).mapToObj(worker).toList();
    }
}
