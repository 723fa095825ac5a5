package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.PressureSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A client that keeps what it was told, and does what a test wants.
final class FakeClient implements Maintained {
    static final long NEVER = Long.MAX_VALUE;

    /// Before a test says that something does not happen: a machine may stop a process for seconds.
    static final long PATIENCE_SECONDS = 30;

    private final String name;
    private final List<PressureSource> sources;
    private final BlockingQueue<MemoryPressure> calls = new LinkedBlockingQueue<>();
    volatile long answerNanos = NEVER;
    volatile Runnable work = () -> { };
    volatile long headroomBytes;
    volatile Thread thread;
    volatile int count;

    FakeClient(String name, PressureSource... sources) {
        this.name = name;
        this.sources = List.of(sources);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<PressureSource> sources() {
        return sources;
    }

    @Override
    public long maintain(MemoryPressure pressure, long headroom) {
        thread = Thread.currentThread();
        headroomBytes = headroom;
        count = count + 1;                                              // one thread at a time, says the contract
        calls.add(pressure);
        work.run();
        return answerNanos;
    }

    /// Waits for the next call.
    MemoryPressure next() throws InterruptedException {
        final var pressure = calls.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (pressure == null) {
            throw new AssertionError("%s was not called for %d s".formatted(name, PATIENCE_SECONDS));
        }
        return pressure;
    }

    void forgetCalls() {
        calls.clear();
    }
}
