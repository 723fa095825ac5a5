package io.offheap.bench.contestant;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.util.Optional;

/// A limit that is far away until it is reached at the turn of a switch.
///
/// Thread-safe.
final class SwitchedSource implements PressureSource {

    private static final long LIMIT = 1L << 40;

    private volatile boolean isShort;

    /// Says from now on whether memory is as short as can be.
    void set(boolean isNowShort) {
        isShort = isNowShort;
    }

    @Override
    public String name() {
        return "switch";
    }

    @Override
    public Optional<MemoryReading> read() {
        return Optional.of(new MemoryReading(LIMIT, isShort ? LIMIT : 0));
    }

    @Override
    public void close() {
        // holds nothing
    }
}
