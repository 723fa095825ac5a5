package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.types.PressureThresholds;
import java.util.Optional;
import java.util.function.LongSupplier;

/// A limit of our own on committed memory, as the daemon sees it: exact, and read without a system call.
///
/// Immutable; there is nothing to close.
record OwnLimitSource(String name, long limitBytes, PressureThresholds thresholds, LongSupplier committed)
        implements PressureSource {

    /// Exceeding the soft limit is never an emergency: it is a wish.
    private static final PressureThresholds SOFT =
            new PressureThresholds(PressureThresholds.LIMIT.someShare(), Double.POSITIVE_INFINITY);

    static OwnLimitSource soft(long limitBytes, LongSupplier committed) {
        return new OwnLimitSource("soft limit", limitBytes, SOFT, committed);
    }

    static OwnLimitSource hard(long limitBytes, LongSupplier committed) {
        return new OwnLimitSource("hard limit", limitBytes, PressureThresholds.LIMIT, committed);
    }

    @Override
    public Optional<MemoryReading> read() {
        return Optional.of(new MemoryReading(limitBytes, committed.getAsLong()));
    }

    @Override
    public void close() {
        // nothing is open
    }
}
