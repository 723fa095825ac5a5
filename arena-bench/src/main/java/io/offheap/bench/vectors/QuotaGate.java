package io.offheap.bench.vectors;

/// Refuses allocations after a given number, until it is told to stop.
final class QuotaGate implements Runnable {

    private static final long UNLIMITED = -1;

    private long left = UNLIMITED;

    /// The next `count` allocations succeed, the others fail.
    void failAfter(long count) {
        left = count;
    }

    /// All allocations succeed.
    void off() {
        left = UNLIMITED;
    }

    @Override
    public void run() {
        if (left == UNLIMITED) {
            return;
        }
        if (left == 0) {
            throw new OutOfMemoryError("injected");
        }
        left--;
    }
}
