package io.offheap.allocator;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// Counts the arenas and groups of arenas that any thread may close, and keeps the allocator open for them.
///
/// Any thread may call any method.
final class OpenArenas {

    /// Nobody has one open, and nobody can open one until it is known whether the allocator closes.
    private static final long CLOSING = -1;
    private static final long CLOSED = -2;

    private final AtomicLong open = new AtomicLong();

    /// Opens one, which will tell of its end by [#closed].
    ///
    /// @throws IllegalStateException if the allocator is closed
    <T> T open(Supplier<T> opening) {
        count();
        boolean done = false;
        try {
            final var opened = opening.get();
            done = true;
            return opened;
        } finally {
            if (!done) {
                closed();
            }
        }
    }

    private void count() {
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
