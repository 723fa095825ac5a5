package io.offheap.bench.turns;

import io.offheap.bench.measure.Gate;

/// What one thread does in a cell.
///
/// ## Concurrency
/// All methods are called on the worker's own thread.
public interface Worker {

    /// Prepares, and checks that the contestant's memory holds what is written to it. Not measured.
    ///
    /// @throws io.offheap.bench.child.WrongBytesException if it does not
    default void begin() {}

    /// Works while the gate is open. Looks at it once for each operation, or for a batch of few: that read also
    /// keeps the JIT from carrying anything from one operation to the next in registers.
    ///
    /// @return how many operations were done; 0 from a worker that only helps another one, whose time does not count
    long work(Gate gate);

    /// {@return what the last [#work] has spent on things that are not measured; it is subtracted}
    default Paused paused() {
        return Paused.NOT;
    }

    /// Checks the contents once more, and frees what is left. Not measured.
    ///
    /// @throws io.offheap.bench.child.WrongBytesException if something is wrong
    default void end() {}

    /// {@return the bytes that are allocated now, as they were asked for}
    default long liveBytes() {
        return 0;
    }
}
