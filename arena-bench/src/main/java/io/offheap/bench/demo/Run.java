package io.offheap.bench.demo;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.ChildProcess;
import io.offheap.bench.child.Message;
import io.offheap.bench.contestant.Counters;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.measure.ResidentMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// One run of one contestant, with or without pressure: starts the children, leads them through their
/// steps, and watches the contestant's memory from outside.
///
/// ```
///   contestant child                        pressure child
///   ----------------                        --------------
///   -> UP        before anything is loaded   -> READY     started, holds nothing
///   <- WARM                                  <- FILL      budget, watched: take memory up to the budget
///   -> BASE      warmed up, nothing held     -> FULL
///   <- START     budget, other pid           <- GO        press, at a bounded share of a core
///   -> LOADED    chunks are there            <- REST      keep what is held, do nothing
///   <- SLICE     nanos                       -> RESTED    ... and GO again
///   -> SLICED    what was done, ... again    <- STOP
///   <- PURGE     free the chunks, give back  -> PRESSED   what it obtained
///   -> PURGED    counters
///   <- EXIT                                  <- EXIT
/// ```
/// Either may say FAILED instead of its next word.
///
/// ## Contract
/// [#start], [#awaitUp], [#warmUp] and [#load] in this order, then [#slice] as often as is wanted, then [#finish];
/// [#close] whatever happens. A child that fails ends the run's children; later steps do nothing then, and the
/// result tells the outcome.
///
/// ## Concurrency
/// One thread. Between two steps the children wait and cost no CPU time.
final class Run implements AutoCloseable {

    private static final Duration SAMPLE_EVERY = Duration.ofMillis(50);

    /// Small heaps of a fixed size, touched at the start, so that what changes in resident memory is the
    /// contestant's; a pile of unreachable direct buffers may not grow without bound.
    private static final List<String> CONTESTANT_FLAGS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xms32m",
            "-Xmx32m",
            "-XX:+AlwaysPreTouch",
            "-XX:MaxDirectMemorySize=128m");

    private static final List<String> PRESSURE_FLAGS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xms8m",
            "-Xmx8m",
            "-XX:+AlwaysPreTouch");

    private final String contestantName;
    private final Setup setup;
    private final Workload workload;
    private final Optional<Budget> budget;

    /// What to close, in the order in which it was opened.
    private final List<Runnable> open = new ArrayList<>();

    private final List<Throughput.Slice> slices = new ArrayList<>();
    private final List<RunResult.Sample> samples = new ArrayList<>();
    private Optional<ChildFailedException> failure = Optional.empty();
    private Optional<PressureRun> pressure = Optional.empty();
    private ChildProcess contestant;
    private ResidentMemory resident;
    private long startBytes;
    private long beforeBytes;
    private double activeMillis;

    /// @param budget what contestant and pressure child share; empty to run without pressure
    Run(Setup setup, Workload workload, Optional<Budget> budget) {
        this.setup = setup;
        this.contestantName = setup.name();
        this.workload = workload;
        this.budget = budget;
    }

    /// {@return the contestant, and whether it is pressed}
    String name() {
        return contestantName + (budget.isPresent() ? " under pressure" : "");
    }

    /// Starts the children; does not wait for them.
    void start() throws InterruptedException {
        attempt(() -> {
            contestant = startChild(
                    contestantName,
                    EbizzyChild.class,
                    flags(),
                    EbizzyChild.arguments(contestantName, workload),
                    setup.environment());
            if (budget.isPresent()) {
                pressure = Optional.of(new PressureRun(startChild(
                        "pressure", PressureChild.class, PRESSURE_FLAGS, List.of(), Holdings.ENVIRONMENT)));
            }
        });
    }

    /// Waits until the children are up.
    void awaitUp() throws InterruptedException {
        attempt(() -> {
            contestant.expect("UP");
            resident = new ResidentMemory(contestant.pid());
            open.add(resident::close);
            startBytes = resident.bytes();
            if (pressure.isPresent()) {
                pressure.get().awaitReady();
            }
        });
    }

    /// Warms the contestant's JIT up.
    void warmUp() throws InterruptedException {
        attempt(() -> {
            contestant.say(Message.of("WARM"));
            contestant.expect("BASE");
        });
    }

    /// Leads the children up to the first slice: sets the budget, loads the chunks, fills the room.
    void load() throws InterruptedException {
        attempt(() -> {
            beforeBytes = resident.bytes();
            if (pressure.isPresent()) {
                pressure.get().share(budget.orElseThrow(), beforeBytes + workload.loadBytes());
            }
            contestant.say(Message.of("START")
                    .with("budget", pressure.map(PressureRun::budgetBytes).orElse(0L))
                    .with("other", pressure.map(PressureRun::pid).orElse(0L)));
            contestant.expect("LOADED");
            if (pressure.isPresent()) {
                pressure.get().fill(contestant.pid());
            }
        });
    }

    /// Measures one slice, with the pressure child at work if there is one.
    void slice(double seconds) throws InterruptedException {
        attempt(() -> {
            pressure.ifPresent(PressureRun::go);
            contestant.say(Message.of("SLICE").with("nanos", (long) (seconds * TimeUnit.SECONDS.toNanos(1))));
            final Message sliced = watchUntilSliced();
            if (pressure.isPresent()) {
                pressure.get().rest();
            }
            slices.add(new Throughput.Slice(
                    sliced.number("records"),
                    sliced.number("nanos"),
                    sliced.number("cpuNanos"),
                    sliced.number("reuses")));
        });
    }

    /// Ends the load, lets the contestant give back, and ends the children.
    RunResult finish() throws InterruptedException {
        final List<RunResult> result = new ArrayList<>();
        attempt(() -> {
            final Optional<RunResult.Pressure> pressed =
                    pressure.isPresent() ? Optional.of(pressure.get().stop()) : Optional.empty();
            contestant.say(Message.of("PURGE"));
            final Message purged = contestant.expect("PURGED");
            final long afterBytes = resident.bytes();
            contestant.say(Message.of("EXIT"));
            result.add(result(
                    counters(purged.number("purgedBytes")),
                    new RunResult.Resident(startBytes, beforeBytes, peakBytes(), afterBytes, List.copyOf(samples)),
                    pressed));
        });
        close();
        return failure.map(this::failed).orElseGet(result::getFirst);
    }

    private List<String> flags() {
        final List<String> flags = new ArrayList<>(CONTESTANT_FLAGS);
        flags.addAll(setup.flags());
        return flags;
    }

    /// Ends the children, in whatever step they are.
    @Override
    public void close() {
        open.reversed().forEach(Runnable::run);
        open.clear();
    }

    /// Takes a step, unless an earlier one failed.
    private void attempt(Step step) throws InterruptedException {
        if (failure.isPresent()) {
            return;
        }
        try {
            step.take();
        } catch (ChildFailedException failed) {
            failure = Optional.of(failed);
            close();
        }
    }

    private ChildProcess startChild(
            String name, Class<?> main, List<String> flags, List<String> arguments, Map<String, String> environment) {
        final ChildProcess child = ChildProcess.start(name, main, flags, arguments, environment);
        open.add(child::close);
        return child;
    }

    private Message watchUntilSliced() throws InterruptedException {
        final long start = System.nanoTime();
        Message sliced = null;
        double millis = 0;
        while (sliced == null) {
            sliced = contestant.poll("SLICED", SAMPLE_EVERY);
            millis = (System.nanoTime() - start) / 1e6;
            samples.add(new RunResult.Sample((long) (activeMillis + millis), resident.bytes()));
        }
        activeMillis += millis;
        return sliced;
    }

    private RunResult result(
            Counters counters, RunResult.Resident seen, Optional<RunResult.Pressure> pressed) {
        return new RunResult(
                contestantName,
                workloadName(),
                RunResult.OK,
                "",
                Optional.of(new Throughput(List.copyOf(slices))),
                counters,
                seen,
                pressed);
    }

    private Counters counters(long purgedBytes) {
        return purgedBytes == Counters.NOT_COUNTED
                ? Counters.NONE
                : new Counters(
                        purgedBytes,
                        slices.stream().mapToLong(Throughput.Slice::reuses).sum());
    }

    private RunResult failed(ChildFailedException failed) {
        return new RunResult(
                contestantName,
                workloadName(),
                failed.outcome(),
                failed.getMessage(),
                Optional.empty(),
                Counters.NONE,
                RunResult.Resident.UNKNOWN,
                Optional.empty());
    }

    private long peakBytes() {
        return samples.stream().mapToLong(RunResult.Sample::bytes).max().orElse(0);
    }

    private String workloadName() {
        return budget.isPresent() ? RunResult.PRESSED : RunResult.CALM;
    }

    @FunctionalInterface
    private interface Step {
        void take() throws InterruptedException;
    }
}
