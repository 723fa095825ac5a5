package io.offheap.memory.purge;

import io.offheap.memory.purge.PurgePolicy.Order;
import io.offheap.memory.purge.PurgePolicy.Situation;
import io.offheap.memory.types.MemoryPressure;
import java.util.List;

/// What one client of the daemon remembers between two turns, so that [PurgePolicy] can decide: for how long memory has
/// been short, what decay still allows, what was in demand lately.
///
/// Confined to the daemon's thread.
public final class PurgeSchedule {

    /// Decay is looked at so many times a period, while there is something to decay.
    private static final int LOOKS_A_PERIOD = 50;

    private final long decayNanos;
    private final long idlePeriodNanos;
    private final Decay decay;
    private final Decay decayWhenShort;
    private final PeakDemand demand;

    /// When the level was NONE last.
    private long unpressedAt;

    /// @param decayNanos   how long unused memory may stay while nothing is short: positive; 0 for not at all, -1 for ever
    /// @param defaultNanos what counts as that period under pressure where there is none, positive
    /// @param nowNanos     the time now, by a monotonic clock
    public PurgeSchedule(long decayNanos, long defaultNanos, long nowNanos) {
        this.decayNanos = decayNanos;
        this.idlePeriodNanos = decayNanos > 0 ? decayNanos : defaultNanos;
        this.decay = new Decay(decayNanos, nowNanos);
        this.decayWhenShort = new Decay(decayNanos > 1 ? decayNanos / 2 : decayNanos, nowNanos);
        this.demand = new PeakDemand(idlePeriodNanos, nowNanos);
        this.unpressedAt = nowNanos;
    }

    /// {@return what goes at this turn, in this order}
    ///
    /// @param level         how short memory is
    /// @param headroomBytes below the tightest limit
    /// @param idleBytes     that decay may take
    /// @param usedBytes     in use besides
    public List<Order> orders(MemoryPressure level, long headroomBytes, long idleBytes, long usedBytes, long nowNanos) {
        if (level == MemoryPressure.NONE) {
            unpressedAt = nowNanos;
        }
        return PurgePolicy.decide(new Situation(level, nowNanos - unpressedAt, headroomBytes, decayNanos, idleBytes,
                decay.allowedBytes(nowNanos, idleBytes), decayWhenShort.allowedBytes(nowNanos, idleBytes),
                usedBytes, demand.peak(usedBytes, nowNanos)), idlePeriodNanos);
    }

    /// Notes what is left after the turn's purges.
    ///
    /// @param idleBytes that decay may take
    /// @return nanoseconds after which decay wants to look again
    public long purgedTo(long idleBytes) {
        decay.purgedTo(idleBytes);
        decayWhenShort.purgedTo(idleBytes);
        return idleBytes == 0 ? decay.idleNanos() : Math.max(decay.epochNanos(), decayNanos / LOOKS_A_PERIOD);
    }
}
