package io.offheap.bench.child;

import java.io.IOException;

/// A process that ends with this JVM at the latest, whatever moment the JVM is told to end in.
///
/// The JVM knows of it before it is started: once the JVM has begun to end none is started any more, and one that is just being
/// started is waited for and ended.
///
/// ## Concurrency
/// Used by one thread; the JVM's end may come in between.
public final class OwnedProcess implements AutoCloseable {

    private final Thread endWithParent = new Thread(this::endForGood, "end-child");

    /// Guarded by this object's lock, as what follows.
    private Process process;
    private boolean isOver;

    private OwnedProcess() {}

    /// Starts a process.
    ///
    /// @throws IOException           if it cannot be started
    /// @throws IllegalStateException if this JVM is about to end; nothing is started then
    public static OwnedProcess start(ProcessBuilder builder) throws IOException {
        final OwnedProcess owned = new OwnedProcess();
        Runtime.getRuntime().addShutdownHook(owned.endWithParent);
        try {
            owned.startWith(builder);
            return owned;
        } catch (IOException | RuntimeException | Error failed) {
            owned.forget();
            throw failed;
        }
    }

    private synchronized void startWith(ProcessBuilder builder) throws IOException {
        if (isOver) {
            throw new IllegalStateException("this JVM is about to end");
        }
        process = builder.start();
    }

    private synchronized void endForGood() {
        isOver = true;
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /// {@return the process}
    public synchronized Process process() {
        return process;
    }

    /// Ends the process and waits until it is gone.
    @Override
    public void close() {
        final Process started = process();
        try {
            started.destroyForcibly().waitFor();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        forget();
    }

    private void forget() {
        try {
            Runtime.getRuntime().removeShutdownHook(endWithParent);
        } catch (IllegalStateException shuttingDown) {
            // then the hook has run, or will
        }
    }
}
