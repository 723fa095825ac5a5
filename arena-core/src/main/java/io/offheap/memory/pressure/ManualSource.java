package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// Says what it is told: for tests, and for programs that know their limits from elsewhere.
///
/// ## Concurrency
/// Thread-safe.
public final class ManualSource implements PressureSource {

    private final String name;
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /// What was told last; null before.
    private volatile MemoryReading reading;

    /// @param name what this is, for messages
    public ManualSource(String name) {
        this.name = name;
    }

    /// Replaces what is said. The daemon looks soon, at once if there were not many changes shortly before.
    ///
    /// @throws IllegalArgumentException if the limit is not positive or the usage is negative
    public void set(long limitBytes, long usageBytes) {
        reading = new MemoryReading(limitBytes, usageBytes);
        watchers.forEach(Runnable::run);
    }

    /// Has somebody called after each change, on the thread that makes it.
    void watch(Runnable watcher) {
        watchers.add(watcher);
    }

    /// Ends what [#watch] began.
    void unwatch(Runnable watcher) {
        watchers.remove(watcher);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<MemoryReading> read() {
        return closed ? Optional.empty() : Optional.ofNullable(reading);
    }

    @Override
    public void close() {
        closed = true;
    }
}
