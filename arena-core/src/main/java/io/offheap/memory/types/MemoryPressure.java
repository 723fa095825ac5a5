package io.offheap.memory.types;

/// How short memory is, from the point of view of one process. The order is the order of shortage.
public enum MemoryPressure {
    /// There is room: only decay gives memory back.
    NONE,
    /// Memory is getting short: idle memory should be given back, oldest first.
    SOME,
    /// The next growth may fail or kill the process: everything volatile is purged.
    CRITICAL
}
