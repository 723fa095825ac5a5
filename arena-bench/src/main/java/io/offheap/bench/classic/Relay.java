package io.offheap.bench.classic;

import java.util.concurrent.atomic.AtomicReference;

/// Where threads exchange blocks: who brings some takes those that were brought before.
///
/// ## Concurrency
/// Any thread, without waiting. What was written before an exchange is seen by the next one to exchange.
final class Relay {

    private final AtomicReference<Blocks> place;

    /// @param first what the first to exchange gets
    Relay(Blocks first) {
        place = new AtomicReference<>(first);
    }

    /// {@return what was brought before}
    Blocks exchange(Blocks brought) {
        return place.getAndSet(brought);
    }

    /// Verifies and frees what is left, once.
    void end() {
        final Blocks last = place.getAndSet(null);
        if (last != null) {
            last.end();
        }
    }
}
