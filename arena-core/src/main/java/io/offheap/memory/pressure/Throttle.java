package io.offheap.memory.pressure;

import java.util.concurrent.TimeUnit;

/// How often events may cause turns of the daemon: a few at once, and a low rate in the long run.
///
/// A bucket of [#BURST] tokens: every turn takes one, a turn that an event asks for needs one. One comes back every
/// period. So a lone event is answered at once, and a kernel that reports reclaim hundreds of times a second wakes
/// the daemon a few times. Kept as one moment, at which the bucket will be full again (the *generic cell rate
/// algorithm* of ITU-T I.371).
///
/// Pure but for that moment. Confined to the daemon's thread.
final class Throttle {

    /// Turns in a row that events may ask for.
    static final int BURST = 4;

    /// The period while nothing is short: events cause at most 4 turns a second.
    static final long QUIET_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /// The period while memory is short.
    static final long SHORT_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private long periodNanos = QUIET_PERIOD_NANOS;
    private long fullAtNanos;

    /// @param nowNanos the time
    Throttle(long nowNanos) {
        fullAtNanos = nowNanos;
    }

    /// Notes a turn, whatever it was for.
    ///
    /// @param isShort whether memory is short since this turn
    void took(long nowNanos, boolean isShort) {
        final double missing = Math.clamp((double) (fullAtNanos - nowNanos) / periodNanos, 0, BURST - 1);
        periodNanos = isShort ? SHORT_PERIOD_NANOS : QUIET_PERIOD_NANOS;
        fullAtNanos = nowNanos + (long) ((missing + 1) * periodNanos);
    }

    /// {@return nanoseconds until an event may ask for a turn, 0 for now}
    long delayNanos(long nowNanos) {
        return Math.max(0, fullAtNanos - nowNanos - (BURST - 1) * periodNanos);
    }
}
