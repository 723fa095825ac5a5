package io.offheap.bench.survive;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.ChildProcess;
import io.offheap.bench.child.Message;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.contestant.SharedBudget;
import io.offheap.bench.limit.LimitExceededException;
import io.offheap.bench.limit.MemoryLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongFunction;

/// One run of one contestant under a limit of its own: starts the children in it, leads them through the phases,
/// and finds out how it ended.
///
/// ```
///   contestant child                 neighbour child
///   -> UP        version              -> READY
///   <- FILL      the next phase       <- GROW    bytes, bytesPerSecond; after the phases
///   -> FILLED                         -> GROWN   and keeps what it got
///   <- FREE      -> FREED
///   <- FINISH    verify what stayed
///   -> FINISHED  times, counters
/// ```
/// That a child was killed for lack of memory is known by two things together: SIGKILL ended it, and the limit
/// counts a kill.
final class SurviveRun {

    /// A small heap of a fixed size with a small young generation, so that the JVM's own share of the limit is
    /// small and about the same for all; direct buffers may take what the limit has, since it is the limit that is
    /// looked at.
    private static final List<String> CONTESTANT_FLAGS = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-Xms64m",
            "-Xmx64m",
            "-Xmn8m",
            "-XX:MaxDirectMemorySize=4g");

    private static final List<String> NEIGHBOUR_FLAGS = List.of(
            "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms8m", "-Xmx8m");

    /// 128 and the number of SIGKILL.
    private static final int KILLED = 137;

    private static final Duration LOOK_EVERY = Duration.ofMillis(5);

    /// A phase takes seconds even on a busy machine.
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Scenario scenario;
    private final Setup setup;
    private final MemoryLimit limit;
    private final List<Ending.Level> levels = new ArrayList<>();

    private SurviveRun(Scenario scenario, Setup setup, MemoryLimit limit) {
        this.scenario = scenario;
        this.setup = setup;
        this.limit = limit;
    }

    /// Runs a scenario from beginning to end. No process and no limit is left, whatever happens.
    ///
    /// @param limits makes the limit
    static Ending run(Scenario scenario, Setup setup, LongFunction<MemoryLimit> limits) throws InterruptedException {
        try (MemoryLimit limit = limits.apply(scenario.limitBytes())) {
            return new SurviveRun(scenario, setup, limit).run();
        }
    }

    private Ending run() throws InterruptedException {
        if (!scenario.hasNeighbour()) {
            return run(Optional.empty());
        }
        try (ChildProcess neighbour = ChildProcess.start(
                "neighbour", limit.launcher(), NeighbourChild.class, NEIGHBOUR_FLAGS, List.of(), Map.of())) {
            limit.add(neighbour.pid());
            return run(Optional.of(neighbour));
        }
    }

    private Ending run(Optional<ChildProcess> neighbour) throws InterruptedException {
        final List<String> flags = new ArrayList<>(CONTESTANT_FLAGS);
        flags.addAll(setup.flags());
        try (ChildProcess contestant = ChildProcess.start(
                setup.name(),
                limit.launcher(),
                SurviveChild.class,
                flags,
                SurviveChild.arguments(setup.name(), budget(neighbour), scenario.phases()),
                setup.environment())) {
            limit.add(contestant.pid());
            return ending(contestant, neighbour);
        }
    }

    /// What is enforced is there to be found; a budget that is only watched must be told.
    private SharedBudget budget(Optional<ChildProcess> neighbour) {
        return limit.isEnforced() || !scenario.isLimited()
                ? SharedBudget.NONE
                : new SharedBudget(scenario.limitBytes(), neighbour.map(ChildProcess::pid).orElse(0L));
    }

    private Ending ending(ChildProcess contestant, Optional<ChildProcess> neighbour) throws InterruptedException {
        try {
            if (neighbour.isPresent()) {
                await(neighbour.get(), "READY");
            }
            await(contestant, "UP");
            phases(contestant);
            if (neighbour.isPresent()) {
                neighbour.get().say(Message.of("GROW")
                        .with("bytes", scenario.neighbourBytes())
                        .with("bytesPerSecond", scenario.neighbourBytes()));
                await(neighbour.get(), "GROWN");
            }
            contestant.say(Message.of("FINISH"));
            final Message finished = await(contestant, "FINISHED");
            final Ending.Times times = new Ending.Times(finished.number("nanos"), finished.number("cpuNanos"));
            return new Ending(
                    Ending.SURVIVED, limit.usage(), levels, Optional.of(times), finished.text("statistics"));
        } catch (LimitExceededException exceeded) {
            return ended(Ending.OOM_KILLED, "ended by the benchmark: " + exceeded.getMessage());
        } catch (ChildFailedException failed) {
            return ended(outcomeOf(failed, contestant, neighbour), failed.getMessage());
        }
    }

    private void phases(ChildProcess contestant) throws InterruptedException {
        for (int phase = 0; phase < scenario.phases().count(); phase++) {
            contestant.say(Message.of("FILL"));
            await(contestant, "FILLED");
            final long full = limit.usage().nowBytes();
            levels.add(new Ending.Level(full, -1));
            contestant.say(Message.of("FREE"));
            await(contestant, "FREED");
            levels.set(phase, new Ending.Level(full, limit.usage().nowBytes()));
        }
    }

    private Ending ended(String outcome, String reason) {
        return new Ending(outcome, limit.usage(), levels, Optional.empty(), reason);
    }

    /// What a child said itself is taken as it is.
    private String outcomeOf(ChildFailedException failed, ChildProcess contestant, Optional<ChildProcess> neighbour)
            throws InterruptedException {
        final boolean killed =
                limit.usage().kills() > 0
                        && (isKilled(contestant) || neighbour.isPresent() && isKilled(neighbour.get()));
        return failed.outcome().equals(ChildFailedException.FAILED) && killed ? Ending.OOM_KILLED : failed.outcome();
    }

    private static boolean isKilled(ChildProcess child) throws InterruptedException {
        return child.exitCode(Duration.ofMillis(100)).equals(OptionalInt.of(KILLED));
    }

    private Message await(ChildProcess child, String word) throws InterruptedException {
        final long start = System.nanoTime();
        Message message = child.poll(word, LOOK_EVERY);
        while (message == null) {
            limit.look();
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw new ChildFailedException(
                        ChildFailedException.FAILED,
                        "no " + word + " within " + PATIENCE.toSeconds() + " s");
            }
            message = child.poll(word, LOOK_EVERY);
        }
        return message;
    }
}
