package io.offheap.testkit;

import io.offheap.memory.util.Ticker;
import java.util.concurrent.atomic.AtomicLong;

/// Time by hand. Thread-safe.
public final class FakeTicker implements Ticker {

    private final AtomicLong now;

    /// A clock at 0.
    public FakeTicker() {
        this(0);
    }

    /// @param now nanoseconds; start shortly before `Long.MAX_VALUE` to see whether a class compares
    ///            moments instead of differences
    public FakeTicker(long now) {
        this.now = new AtomicLong(now);
    }

    @Override
    public long nanos() {
        return now.get();
    }

    /// Lets `nanos` nanoseconds pass, 0 or more.
    ///
    /// @return the time afterwards
    public long advance(long nanos) {
        if (nanos < 0) {
            throw new IllegalArgumentException("nanos=" + nanos);
        }
        return now.addAndGet(nanos);
    }
}
