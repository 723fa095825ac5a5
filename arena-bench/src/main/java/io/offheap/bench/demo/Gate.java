package io.offheap.bench.demo;

/// Lets workers work while it is open; while it is shut they are parked and cost no CPU time.
///
/// ## Concurrency
/// One thread opens, shuts and ends. Workers enter, look now and then whether it is still open, and leave.
final class Gate {

    private volatile boolean isOpen;
    private boolean ended;
    private int inside;

    /// {@return whether workers may go on; costs one volatile read}
    boolean isOpen() {
        return isOpen;
    }

    /// Lets the workers in.
    synchronized void open() {
        isOpen = true;
        notifyAll();
    }

    /// Asks the workers to leave, and waits until they have left.
    synchronized void shut() throws InterruptedException {
        isOpen = false;
        while (inside > 0) {
            wait();
        }
    }

    /// Sends the workers home. The gate is shut.
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /// Parks a worker until the gate is open. A worker that entered must leave.
    ///
    /// @return false if the work is over
    synchronized boolean enter() throws InterruptedException {
        while (!isOpen && !ended) {
            wait();
        }
        inside += ended ? 0 : 1;
        return !ended;
    }

    /// What a worker says when it has seen that the gate is shut, or failed.
    synchronized void leave() {
        inside--;
        notifyAll();
    }
}
