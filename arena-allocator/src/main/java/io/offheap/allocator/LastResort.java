package io.offheap.allocator;

import io.offheap.allocator.event.Events;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.pressure.LimitReachedError;
import io.offheap.memory.types.MemoryPressure;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// What is left to do when the hard limit refuses an allocation, after caches were flushed and everything volatile
/// was purged: the program's listeners are told, and the allocation is tried once more.
///
/// Any thread, with no lock held.
final class LastResort {

    private final Governor governor;
    private final PressureListeners listeners;
    private final Events events;
    private final Supplier<AllocatorStats> stats;
    private final LongAdder hits = new LongAdder();

    /// @param stats what the message of a failure reads
    LastResort(Governor governor, PressureListeners listeners, Events events, Supplier<AllocatorStats> stats) {
        this.governor = governor;
        this.listeners = listeners;
        this.events = events;
        this.stats = stats;
    }

    /// Asks for memory that is about to be resident again.
    ///
    /// @throws OutOfMemoryError if it cannot be had
    void acquire(long bytes) {
        try {
            governor.acquire(bytes);
        } catch (LimitReachedError e) {
            retry(e, bytes, () -> {
                governor.acquire(bytes);
                return bytes;
            });
        }
    }

    /// Tries a refused allocation again, unless nobody was told or it can never fit.
    ///
    /// @param <T>            what is allocated
    /// @param refusal        what the allocation threw
    /// @param requestedBytes what the program wants; a small block rounded up to its size class
    /// @param allocation     throws [LimitReachedError] if it is refused again
    /// @return what the allocation answers
    /// @throws OutOfMemoryError if it is refused again
    <T> T retry(LimitReachedError refusal, long requestedBytes, Supplier<T> allocation) {
        if (!refusal.couldFit()) {
            throw outOfMemory(requestedBytes, refusal.limit());
        }
        hits.increment();
        events.limitHit(requestedBytes, governor.committedBytes(), governor.hardLimit());
        if (listeners.tell(MemoryPressure.CRITICAL, governor.hardLimit() - governor.committedBytes())) {
            try {
                return allocation.get();
            } catch (LimitReachedError _) {
                // what the listeners gave back was not enough
            }
        }
        throw outOfMemory(requestedBytes, refusal.limit());
    }

    /// {@return how often it was needed, not counting what can never fit}
    long hits() {
        return hits.sum();
    }

    private OutOfMemoryError outOfMemory(long requestedBytes, long limit) {
        final var now = stats.get();
        return new OutOfMemoryError("%d bytes requested, %d allocated, %d volatile, %d committed, limit %d".formatted(
                requestedBytes, now.allocatedBytes(), now.volatileBytes(), now.committedBytes(), limit));
    }
}
