package io.offheap.bench.demo;

/// How much memory contestant and pressure child may have resident together.
///
/// @param fixedBytes the budget, or [#DERIVED] to derive it from what the processes need
record Budget(long fixedBytes) {

    /// Derive the budget.
    static final long DERIVED = 0;

    /// What the pressure child finds free when the contestant holds what the workload needs, and no more.
    static final long ROOM_BYTES = 96 << 20;

    /// {@return the budget in bytes}
    ///
    /// @param neededBytes what both processes have resident before the load, and the load
    long bytes(long neededBytes) {
        return fixedBytes == DERIVED ? neededBytes + ROOM_BYTES : fixedBytes;
    }
}
