package io.offheap.bench.demo;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.child.ParentLink;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Counters;
import io.offheap.bench.contestant.SharedBudget;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The contestant child: runs the workload on one contestant, in the steps that its parent asks for.
/// Between steps it waits, and costs no CPU time.
///
/// The JIT is warmed up on an instance of its own, which is emptied and closed before the parent takes the
/// reading that later ones are compared with.
final class EbizzyChild {

    private static final int FAILED = 3;

    private final ParentLink parent = new ParentLink();
    private final String name;
    private final Workload workload;

    private EbizzyChild(String name, Workload workload) {
        this.name = name;
        this.workload = workload;
    }

    /// @param args the contestant's name, then [#arguments]
    static void main(String[] args) {
        final EbizzyChild child = new EbizzyChild(args[0], parse(args));
        try {
            child.run();
        } catch (Throwable thrown) {
            child.parent.say(ChildFailedException.messageFor(thrown));
            Runtime.getRuntime().halt(FAILED);
        }
    }

    /// {@return what the command line of the child needs}
    static List<String> arguments(String name, Workload workload) {
        return List.of(
                name,
                Integer.toString(workload.threads()),
                Integer.toString(workload.chunks()),
                Long.toString(workload.chunkBytes()),
                Boolean.toString(workload.randomSizes()),
                Boolean.toString(workload.stockGenerator()),
                Long.toString(workload.seed()),
                Double.toString(workload.seconds()),
                Long.toString(workload.idleBytes()));
    }

    private static Workload parse(String[] args) {
        return new Workload(
                Integer.parseInt(args[1]),
                Integer.parseInt(args[2]),
                Long.parseLong(args[3]),
                Boolean.parseBoolean(args[4]),
                Boolean.parseBoolean(args[5]),
                Long.parseLong(args[6]),
                Double.parseDouble(args[7]),
                Long.parseLong(args[8]));
    }

    private void run() throws InterruptedException {
        parent.say(Message.of("UP"));
        parent.await();
        warmUp();
        parent.say(Message.of("BASE"));
        final Message start = parent.await();
        final SharedBudget budget = new SharedBudget(start.number("budget"), start.number("other"));
        try (Contestant contestant = Contestants.create(name, budget)) {
            measured(contestant);
        }
    }

    private void warmUp() throws InterruptedException {
        try (Contestant contestant = Contestants.create(name, SharedBudget.NONE)) {
            final Ebizzy ebizzy = new Ebizzy(workload, contestant);
            ebizzy.load();
            ebizzy.slice((long) (workload.warmUpSeconds() * TimeUnit.SECONDS.toNanos(1)));
            ebizzy.unload();
            contestant.purge();
        }
        System.gc();
    }

    private void measured(Contestant contestant) throws InterruptedException {
        final Ebizzy ebizzy = new Ebizzy(workload, contestant);
        ebizzy.load();
        final Counters before = contestant.counters();
        parent.say(Message.of("LOADED"));
        Message order = parent.await();
        while (order.word().equals("SLICE")) {
            parent.say(sliced(ebizzy.slice(order.number("nanos"))));
            order = parent.await();
        }
        final Counters counters = contestant.counters().since(before);
        ebizzy.unload();
        contestant.purge();
        parent.say(Message.of("PURGED").with("purgedBytes", counters.purgedBytes()));
        parent.await();
    }

    private static Message sliced(Throughput.Slice slice) {
        return Message.of("SLICED")
                .with("records", slice.records())
                .with("nanos", slice.nanos())
                .with("cpuNanos", slice.cpuNanos())
                .with("reuses", slice.reuses());
    }
}
