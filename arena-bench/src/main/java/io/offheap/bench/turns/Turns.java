package io.offheap.bench.turns;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.ChildProcess;
import io.offheap.bench.child.Message;
import io.offheap.bench.contestant.Setup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Measures contestants in a group of cells, in turns.
///
/// ```
///   child                            parent
///   -> UP      version                <- CELL    workload, threads, size, millis of warm-up
///   -> WARM                           <- SLICE   millis, again and again
///   -> SLICED  operations, times,
///              bytes                  <- END
///   -> ENDED   bytes                  <- CELL or EXIT
/// ```
/// A child may say FAILED instead; its contestant is out for the rest of the group, and the outcomes say why.
///
/// ## Concurrency
/// Called by one thread, which closes it: that ends all children.
public final class Turns implements AutoCloseable {

    private final Timing timing;
    private final List<Seat> seats = new ArrayList<>();

    /// Starts the children.
    ///
    /// @param main the benchmark's child, which calls [TurnsChild#run]
    /// @param flags for every JVM, besides those of the contestant
    public Turns(Class<?> main, List<Setup> contestants, List<String> flags, Timing timing)
            throws InterruptedException {
        this.timing = timing;
        for (Setup setup : contestants) {
            final List<String> all = new ArrayList<>(setup.jvmFlags());
            all.addAll(flags);
            seats.add(new Seat(
                    setup,
                    ChildProcess.start(setup.name(), main, all, List.of(setup.name()), setup.environment())));
        }
        for (Seat seat : seats) {
            seat.awaitUp();
        }
    }

    /// Measures everyone in one cell.
    ///
    /// @param takesPart who is in it
    /// @param after is called after each slice
    public List<Outcome> measure(Cell cell, Predicate<Setup> takesPart, Runnable after) throws InterruptedException {
        final List<Seat> present = seats.stream().filter(seat -> takesPart.test(seat.setup)).toList();
        for (Seat seat : present) {
            seat.begin(cell, timing.warmUpMillis());
        }
        for (int round = 0; round < timing.rounds(); round++) {
            for (int turn = 0; turn < present.size(); turn++) {
                present.get((round + turn) % present.size()).slice(timing.sliceMillis());
                after.run();
            }
        }
        final List<Outcome> outcomes = new ArrayList<>();
        for (Seat seat : present) {
            outcomes.add(seat.end(cell));
        }
        return outcomes;
    }

    @Override
    public void close() {
        seats.forEach(seat -> seat.child.close());
    }

    /// One contestant and its child.
    private static final class Seat {
        private final Setup setup;
        private final ChildProcess child;
        private final List<Slice> slices = new ArrayList<>();
        private final List<Long> grown = new ArrayList<>();
        private String version = "";
        private Optional<Outcome.Memory> memory = Optional.empty();
        private Optional<ChildFailedException> failure = Optional.empty();

        Seat(Setup setup, ChildProcess child) {
            this.setup = setup;
            this.child = child;
        }

        void awaitUp() throws InterruptedException {
            attempt(() -> version = child.expect("UP").text("version"));
        }

        void begin(Cell cell, long warmUpMillis) throws InterruptedException {
            slices.clear();
            grown.clear();
            attempt(() -> {
                child.say(cell.message("CELL").with("millis", warmUpMillis));
                child.expect("WARM");
            });
        }

        void slice(long millis) throws InterruptedException {
            attempt(() -> {
                child.say(Message.of("SLICE").with("millis", millis));
                final Message sliced = child.expect("SLICED");
                slices.add(Slice.of(sliced));
                grown.add(sliced.number("grownBytes"));
            });
        }

        Outcome end(Cell cell) throws InterruptedException {
            attempt(() -> {
                child.say(Message.of("END"));
                final Message ended = child.expect("ENDED");
                memory = Optional.of(new Outcome.Memory(
                        ended.number("grownBytes"), ended.number("liveBytes"), List.copyOf(grown)));
            });
            return new Outcome(
                    setup, cell, version, failure.isEmpty() ? List.copyOf(slices) : List.of(), memory, failure);
        }

        private void attempt(Step step) throws InterruptedException {
            if (failure.isEmpty()) {
                try {
                    step.take();
                } catch (ChildFailedException failed) {
                    failure = Optional.of(failed);
                    memory = Optional.empty();
                    child.close();
                }
            }
        }
    }

    @FunctionalInterface
    private interface Step {
        void take() throws InterruptedException;
    }
}
