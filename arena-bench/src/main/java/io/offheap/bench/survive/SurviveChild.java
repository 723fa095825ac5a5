package io.offheap.bench.survive;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.child.ParentLink;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Counters;
import io.offheap.bench.contestant.SharedBudget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The contestant child: takes the steps that its parent asks for, FILL and FREE for each phase, then FINISH. After each it
/// asks the allocator how much of its memory is resident, where that is to be known.
final class SurviveChild {

    private static final int FAILED = 3;
    private static final int PHASES_AT = 3;
    private static final double MEBIBYTE = 1 << 20;

    private SurviveChild() {}

    /// @param args as [#arguments] writes them
    static void main(String[] args) {
        final ParentLink parent = new ParentLink();
        try {
            run(parent, Arrays.asList(args));
        } catch (Throwable thrown) {
            parent.say(ChildFailedException.messageFor(thrown));
            Runtime.getRuntime().halt(FAILED);
        }
    }

    /// {@return what the command line of the child needs}
    ///
    /// @param budget what the contestant is told of; none where a control group is there to be found
    static List<String> arguments(String contestant, SharedBudget budget, Phases phases) {
        final List<String> all = new ArrayList<>(
                List.of(contestant, Long.toString(budget.bytes()), Long.toString(budget.otherPid())));
        all.addAll(phases.arguments());
        return all;
    }

    private static void run(ParentLink parent, List<String> args) throws InterruptedException {
        final SharedBudget budget = new SharedBudget(Long.parseLong(args.get(1)), Long.parseLong(args.get(2)));
        final Phases phases = Phases.parse(args.subList(PHASES_AT, args.size()));
        try (Contestant contestant = Contestants.create(args.getFirst(), budget);
                PhaseCrew crew = new PhaseCrew(phases, contestant)) {
            parent.say(Message.of("UP").with("version", contestant.version()));
            Message order = parent.await();
            long ownPeakBytes = 0;
            for (; !order.word().equals("FINISH"); order = parent.await()) {
                switch (order.word()) {
                    case "FILL" -> {
                        crew.all(PhaseWorker::fill);
                        ownPeakBytes = Math.max(ownPeakBytes, contestant.residentBytes().orElse(0));
                        parent.say(Message.of("FILLED"));
                    }
                    case "FREE" -> {
                        crew.all(PhaseWorker::free);
                        ownPeakBytes = Math.max(ownPeakBytes, contestant.residentBytes().orElse(0));
                        parent.say(Message.of("FREED"));
                    }
                    default -> throw new IllegalArgumentException(order.line());
                }
            }
            crew.all(PhaseWorker::finish);
            parent.say(finished(contestant, crew, ownPeakBytes));
            parent.await();
        }
    }

    private static Message finished(Contestant contestant, PhaseCrew crew, long ownPeakBytes) {
        final Counters counters = contestant.counters();
        return Message.of("FINISHED")
                .with("nanos", crew.nanos())
                .with("cpuNanos", crew.cpuNanos())
                .with("purgedBytes", counters.purgedBytes())
                .with("statistics", statistics(contestant, ownPeakBytes));
    }

    private static String statistics(Contestant contestant, long ownPeakBytes) {
        return ownPeakBytes == 0
                ? contestant.statistics()
                : String.format(
                        Locale.ROOT,
                        "%s; %.1f MiB of its own resident at most when a phase was full or freed",
                        contestant.statistics(),
                        ownPeakBytes / MEBIBYTE);
    }
}
