package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.decay.Decay;
import io.offheap.allocator.shard.Shards;
import io.offheap.memory.pressure.Maintained;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.CoarseTicker;
import java.util.List;

/// What the daemon does for one allocator at each turn: purges as pressure and decay ask, and gives back
/// what unreachable buffers and ended threads left.
///
/// Confined to the daemon's thread.
final class Maintenance implements Maintained {

    /// Under SOME pressure a run goes that nobody has wanted for this part of the decay period.
    private static final int SOME_FRACTION = 10;

    private final AllocatorOptions options;
    private final List<PressureSource> sources;
    private final CoarseTicker ticker;
    private final Shards shards;
    private final Caches caches;
    private final Purger purger;
    private final DirectBuffers directBuffers;
    private final Decay decay;

    Maintenance(AllocatorOptions options, List<PressureSource> sources, CoarseTicker ticker, Shards shards,
            Caches caches, Purger purger, DirectBuffers directBuffers) {
        this.options = options;
        this.sources = sources;
        this.ticker = ticker;
        this.shards = shards;
        this.caches = caches;
        this.purger = purger;
        this.directBuffers = directBuffers;
        this.decay = new Decay(options.decayNanos(), ticker.nanos());
    }

    @Override
    public String name() {
        return options.name();
    }

    @Override
    public List<PressureSource> sources() {
        return sources;
    }

    @Override
    public long maintain(MemoryPressure pressure, long headroomBytes) {
        final long now = ticker.advance();
        directBuffers.reclaim();
        caches.reapDeadThreads();
        switch (pressure) {
            case NONE -> { }
            case SOME -> purger.purgeOlderThan(now - idleUnderPressureNanos());
            case CRITICAL -> purger.purge(Long.MAX_VALUE);
        }
        return decayTo(now);
    }

    /// {@return nanoseconds after which decay wants to look again}
    private long decayTo(long now) {
        final long volatileBytes = volatileBytes();
        final long excess = volatileBytes - decay.allowedBytes(now, volatileBytes);
        if (excess > 0) {
            decay.purgedTo(volatileBytes - purger.purgeWithin(excess));
        }
        return volatileBytes == 0 ? decay.idleNanos() : decay.epochNanos();
    }

    private long idleUnderPressureNanos() {
        final long period = options.decayNanos() < 0 ? AllocatorOptions.DEFAULT_DECAY.toNanos() : options.decayNanos();
        return period / SOME_FRACTION;
    }

    private long volatileBytes() {
        long sum = caches.stats().volatileBytes();
        for (final var shard : shards.all()) {
            sum += shard.extents().stats().volatileBytes();
        }
        return sum;
    }
}
