package io.offheap.allocator;

import java.util.concurrent.atomic.AtomicLong;

/// What threads have in hand: taken out of a table, a queue or what is kept, and not handed on yet, so that it counts nowhere else meanwhile; or
/// such that a collection could not find it meanwhile.
///
/// Any thread may call any method; none fails.
final class Handovers {

    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();

    /// Notes that the calling thread is about to have something in hand.
    void begin() {
        begun.getAndIncrement();
    }

    /// Notes that it has let go of it.
    void end() {
        ended.getAndIncrement();
    }

    /// {@return how often a thread was about to}
    long begun() {
        return begun.get();
    }

    /// {@return how often it has}
    long ended() {
        return ended.get();
    }
}
