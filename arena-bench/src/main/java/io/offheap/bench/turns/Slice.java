package io.offheap.bench.turns;

import io.offheap.bench.child.Message;

/// What was done in one slice.
///
/// @param operations done by all threads together
/// @param threadNanos elapsed time, added up over the threads that count operations
/// @param cpuNanos CPU time of the process
public record Slice(long operations, long threadNanos, long cpuNanos) {

    /// {@return elapsed nanoseconds of one operation, on the thread that does it}
    public double nanosEach() {
        return (double) threadNanos / operations;
    }

    /// {@return CPU nanoseconds of one operation, of the whole process}
    public double cpuNanosEach() {
        return (double) cpuNanos / operations;
    }

    /// {@return the word to the parent with this slice in it}
    Message message(String word) {
        return Message.of(word)
                .with("operations", operations)
                .with("threadNanos", threadNanos)
                .with("cpuNanos", cpuNanos);
    }

    /// {@return the slice that a message holds}
    public static Slice of(Message message) {
        return new Slice(message.number("operations"), message.number("threadNanos"), message.number("cpuNanos"));
    }
}
