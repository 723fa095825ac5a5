package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.util.Optional;

/// Says what a test says, and counts how often it was asked.
class CountedSource implements PressureSource {

    MemoryReading reading;
    int reads;

    CountedSource(long limit, long usage) {
        reading = new MemoryReading(limit, usage);
    }

    @Override
    public String name() {
        return "test";
    }

    @Override
    public Optional<MemoryReading> read() {
        reads++;
        return Optional.ofNullable(reading);
    }

    @Override
    public void close() {
        reading = null;
    }
}
