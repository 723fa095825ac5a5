package io.offheap.memory.pressure;

import java.io.Serial;

/// The hard limit leaves no room, although everything volatile was purged and caches were flushed; or a request is larger than
/// a limit.
///
/// A class of its own, so that it can be told from an `OutOfMemoryError` of the heap or of the address space: here
/// somebody may be asked to make room, and the allocation tried again.
public final class LimitReachedError extends OutOfMemoryError {
    @Serial
    private static final long serialVersionUID = 1L;

    private final boolean couldFit;
    private final long limit;

    LimitReachedError(long requestedBytes, long committedBytes, long limit) {
        super("%d bytes requested, %d committed, limit %d: nothing is left to purge"
                .formatted(requestedBytes, committedBytes, limit));
        this.couldFit = requestedBytes <= limit;
        this.limit = limit;
    }

    /// {@return the limit that refused, in bytes}
    public long limit() {
        return limit;
    }

    /// {@return whether the request would fit if nothing else were committed}
    public boolean couldFit() {
        return couldFit;
    }
}
