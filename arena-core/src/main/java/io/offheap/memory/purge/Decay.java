package io.offheap.memory.purge;

import java.time.Duration;
import java.util.Arrays;

/// How many bytes may still be volatile at a moment, when memory that falls idle is to fade away smoothly.
///
/// Time is cut into [#STEPS] epochs of one decay period. What became volatile in an epoch may stay in full
/// at first, and a share of it less with each epoch, down to nothing after one period; the share follows
/// *smootherstep*, `6x^5 - 15x^4 + 10x^3` (Ken Perlin, Improving Noise, SIGGRAPH 2002), which is flat at both
/// ends: memory that is wanted again soon is hardly touched, and there is no burst at the end. The scheme
/// is jemalloc's (`decay.h`).
///
/// Pure policy: a clock reading and a byte count come in, a byte count goes out. It makes no call and
/// takes no lock. Confined to one thread, the daemon's.
public final class Decay {

    /// Epochs in one period.
    static final int STEPS = 200;

    /// How long unused memory stays where nobody says anything else.
    public static final Duration DEFAULT = Duration.ofSeconds(10);

    /// A longer period cannot be counted in nanoseconds.
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final double[] SHARE = shares();

    private final long periodNanos;
    private final long epochNanos;
    private final long[] backlog = new long[STEPS];     // bytes that became volatile in each epoch, the oldest first
    private long epochStart;
    private long lastVolatile;

    /// @param periodNanos how long unused memory may stay: positive; 0 for not at all, -1 for ever
    /// @param nowNanos    the time now, by a monotonic clock
    public Decay(long periodNanos, long nowNanos) {
        assert periodNanos >= -1 : periodNanos;
        this.periodNanos = periodNanos;
        this.epochNanos = Math.max(1, periodNanos / STEPS);
        this.epochStart = nowNanos;
    }

    /// {@return a decay period in nanoseconds, -1 for never}
    ///
    /// @throws IllegalArgumentException if it is negative and not -1 (of nanoseconds, milliseconds or
    ///                                  seconds), or too long
    public static long periodNanos(Duration period) {
        if (period.equals(Duration.ofNanos(-1)) || period.equals(Duration.ofMillis(-1))
                || period.equals(Duration.ofSeconds(-1))) {
            return -1;
        }
        if (period.isNegative() || period.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "decay=" + period + ": not negative, except for -1 which means never, and at most " + LONGEST);
        }
        return period.toNanos();
    }

    private static double[] shares() {
        final var shares = new double[STEPS];
        for (int step = 0; step < STEPS; step++) {
            final double x = (double) (step + 1) / STEPS;
            shares[step] = x * x * x * (x * (x * 6 - 15) + 10);
        }
        return shares;
    }

    /// {@return nanoseconds between two moments at which the answer changes; `Long.MAX_VALUE` if it never does}
    public long epochNanos() {
        return periodNanos > 0 ? epochNanos : Long.MAX_VALUE;
    }

    /// {@return nanoseconds that may pass before the next look while nothing is volatile: a tenth of the period, so
    /// that what becomes volatile meanwhile stays at most that much longer; `Long.MAX_VALUE` if it may stay for ever}
    public long idleNanos() {
        return periodNanos > 0 ? Math.max(1, periodNanos / 10) : Long.MAX_VALUE;
    }

    /// {@return how many bytes may be volatile now}
    ///
    /// A clock that went backwards, or forward by more than a period, starts a new count: what is volatile
    /// then counts as having become so in this epoch or, after a long jump, as older than the period.
    ///
    /// @param nowNanos      the time now, by the same clock
    /// @param volatileBytes how many are volatile now
    public long allowedBytes(long nowNanos, long volatileBytes) {
        if (periodNanos <= 0) {
            return periodNanos == 0 ? 0 : Long.MAX_VALUE;
        }
        final long passed = nowNanos - epochStart;
        if (passed < 0) {
            epochStart = nowNanos;
        } else if (passed >= epochNanos) {
            advance(passed / epochNanos, volatileBytes);
        }
        double allowed = Math.max(0, volatileBytes - lastVolatile);     // what has come since is of this moment
        for (int epoch = 0; epoch < STEPS; epoch++) {
            allowed += backlog[epoch] * SHARE[epoch];
        }
        return (long) allowed;
    }

    private void advance(long epochs, long volatileBytes) {
        epochStart += epochs * epochNanos;
        if (epochs >= STEPS) {
            Arrays.fill(backlog, 0);
        } else {
            System.arraycopy(backlog, (int) epochs, backlog, 0, STEPS - (int) epochs);
            Arrays.fill(backlog, STEPS - (int) epochs, STEPS, 0);
        }
        backlog[STEPS - 1] = Math.max(0, volatileBytes - lastVolatile);
        lastVolatile = volatileBytes;
    }

    /// Notes how many bytes are volatile after a purge, so that they do not count as new.
    public void purgedTo(long volatileBytes) {
        lastVolatile = Math.min(lastVolatile, volatileBytes);
    }
}
