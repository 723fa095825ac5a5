package io.offheap.bench.survive;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.CpuTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// The workers of all threads, each on a thread of its own from beginning to end; all take a step together.
///
/// ## Concurrency
/// Called by one thread.
final class PhaseCrew implements AutoCloseable {

    private final List<PhaseWorker> workers = new ArrayList<>();
    private final List<ExecutorService> threads = new ArrayList<>();
    private long nanos;
    private long cpuNanos;

    PhaseCrew(Phases phases, Contestant contestant) {
        for (int thread = 0; thread < phases.threads(); thread++) {
            final String name = "survive-" + thread;
            workers.add(new PhaseWorker(phases, contestant, thread));
            threads.add(Executors.newSingleThreadExecutor(work -> contestant.newThread(name, work)));
        }
    }

    /// Lets every worker take a step, and waits for all.
    ///
    /// @throws RuntimeException what ended the step of a worker, and errors too
    void all(Consumer<PhaseWorker> step) throws InterruptedException {
        final long start = System.nanoTime();
        final long startCpu = CpuTime.processNanos();
        final List<Future<?>> steps = new ArrayList<>();
        for (int thread = 0; thread < workers.size(); thread++) {
            final PhaseWorker worker = workers.get(thread);
            steps.add(threads.get(thread).submit(() -> step.accept(worker)));
        }
        for (Future<?> taken : steps) {
            await(taken);
        }
        nanos += System.nanoTime() - start;
        cpuNanos += CpuTime.processNanos() - startCpu;
    }

    /// {@return how long all steps took}
    long nanos() {
        return nanos;
    }

    /// {@return the CPU time of the process in all steps}
    long cpuNanos() {
        return cpuNanos;
    }

    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdownNow);
    }

    private static void await(Future<?> taken) throws InterruptedException {
        try {
            taken.get();
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case RuntimeException exception -> throw exception;
                case Error error -> throw error;
                case Throwable other -> throw new IllegalStateException(other);
            }
        }
    }
}
