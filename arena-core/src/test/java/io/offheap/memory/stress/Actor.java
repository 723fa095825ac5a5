package io.offheap.memory.stress;

/// What one thread does again and again while a stress lasts.
@FunctionalInterface
interface Actor {

    /// Does a part of its work: microseconds to some milliseconds.
    ///
    /// @throws Exception which ends the stress
    void step() throws Exception;
}
