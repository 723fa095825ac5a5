package io.offheap.memory.pressure;

import io.offheap.memory.os.Platform;

/// What a thread has cost so far, as the kernel counts: exact while it sleeps.
final class ThreadCosts implements AutoCloseable {

    private static final int CPU_NANOS = 0;
    private static final Text.Field SLEEPS = new Text.Field("voluntary_ctxt_switches");

    private final KeptFile schedstat = KeptFile.open(Platform.files(), "/proc/thread-self/schedstat");
    private final KeptFile status = KeptFile.open(Platform.files(), "/proc/thread-self/status");
    private final Text text = new Text();

    private ThreadCosts() {}

    /// {@return those of the calling thread, for any thread to look at}
    static ThreadCosts ofCurrent() {
        return new ThreadCosts();
    }

    /// {@return nanoseconds of processor time}
    long cpuNanos() {
        schedstat.look(text);
        return text.column(CPU_NANOS);
    }

    /// {@return how often it went to sleep of its own accord, which is as often as it was woken}
    long sleeps() {
        status.look(text);
        return text.field(SLEEPS);
    }

    @Override
    public void close() {
        schedstat.close();
        status.close();
    }
}
