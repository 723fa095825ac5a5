package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.util.Optional;

/// Says what it is told: for tests, and for programs that know their limits from elsewhere.
///
/// ## Concurrency
/// Thread-safe.
public final class ManualSource implements PressureSource {

    private final String name;
    private volatile boolean closed;

    /// What was told last; null before.
    private volatile MemoryReading reading;

    /// @param name what this is, for messages
    public ManualSource(String name) {
        this.name = name;
    }

    /// Replaces what is said.
    ///
    /// @throws IllegalArgumentException if the limit is not positive or the usage is negative
    public void set(long limitBytes, long usageBytes) {
        reading = new MemoryReading(limitBytes, usageBytes);
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
