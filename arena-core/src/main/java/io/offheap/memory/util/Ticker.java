package io.offheap.memory.util;

/// A monotonic clock that a test can turn by hand.
@FunctionalInterface
public interface Ticker {

    /// {@return nanoseconds since an arbitrary moment; only differences mean anything}
    long nanos();

    /// The clock of the JVM.
    Ticker SYSTEM = System::nanoTime;
}
