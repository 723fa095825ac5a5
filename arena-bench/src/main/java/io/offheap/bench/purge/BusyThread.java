package io.offheap.bench.purge;

/// Another thread of this process that runs on a processor until it is closed. Whoever gives memory back must interrupt it to
/// have it forget where the memory was: once for each call.
final class BusyThread implements AutoCloseable {

    private final Thread thread = new Thread(this::run, "busy");
    private volatile boolean isEnding;

    /// Starts it.
    BusyThread() {
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!isEnding) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        isEnding = true;
    }
}
