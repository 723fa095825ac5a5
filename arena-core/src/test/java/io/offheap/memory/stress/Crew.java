package io.offheap.memory.stress;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/// The threads of a stress, platform and virtual ones. The first failure ends the work of all.
final class Crew {

    /// How long the threads may take to end: their steps are short, but the machine may be busy elsewhere.
    private static final long PATIENCE_MILLIS = 60_000;

    private final List<Thread> threads = new ArrayList<>();
    private final List<Count> counts = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile long endNanos;
    private volatile boolean isEnding;

    /// Steps of the threads with one name.
    private record Count(String name, LongAdder steps) {}

    /// Adds threads that do the same.
    ///
    /// @param actors one a thread; every other one is a virtual thread, the first is not
    void add(String name, Actor... actors) {
        final var count = new Count(name, new LongAdder());
        counts.add(count);
        for (int i = 0; i < actors.length; i++) {
            final var actor = actors[i];
            final boolean isVirtual = i % 2 == 1;
            final var builder = isVirtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
            threads.add(builder.name("stress-" + name, i).unstarted(() -> act(actor, count.steps(), isVirtual)));
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

    private void act(Actor actor, LongAdder steps, boolean yields) {
        try {
            while (!isEnding && System.nanoTime() - endNanos < 0) {
                actor.step();
                steps.increment();
                if (yields) {
                    Thread.yield();                                     // the others share its carrier
                }
            }
        } catch (Throwable e) {
            isEnding = true;
            failure.compareAndSet(null, e);
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
