package io.offheap.allocator;

import java.util.concurrent.atomic.AtomicLong;

/// Counts the arenas and groups of arenas that any thread may close, and keeps the allocator open for them.
///
/// Any thread may call any method.
final class OpenArenas {

    /// Nobody has one open, and nobody can open one until it is known whether the allocator closes.
    private static final long CLOSING = -1;
    private static final long CLOSED = -2;

    private final AtomicLong open = new AtomicLong();

    /// Counts one that is about to be opened.
    ///
    /// @throws IllegalStateException if the allocator is closed
    void opened() {
        long now = open.get();
        while (now < 0 || !open.compareAndSet(now, now + 1)) {
            if (now == CLOSED) {
                throw new IllegalStateException("the allocator is closed");
            }
            Thread.onSpinWait();
            now = open.get();
        }
    }

    /// Counts one that was closed.
    void closed() {
        open.decrementAndGet();
    }

    /// {@return how many are open} If none is, nobody can open one until [#endClose].
    long beginClose() {
        final long now = open.get();
        return now == 0 && !open.compareAndSet(0, CLOSING) ? 1 : Math.max(now, 0);
    }

    /// Ends what [#beginClose] has begun, if it has.
    ///
    /// @param done whether the allocator is closed
    void endClose(boolean done) {
        open.compareAndSet(CLOSING, done ? CLOSED : 0);
    }
}
