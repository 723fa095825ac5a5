package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.event.Events;
import io.offheap.allocator.event.Events.Cause;
import io.offheap.allocator.shard.Shards;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.pressure.Maintained;
import io.offheap.memory.purge.PurgeSchedule;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.CoarseTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// What the daemon does for one allocator at each turn: gives back what unreachable buffers and ended threads left,
/// purges as [io.offheap.memory.purge.PurgePolicy] says, and then tells the program's listeners what the level is.
///
/// Confined to the daemon's thread.
final class Maintenance implements Maintained {

    /// How often caches that nobody owns are flushed and listeners are told again, while that is called for.
    private static final long REPEAT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// Idle caches are looked for so often, and demand ages so fast.
    private static final long TRIM_NANOS = Duration.ofSeconds(1).toNanos();

    private final AllocatorOptions options;
    private final List<PressureSource> sources;
    private final CoarseTicker ticker;
    private final Shards shards;
    private final Caches caches;
    private final Purger purger;
    private final Governor governor;
    private final CollectedMemory collected;
    private final PressureListeners listeners;
    private final Events events;
    private final PurgeSchedule schedule;

    private MemoryPressure level = MemoryPressure.NONE;

    /// When the level changed last, or what is done repeatedly at a level was done again.
    private long repeatedAt;

    /// How often spare blocks are given back that nobody has wanted.
    private final long sparesNanos;

    private long lastTrim;
    private long lastSparesTrim;

    Maintenance(AllocatorOptions options, List<PressureSource> sources, CoarseTicker ticker, Shards shards,
            Caches caches, Purger purger, Governor governor, CollectedMemory collected,
            PressureListeners listeners, Events events) {
        this.options = options;
        this.sources = new ArrayList<>(sources);
        this.sources.addAll(governor.ownLimits());
        this.ticker = ticker;
        this.shards = shards;
        this.caches = caches;
        this.purger = purger;
        this.governor = governor;
        this.collected = collected;
        this.listeners = listeners;
        this.events = events;
        this.sparesNanos = sparesNanos(options.decayNanos());
        this.lastTrim = ticker.nanos();
        this.lastSparesTrim = lastTrim;
        this.schedule = new PurgeSchedule(
                options.decayNanos(), AllocatorOptions.DEFAULT_DECAY.toNanos(), ticker.nanos());
    }

    /// {@return nanoseconds between two looks for spare blocks that nobody has wanted} Half of decay, at most that of the default one: a spare
    /// block that is not wanted waits for one interval to two, so for as long as freed memory stays resident. Who takes it until then
    /// needs nothing but its address; who comes later has a slab built again.
    static long sparesNanos(long decayNanos) {
        final long most = AllocatorOptions.DEFAULT_DECAY.toNanos() / 2;
        return decayNanos < 0 ? most : Math.clamp(decayNanos / 2, TRIM_NANOS, most);
    }

    @Override
    public String name() {
        return options.name();
    }

    @Override
    public List<PressureSource> sources() {
        return sources;
    }

    /// A turn that the end of the allocator overtakes finds its caches closed: that is no mistake to report.
    @Override
    public long maintain(MemoryPressure pressure, long headroomBytes) {
        try {
            return takeTurn(pressure, headroomBytes);
        } catch (IllegalStateException e) {
            if (caches.isClosed()) {
                return Long.MAX_VALUE;
            }
            throw e;
        }
    }

    private long takeTurn(MemoryPressure pressure, long headroomBytes) {
        final long now = ticker.advance();
        final boolean isNew = pressure != level;
        final boolean isRepeated = isNew || pressure != MemoryPressure.NONE && now - repeatedAt >= REPEAT_NANOS;
        if (isNew) {
            events.pressureChanged(level, pressure, headroomBytes);
        }
        level = pressure;
        if (isRepeated) {
            repeatedAt = now;
        }
        collected.maintain();
        trimCaches(now, isRepeated);
        try {
            final long before = volatileBytes();
            final long next = purge(headroomBytes, before, now);
            return level == MemoryPressure.CRITICAL && collected.relieve(before, now)
                    ? purge(headroomBytes, volatileBytes(), now) : next;
        } finally {
            if (isNew || isRepeated && pressure == MemoryPressure.CRITICAL) {
                listeners.tell(pressure, headroomBytes);
            }
        }
    }

    /// What a thread has not touched between two of these looks is not at its hand any more. Without decay only pressure
    /// empties caches.
    private void trimCaches(long now, boolean isRepeated) {
        caches.reapDeadThreads();
        if (isRepeated && level != MemoryPressure.NONE) {
            collected.reclaim();
        }
        if (isRepeated && level == MemoryPressure.CRITICAL) {
            caches.flushAll();
        }
        if (now - lastSparesTrim >= sparesNanos) {
            lastSparesTrim = now;
            collected.trim();
        }
        if (now - lastTrim >= TRIM_NANOS) {
            lastTrim = now;
            shards.ageDemand();
            if (options.decayNanos() >= 0 || level != MemoryPressure.NONE) {
                caches.trim();
            }
        }
    }

    /// {@return nanoseconds after which decay wants to look again}
    ///
    /// @param before bytes that are volatile
    private long purge(long headroomBytes, long before, long now) {
        final long used = Math.max(0, governor.committedBytes() - before);
        final var cause = level == MemoryPressure.NONE ? Cause.DECAY : Cause.PRESSURE;
        OsException refusal = null;
        for (final var order : schedule.orders(level, headroomBytes, before, used, now)) {
            try {
                final var begun = events.purging();
                events.purged(begun, cause, purger.purge(order, now));
            } catch (OsException e) {
                refusal = e;                                            // the next order may be for other runs
            }
        }
        final long next = schedule.purgedTo(volatileBytes());
        if (refusal != null) {
            throw refusal;
        }
        return next;
    }

    private long volatileBytes() {
        long sum = caches.stats().volatileBytes();
        for (final var shard : shards.all()) {
            for (final var runs : shard.extents()) {
                sum += runs.stats().volatileBytes();
            }
        }
        return sum;
    }
}
