package io.offheap.testkit;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.ArrayList;
import java.util.List;

/// Lets pieces of code meet, again and again, each in a thread of its own.
public final class Race implements AutoCloseable {

    private static final long TIMEOUT_SECONDS = 60;

    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        final var thread = new Thread(task, "race");
        thread.setDaemon(true);
        return thread;
    });

    /// No threads yet.
    public Race() {}

    /// Something that runs in one thread of a race.
    @FunctionalInterface
    public interface Leg {
        /// Runs.
        ///
        /// @throws Exception which ends the race
        void run() throws Exception;
    }

    /// Starts all legs at the same moment and waits until all have ended.
    ///
    /// @throws AssertionError with what a leg has thrown
    public void run(Leg... legs) {
        final var start = new CyclicBarrier(legs.length);
        final List<Future<?>> running = new ArrayList<>();
        for (final var leg : legs) {
            running.add(threads.submit(() -> {
                start.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
                leg.run();
                return null;
            }));
        }
        try {
            for (final var one : running) {
                one.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /// Ends the threads.
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
