package io.offheap.memory.purge;

import java.util.Arrays;

/// The most that was in use at any look within the last period: a window that slides in steps.
///
/// It sees what is in use when it is told, which is at the daemon's turns: a peak between two turns that never shows
/// at one is missed.
///
/// Pure but for its window. Confined to one thread.
public final class PeakDemand {

    /// A peak is remembered for one period and at most a step longer.
    private static final int STEPS = 16;

    private final long stepNanos;
    private final long[] peaks = new long[STEPS + 1];
    private long stepStart;
    private int current;

    /// @param periodNanos how long a peak counts, positive
    /// @param nowNanos    the time now, by a monotonic clock
    public PeakDemand(long periodNanos, long nowNanos) {
        assert periodNanos > 0 : periodNanos;
        this.stepNanos = Math.max(1, periodNanos / STEPS);
        this.stepStart = nowNanos;
    }

    /// Takes in what is in use now.
    ///
    /// @return the peak of the last period, at least `bytes`
    public long peak(long bytes, long nowNanos) {
        final long steps = Math.max(0, (nowNanos - stepStart) / stepNanos);
        for (long i = 0; i < Math.min(steps, peaks.length); i++) {
            current = (current + 1) % peaks.length;
            peaks[current] = 0;
        }
        stepStart += steps * stepNanos;
        peaks[current] = Math.max(peaks[current], bytes);
        return Arrays.stream(peaks).max().orElse(bytes);
    }
}
