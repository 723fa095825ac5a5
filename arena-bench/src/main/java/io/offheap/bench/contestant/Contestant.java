package io.offheap.bench.contestant;

/// An allocator that takes part in a benchmark.
///
/// ## Contract
/// Slots may be made on any thread. [#close] comes last, when every slot is empty.
public interface Contestant extends AutoCloseable {

    /// {@return an empty slot for the calling thread}
    BlockSlot newSlot();

    /// Gives back what is held but not in use, where the allocator can be asked for that.
    default void purge() {}

    /// {@return what the allocator counted since it was made}
    default Counters counters() {
        return Counters.NONE;
    }

    @Override
    default void close() {}
}
