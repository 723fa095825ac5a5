package io.offheap.memory.stress;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/// The threads of a stress, platform and virtual ones. The first failure ends the work of all.
final class Crew {

    /// How long the threads may take to end: their steps are short, but the machine may be busy elsewhere.
    private static final long PATIENCE_MILLIS = 240_000;

    private static final int STEPS_BETWEEN_YIELDS = 64;
    private static final int MOST_SPINS = 200;

    private final List<Thread> threads = new ArrayList<>();
    private final List<Count> counts = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile long endNanos;
    private volatile boolean isEnding;

    /// Steps of the threads with one name.
    private record Count(String name, LongAdder steps) {}

    /// Adds threads that do the same. Every other one is a virtual thread, the first is not.
    ///
    /// @param actors makes what one of them does
    void add(String name, int number, IntFunction<Actor> actors) {
        final var steps = new LongAdder();
        counts.add(new Count(name, steps));
        for (int i = 0; i < number; i++) {
            final var actor = actors.apply(i);
            final boolean isVirtual = i % 2 == 1;
            final var builder = isVirtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
            threads.add(builder.name("stress-" + name, i).unstarted(() -> act(actor, steps, isVirtual)));
        }
    }

    /// Lets all work for a time.
    ///
    /// @return how many steps were made, by name
    /// @throws AssertionError what the first that failed has thrown
    String work(long nanos) throws InterruptedException {
        endNanos = System.nanoTime() + nanos;
        threads.forEach(Thread::start);
        for (final var thread : threads) {
            thread.join(nanos / 1_000_000 + PATIENCE_MILLIS);
            if (thread.isAlive()) {
                isEnding = true;
                throw new AssertionError("%s does not end:%n%s".formatted(thread.getName(), stacks()), failure.get());
            }
        }
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        return counts.stream().map(count -> count.name() + " " + count.steps().sum()).collect(Collectors.joining(", "));
    }

    private void act(Actor actor, LongAdder steps, boolean isVirtual) {
        try {
            for (int step = 1; !isEnding && System.nanoTime() - endNanos < 0; step++) {
                actor.step();
                steps.increment();
                if (isVirtual || step % STEPS_BETWEEN_YIELDS == 0) {
                    Thread.yield();                                     // to others of its carrier, of its processor
                }
            }
        } catch (Throwable e) {
            isEnding = true;
            failure.compareAndSet(null, e);
        }
    }

    /// Lets others do something: mostly who runs at the same time, now and then who waits for a processor.
    static void linger(SplittableRandom random) {
        if (random.nextInt(16) == 0) {
            Thread.yield();
        } else {
            for (int i = random.nextInt(MOST_SPINS); i > 0; i--) {
                Thread.onSpinWait();
            }
        }
    }

    private String stacks() {
        final var stacks = new StringBuilder();
        for (final var thread : threads) {
            stacks.append(thread.getName()).append(System.lineSeparator());
            for (final var frame : thread.getStackTrace()) {
                stacks.append("    ").append(frame).append(System.lineSeparator());
            }
        }
        return stacks.toString();
    }
}
