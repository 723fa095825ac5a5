package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.types.PressureThresholds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Turns what is read of the limits into one level, which rises at once and falls late.
///
/// ```
///            share >= some                 share >= critical
///   NONE --------------------> SOME -------------------------> CRITICAL        at once, also over two steps
///        <--------------------      <-------------------------
///        share < some - 0.03         share < critical - 0.03                   not before HOLD_OFF after the last rise
/// ```
///
/// The worst limit counts: the level is that of the limit whose used share is highest against its own thresholds,
/// the headroom that of the limit with the least. They need not be the same limit. What cannot be read says
/// nothing.
///
/// What the kernel reports of its own accord ([#told]) keeps the level up for a while, whatever the shares are: the
/// limit that is met may be one that cannot be seen from here, such as that of a pod around a container.
///
/// A pure state machine: it reads no clock and no file. Costs nothing worth mentioning.
///
/// ## Concurrency
/// Not thread-safe: belongs to whoever reads the sources.
public final class PressureGauge {

    /// How far a share must be below a threshold before the level falls. Purging gives memory back in steps, and
    /// what was purged may be wanted again at once: without this the level would follow each step.
    static final double RELEASE_SHARE = 0.03;

    /// How near below SOME counts as near. One thread that touches fresh pages fills 10 % of 1 GiB in about 35 ms,
    /// so nearness only makes an early look likely; what must not be late asks before it grows.
    static final double NEAR_SHARE = 0.10;

    /// How long a level stays after it rose. Longer than a purge takes to show in what the kernel counts.
    static final long HOLD_OFF_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /// How long a report counts. Stalls are reported once in a window of 2 s at most, so this bridges two windows.
    static final long TOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(2500);

    private MemoryPressure level = MemoryPressure.NONE;

    /// What was reported, and when; NONE once it no longer counts.
    private MemoryPressure told = MemoryPressure.NONE;
    private long toldAtNanos;

    /// The used part of the way to SOME, of the limit that has gone furthest; and when that was read. Above 1 when short.
    private double fullness;
    private boolean isNearShort;
    private long readAtNanos;
    private double fullnessPerNano;
    private long headroomBytes = Long.MAX_VALUE;

    /// When the level rose last; meaningless at NONE.
    private long roseAtNanos;

    /// One limit as it was read, and when it counts as short.
    ///
    /// @param reading    limit and usage
    /// @param thresholds from which used share on it is short
    public record Look(MemoryReading reading, PressureThresholds thresholds) {

        private MemoryPressure levelWith(double extraShare) {
            return thresholds.levelAt(reading.usedShare() + extraShare);
        }

        private double fullness() {
            return reading.usedShare() / thresholds.someShare();
        }

        private long headroomBytes() {
            return reading.limitBytes() == MemoryReading.UNLIMITED ? Long.MAX_VALUE : reading.headroomBytes();
        }
    }

    /// {@return what a source says now}
    public static List<Look> lookAt(PressureSource source) {
        final var thresholds = source.thresholds();
        final var looks = new ArrayList<Look>();
        for (final var reading : source.readings()) {
            looks.add(new Look(reading, thresholds));
        }
        return looks;
    }

    /// Takes in what was just read, and moves the level.
    ///
    /// @param looks    every limit that could be read
    /// @param nowNanos when; does not go back from call to call
    /// @return the level from now on
    public MemoryPressure update(Collection<Look> looks, long nowNanos) {
        if (nowNanos - toldAtNanos >= TOLD_NANOS) {
            told = MemoryPressure.NONE;
        }
        final var reached = worst(Stream.concat(looks.stream().map(look -> look.levelWith(0)), Stream.of(told)));
        final var held = worst(Stream.concat(looks.stream().map(look -> look.levelWith(RELEASE_SHARE)), Stream.of(told)));
        if (reached.compareTo(level) > 0) {
            level = reached;
            roseAtNanos = nowNanos;
        } else if (held.compareTo(level) < 0 && nowNanos - roseAtNanos >= HOLD_OFF_NANOS) {
            level = held;
        }
        isNearShort = worst(looks.stream().map(look -> look.levelWith(NEAR_SHARE))) != MemoryPressure.NONE;
        noteFullness(looks.stream().mapToDouble(Look::fullness).max().orElse(0), nowNanos);
        headroomBytes = looks.stream().mapToLong(Look::headroomBytes).min().orElse(Long.MAX_VALUE);
        return level;
    }

    private void noteFullness(double now, long nowNanos) {
        fullnessPerNano = nowNanos - readAtNanos > 0 ? (now - fullness) / (nowNanos - readAtNanos) : 0;
        fullness = now;
        readAtNanos = nowNanos;
    }

    /// Takes in what the kernel reported; the next [#update] raises the level to it at least.
    void told(MemoryPressure reported, long nowNanos) {
        if (reported.compareTo(told) >= 0) {
            told = reported;
            toldAtNanos = nowNanos;
        }
    }

    /// {@return how short memory is}
    public MemoryPressure level() {
        return level;
    }

    /// {@return what is left below the tightest limit, in bytes: negative when it is exceeded, `Long.MAX_VALUE` when
    /// nothing is limited or nothing could be read}
    public long headroomBytes() {
        return headroomBytes;
    }

    /// {@return nanoseconds after which the next look should come, at the latest: half of the time that is left until
    /// SOME if usage goes on growing as it did between the last two looks}
    ///
    /// @param least what is answered near a threshold, and above it
    /// @param most  what is answered far from one
    long nextLookNanos(long least, long most) {
        if (isNearShort) {
            return least;
        }
        return fullnessPerNano <= 0 ? most : Math.clamp((long) ((1 - fullness) / fullnessPerNano / 2), least, most);
    }

    /// {@return whether a limit is short or will be with 10 % more of it used}
    boolean isNearShort() {
        return isNearShort;
    }

    private static MemoryPressure worst(Stream<MemoryPressure> levels) {
        return levels.max(Comparator.naturalOrder()).orElse(MemoryPressure.NONE);
    }
}
