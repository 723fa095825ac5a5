package io.offheap.bench.contestant;

import java.util.OptionalLong;

/// An allocator that takes part in a benchmark.
///
/// ## Contract
/// Slots, tables and pairs may be made on any thread. [#close] comes last, when everything is freed.
public interface Contestant extends AutoCloseable {

    /// {@return an empty slot for the calling thread}
    BlockSlot newSlot();

    /// {@return an empty table for so many blocks}
    BlockTable newTable(int blocks);

    /// {@return a pair for the calling thread}
    Pair newPair();

    /// {@return a thread of the kind on which this allocator is fastest, not started}
    default Thread newThread(String name, Runnable work) {
        final Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    /// {@return whether blocks keep what is written to them until they are freed; only what is no allocator says no, and
    /// then contents are not verified}
    default boolean keepsContents() {
        return true;
    }

    /// {@return the version of the implementation, as far as it tells}
    default String version() {
        return "Java " + Runtime.version();
    }

    /// Gives back what is held but not in use, where the allocator can be asked for that.
    default void purge() {}

    /// {@return what the allocator counted since it was made}
    default Counters counters() {
        return Counters.NONE;
    }

    /// Tells the allocator that memory is as short as can be, or no longer, where it was made to be told
    /// ([Setup#switched]).
    ///
    /// @return whether it was told
    default boolean press(boolean isShort) {
        return false;
    }

    /// {@return bytes of the allocator's memory that are resident now, empty where it does not tell}
    default OptionalLong residentBytes() {
        return OptionalLong.empty();
    }

    /// {@return what the allocator says about itself in one line, empty where it says nothing}
    default String statistics() {
        return "";
    }

    @Override
    default void close() {}
}
