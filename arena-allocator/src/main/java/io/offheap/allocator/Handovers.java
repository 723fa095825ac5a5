package io.offheap.allocator;

import java.util.concurrent.atomic.AtomicLong;

/// What threads have taken out, of a table, a queue or what is kept, and have not handed on yet: it counts nowhere else meanwhile.
///
/// Any thread may call any method; none fails.
final class Handovers {

    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();

    /// Notes that the calling thread is about to take out what is to be freed or kept.
    void begin() {
        begun.getAndIncrement();
    }

    /// Notes that it has.
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
