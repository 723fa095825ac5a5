package io.offheap.memory.pressure;

/// Who can give memory back at once when the governor finds too little room.
public interface Reclaimer {

    /// Purges volatile memory, oldest first. Called with no lock held.
    ///
    /// @param bytes how much is wanted, positive
    /// @return how much was given back, 0 if nothing was volatile
    long reclaim(long bytes);

    /// Purges as [#reclaim] does, and waits for what other threads are giving back. Called with no lock held, only
    /// before an allocation would fail.
    ///
    /// @param bytes how much is wanted, positive
    /// @return how much was given back by anybody meanwhile, 0 if nothing was volatile or being given back
    long reclaimOrAwait(long bytes);

    /// Makes memory volatile that is kept for speed alone: flushes caches, so that [#reclaim] finds more.
    /// Called with no lock held, only before an allocation would fail.
    void flushCaches();

    /// Hears that growth found too little room below an external limit, before it purges: whoever watches how short
    /// memory is may want to look. Called with no lock held; quick.
    default void shortage() {}

    /// {@return how many of the committed bytes have memory behind them} May cost a system call.
    long residentBytes();
}
