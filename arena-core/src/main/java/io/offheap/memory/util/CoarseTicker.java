package io.offheap.memory.util;

/// A clock that is cheap to read because it stands still between two calls of [#advance].
///
/// A reader pays one load. The daemon advances it at every turn and slow paths do in passing, so it is
/// late by at most one period of the daemon. Good for ages, not for measuring.
///
/// May be read and advanced from any thread; it never goes backwards for a reader that sees its own advances.
public final class CoarseTicker implements Ticker {

    private final Ticker exact;
    private volatile long now;

    /// @param exact the clock that is looked at when this one is advanced
    public CoarseTicker(Ticker exact) {
        this.exact = exact;
        this.now = exact.nanos();
    }

    /// {@return the time of the last advance, in nanoseconds}
    @Override
    public long nanos() {
        return now;
    }

    /// {@return the time now, in nanoseconds, which [#nanos] answers until the next advance}
    public long advance() {
        return now = exact.nanos();
    }
}
