package io.offheap.allocator;

import java.util.concurrent.atomic.AtomicLong;

/// How many bytes may be taken at a time, and how many are.
///
/// Any thread may call any method.
final class Allowance {

    private final long limit;
    private final AtomicLong taken = new AtomicLong();

    /// @param limit bytes
    Allowance(long limit) {
        this.limit = limit;
    }

    /// {@return whether so many bytes could be taken} Nothing has changed otherwise.
    boolean tryTake(long bytes) {
        long now = taken.get();
        while (bytes <= limit - now) {
            if (taken.compareAndSet(now, now + bytes)) {
                return true;
            }
            now = taken.get();
        }
        return false;
    }

    /// Gives back what was taken.
    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    /// {@return bytes that are taken}
    long taken() {
        return taken.get();
    }

    /// {@return bytes that may be taken}
    long limit() {
        return limit;
    }
}
