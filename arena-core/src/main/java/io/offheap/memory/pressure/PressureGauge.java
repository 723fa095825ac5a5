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

    private MemoryPressure level = MemoryPressure.NONE;
    private boolean isNearShort;
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
        final var reached = worst(looks.stream().map(look -> look.levelWith(0)));
        final var held = worst(looks.stream().map(look -> look.levelWith(RELEASE_SHARE)));
        if (reached.compareTo(level) > 0) {
            level = reached;
            roseAtNanos = nowNanos;
        } else if (held.compareTo(level) < 0 && nowNanos - roseAtNanos >= HOLD_OFF_NANOS) {
            level = held;
        }
        isNearShort = worst(looks.stream().map(look -> look.levelWith(NEAR_SHARE))) != MemoryPressure.NONE;
        headroomBytes = looks.stream().mapToLong(Look::headroomBytes).min().orElse(Long.MAX_VALUE);
        return level;
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

    /// {@return whether a limit is short or will be with 10 % more of it used}
    public boolean isNearShort() {
        return isNearShort;
    }

    private static MemoryPressure worst(Stream<MemoryPressure> levels) {
        return levels.max(Comparator.naturalOrder()).orElse(MemoryPressure.NONE);
    }
}
