package io.offheap.bench.turns;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.child.ParentLink;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.SharedBudget;
import io.offheap.bench.measure.ResidentMemory;
import java.util.concurrent.TimeUnit;

/// The child's side of [Turns]: runs the cells it is told of, on one contestant.
public final class TurnsChild {

    private static final int FAILED = 3;

    /// The JIT compiles a loop that is running in another way than one that is entered again; so it is entered again.
    private static final int WARM_UP_SLICES = 5;

    /// Warmed up is who is no longer getting faster: two slices in a row that differ by no more than this.
    private static final double SETTLED = 0.1;

    /// Who is not settled by then never will be, in multiples of the time that is asked for: what is left to the collector
    /// is not.
    private static final int LONGEST_SETTLING = 4;

    /// Who had so little CPU time by then gets no more of it, in multiples of the time that is asked for.
    private static final int LONGEST_WARM_UP = 10;

    /// The share of a slice that is worked before its clock starts: threads wake up, caches fill again, and pages
    /// that were given back while the contestant waited come back.
    private static final int RUN_IN_SHARE = 8;

    private final ParentLink parent = new ParentLink();
    private final String name;
    private final Workload workload;

    private TurnsChild(String name, Workload workload) {
        this.name = name;
        this.workload = workload;
    }

    /// Runs until the parent says EXIT or goes away. For the `main` methods of benchmarks.
    ///
    /// @param args the contestant's name
    /// @param workload makes the workers
    public static void run(String[] args, Workload workload) {
        final TurnsChild child = new TurnsChild(args[0], workload);
        try {
            child.serve();
        } catch (Throwable thrown) {
            child.parent.say(ChildFailedException.messageFor(thrown));
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private void serve() throws InterruptedException {
        try (Contestant contestant = Contestants.create(name, SharedBudget.NONE);
                ResidentMemory resident = new ResidentMemory(ProcessHandle.current().pid())) {
            parent.say(Message.of("UP").with("version", contestant.version()));
            for (Message order = parent.await(); order.word().equals("CELL"); order = parent.await()) {
                cell(contestant, resident, order);
            }
        }
    }

    /// On a busy machine a thread may not get to a processor within a short slice.
    private static Slice measured(Crew crew, long nanos) throws InterruptedException {
        Slice slice = crew.slice(nanos);
        for (long longer = 2 * nanos; slice.operations() == 0; longer *= 2) {
            slice = crew.slice(longer);
        }
        return slice;
    }

    /// On a busy machine the JIT's threads wait for a processor too, so elapsed time alone does not tell.
    private static void warmUp(Crew crew, long nanos) throws InterruptedException {
        final long start = System.nanoTime();
        long cpuNanos = 0;
        double before = Double.POSITIVE_INFINITY;
        boolean settled = false;
        long elapsed = 0;
        while (elapsed < nanos
                || !settled && elapsed < LONGEST_SETTLING * nanos
                || cpuNanos < nanos && elapsed < LONGEST_WARM_UP * nanos) {
            final Slice slice = crew.slice(nanos / WARM_UP_SLICES);
            cpuNanos += slice.cpuNanos();
            settled = Math.abs(slice.cpuNanosEach() - before) <= SETTLED * before;
            before = slice.cpuNanosEach();
            elapsed = System.nanoTime() - start;
        }
    }

    private void cell(Contestant contestant, ResidentMemory resident, Message order) throws InterruptedException {
        final long before = resident.bytes();
        final Crew crew = new Crew(contestant, workload.workers(contestant, Cell.of(order)));
        final long warmUpNanos = TimeUnit.MILLISECONDS.toNanos(order.number("millis"));
        warmUp(crew, warmUpNanos);
        parent.say(Message.of("WARM"));
        Message next = parent.await();
        for (; next.word().equals("SLICE"); next = parent.await()) {
            final long nanos = TimeUnit.MILLISECONDS.toNanos(next.number("millis"));
            crew.slice(nanos / RUN_IN_SHARE);
            parent.say(measured(crew, nanos).message("SLICED").with("grownBytes", resident.bytes() - before));
        }
        final Message ended = Message.of("ENDED")
                .with("grownBytes", resident.bytes() - before)
                .with("liveBytes", crew.liveBytes());
        crew.end();
        parent.say(ended);
    }
}
