package io.offheap.bench.measure;

/// Lets workers work while it is open; while it is shut they are parked and cost no CPU time.
///
/// ## Concurrency
/// One thread opens, shuts and ends. Workers enter, look now and then whether it is still open, and leave.
public final class Gate {

    private volatile boolean isOpen;
    private boolean ended;
    private int inside;
    private int entered;    // since the gate was opened

    /// {@return whether workers may go on; costs one volatile read}
    public boolean isOpen() {
        return isOpen;
    }

    /// Lets the workers in.
    public synchronized void open() {
        isOpen = true;
        entered = 0;
        notifyAll();
    }

    /// Waits until so many workers have come in since the gate was opened.
    public synchronized void awaitEntered(int workers) throws InterruptedException {
        while (entered < workers) {
            wait();
        }
    }

    /// Asks the workers to leave, and waits until they have left.
    public synchronized void shut() throws InterruptedException {
        isOpen = false;
        while (inside > 0) {
            wait();
        }
    }

    /// Ends the workers. The gate is shut.
    public synchronized void end() {
        ended = true;
        notifyAll();
    }

    /// Parks a worker until the gate is open. A worker that entered must leave.
    ///
    /// @return false if the work is over
    public synchronized boolean enter() throws InterruptedException {
        while (!isOpen && !ended) {
            wait();
        }
        if (ended) {
            return false;
        }
        inside++;
        entered++;
        notifyAll();
        return true;
    }

    /// What a worker says when it has seen that the gate is shut, or failed.
    public synchronized void leave() {
        inside--;
        notifyAll();
    }
}
