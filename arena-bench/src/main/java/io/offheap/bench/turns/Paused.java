package io.offheap.bench.turns;

/// What a worker has spent on things that are not measured.
///
/// @param nanos elapsed time
/// @param cpuNanos CPU time of the worker's thread
public record Paused(long nanos, long cpuNanos) {

    /// Nothing.
    public static final Paused NOT = new Paused(0, 0);
}
