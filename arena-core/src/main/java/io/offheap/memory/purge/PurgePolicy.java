package io.offheap.memory.purge;

import io.offheap.memory.types.MemoryPressure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// How much idle memory goes now: from how short memory is, how much is volatile and for how long, and how much was
/// wanted lately, to orders for the purger.
///
/// | level | since | what goes |
/// | --- | --- | --- |
/// | NONE | | what decay says, but active and volatile bytes together stay at the peak of demand within one decay period: what was in use a moment ago is likely to be wanted again, and a fault costs ten times a purge |
/// | SOME | at once | what decay says with half the period, whatever the demand was |
/// | SOME | [#UNITS_AFTER_NANOS] | also runs of whole 2 MiB units that nobody wanted for a tenth of the period |
/// | SOME | [#ALL_AFTER_NANOS] | also all other runs that nobody wanted for a tenth of the period |
/// | CRITICAL | | everything, whole units first |
///
/// A limit that is exceeded although the level is only SOME, as the soft limit can be, has the excess purged at once,
/// the oldest first.
///
/// Pure policy: numbers come in, numbers go out. Stateless.
public final class PurgePolicy {

    /// A huge page. A purge of less than one splits it, costs 20 times as much for each byte, and does not lower what
    /// a control group is charged until all of it is gone (docs/pressure.md); so whole ones go first.
    public static final long UNIT = 2L << 20;

    /// After so long at SOME, the first step was not enough.
    static final long UNITS_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /// After so long at SOME, neither was the second.
    static final long ALL_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

    /// Under pressure a run goes that nobody wanted for this part of the decay period.
    private static final int IDLE_FRACTION = 10;

    /// The most that decay purges in one turn: 65 536 pages of 4 KiB ([Purger] says what one takes), so that neither a processor nor the
    /// memory map's lock is kept for long by work that nobody waits for.
    static final long DECAY_BATCH = 256L << 20;

    /// What is known when it is to be decided.
    ///
    /// @param level              how short memory is
    /// @param levelNanos         for how long it has not been NONE; 0 at NONE
    /// @param headroomBytes      below the tightest limit; negative when it is exceeded, `Long.MAX_VALUE` for no limit
    /// @param periodNanos        the decay period; 0: nothing may stay, -1: everything may
    /// @param volatileBytes      that could be purged
    /// @param allowedBytes       of them may stay, says decay
    /// @param allowedShortBytes  of them may stay, says decay with half the period
    /// @param demandBytes        in use now
    /// @param peakDemandBytes    in use at some moment of the last decay period, at most
    public record Situation(MemoryPressure level, long levelNanos, long headroomBytes, long periodNanos,
            long volatileBytes, long allowedBytes, long allowedShortBytes, long demandBytes, long peakDemandBytes) {}

    /// One step of a purge, oldest runs first.
    ///
    /// @param bytes     how much goes at most, positive; `Long.MAX_VALUE` for all
    /// @param exceeds   whether the last run may exceed that; otherwise it stays
    /// @param idleNanos how long a run was not wanted, at least
    /// @param unitsOnly whether only runs of [#UNIT] and more go
    public record Order(long bytes, boolean exceeds, long idleNanos, boolean unitsOnly) {}

    private PurgePolicy() {}

    /// {@return what goes now, in this order}
    ///
    /// @param idleDefaultNanos what counts as the decay period under pressure where memory may stay for ever
    public static List<Order> decide(Situation now, long idleDefaultNanos) {
        final var orders = new ArrayList<Order>(4);
        switch (now.level) {
            case NONE -> decay(orders, Math.min(excess(now, now.allowedBytes), aboveDemand(now)));
            case SOME -> decideSome(orders, now, idleNanos(now, idleDefaultNanos));
            case CRITICAL -> {
                orders.add(new Order(Long.MAX_VALUE, true, 0, true));
                orders.add(new Order(Long.MAX_VALUE, true, 0, false));
            }
        }
        return orders;
    }

    private static void decideSome(List<Order> orders, Situation now, long idleNanos) {
        if (now.headroomBytes < 0) {
            orders.add(new Order(-now.headroomBytes, true, 0, false));
        }
        if (now.levelNanos >= UNITS_AFTER_NANOS) {
            orders.add(new Order(Long.MAX_VALUE, true, idleNanos, true));
        }
        if (now.levelNanos >= ALL_AFTER_NANOS) {
            orders.add(new Order(Long.MAX_VALUE, true, idleNanos, false));
        }
        decay(orders, excess(now, now.allowedShortBytes));
    }

    private static void decay(List<Order> orders, long bytes) {
        if (bytes > 0) {
            orders.add(new Order(Math.min(bytes, DECAY_BATCH), false, 0, false));
        }
    }

    private static long excess(Situation now, long allowedBytes) {
        return now.volatileBytes - allowedBytes;
    }

    /// {@return volatile bytes that demand like that of the last period would not take}
    private static long aboveDemand(Situation now) {
        return now.periodNanos == 0
                ? now.volatileBytes
                : now.volatileBytes - Math.max(0, now.peakDemandBytes - now.demandBytes);
    }

    private static long idleNanos(Situation now, long idleDefaultNanos) {
        return (now.periodNanos < 0 ? idleDefaultNanos : now.periodNanos) / IDLE_FRACTION;
    }
}
