package io.offheap.bench.turns;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.measure.CpuTime;
import io.offheap.bench.measure.Gate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// The threads of one cell.
///
/// ## Contract
/// The constructor starts them; then [#slice] any number of times, then [#end], which lets the workers end and
/// joins them. What ends a worker early is thrown by the call during which it happens.
///
/// ## Concurrency
/// Called by one thread. Between slices the crew is parked.
final class Crew {

    private final List<Hand> hands = new ArrayList<>();
    private final Gate gate = new Gate();

    Crew(Contestant contestant, List<? extends Worker> workers) throws InterruptedException {
        for (Worker worker : workers) {
            final Hand hand = new Hand(worker);
            hands.add(hand);
            hand.thread = contestant.newThread("crew-" + hands.size(), hand);
            hand.thread.start();
        }
    }

    /// Works for a while.
    ///
    /// @param nanos how long
    Slice slice(long nanos) throws InterruptedException {
        final long cpuBefore = CpuTime.processNanos();
        gate.open();
        gate.awaitEntered(hands.size());
        final long start = System.nanoTime();
        for (long left = nanos; left > 0; left = nanos - (System.nanoTime() - start)) {
            LockSupport.parkNanos(left);
        }
        gate.shut();
        final long cpuNanos = CpuTime.processNanos() - cpuBefore;
        rethrow();
        return new Slice(
                hands.stream().mapToLong(hand -> hand.operations).sum(),
                hands.stream().mapToLong(hand -> hand.nanos).sum(),
                cpuNanos - hands.stream().mapToLong(hand -> hand.pausedCpuNanos).sum());
    }

    /// {@return the bytes allocated by all workers; between slices only}
    long liveBytes() {
        return hands.stream().mapToLong(hand -> hand.worker.liveBytes()).sum();
    }

    /// Ends the workers, and their threads.
    void end() throws InterruptedException {
        gate.end();
        for (Hand hand : hands) {
            hand.thread.join();
        }
        rethrow();
    }

    private void rethrow() {
        for (Hand hand : hands) {
            switch (hand.failure) {
                case null -> {}
                case RuntimeException exception -> throw exception;
                case Error error -> throw error;
                case Throwable other -> throw new IllegalStateException(other);
            }
        }
    }

    /// One thread and its worker. The gate's monitor, and joining, make the fields visible to the caller.
    private final class Hand implements Runnable {
        private final Worker worker;
        private Thread thread;
        private boolean begun;
        private long operations;
        private long nanos;
        private long pausedCpuNanos;
        private Throwable failure;

        Hand(Worker worker) {
            this.worker = worker;
        }

        @Override
        public void run() {
            try {
                while (failure == null && gate.enter()) {
                    turn();
                }
                if (failure == null) {
                    worker.end();
                }
            } catch (Throwable thrown) {
                failure = thrown;
            }
        }

        private void turn() {
            try {
                if (!begun) {
                    begun = true;
                    worker.begin();
                }
                final long start = System.nanoTime();
                operations = worker.work(gate);
                final long elapsed = System.nanoTime() - start;
                final Paused paused = worker.paused();
                nanos = operations == 0 ? 0 : elapsed - paused.nanos();
                pausedCpuNanos = paused.cpuNanos();
            } catch (Throwable thrown) {
                failure = thrown;
            } finally {
                gate.leave();
            }
        }
    }
}
