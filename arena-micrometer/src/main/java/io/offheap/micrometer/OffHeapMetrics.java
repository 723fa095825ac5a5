package io.offheap.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.offheap.allocator.AllocatorStats;
import io.offheap.allocator.OffHeapAllocator;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/// Binds an allocator's statistics to a registry: `new OffHeapMetrics(allocator).bindTo(registry)`.
///
/// | meter | tags | what |
/// | --- | --- | --- |
/// | `offheap.memory` | `state`: `allocated`, `cached`, `slack`, `volatile`, `purged`, `retained`, `metadata` | bytes; the states do not overlap |
/// | `offheap.committed`, `offheap.resident` | | bytes that count against the limits; bytes with memory behind them |
/// | `offheap.buffers`, `offheap.buffers.memory` | | direct buffers, and their bytes |
/// | `offheap.purged`, `offheap.reused` | | bytes given back, and bytes used again before they were, since the start |
/// | `offheap.reclaims`, `offheap.limit.hits` | | how often growth had to make room, and how often there was none |
///
/// All have the tag `allocator` with its name. A registry refers to what it shows: an allocator that is closed shows what it
/// held last.
///
/// Thread-safe. The statistics are read at most once in [#FRESH_NANOS], however many meters ask.
public final class OffHeapMetrics implements MeterBinder {

    /// For so long a reading serves all meters, in nanoseconds: those of one scrape.
    private static final long FRESH_NANOS = 500_000_000;

    private final OffHeapAllocator allocator;

    /// Guarded by this object's lock.
    private AllocatorStats latest;
    private long latestNanos;

    /// @param allocator read from now on; closed by the caller
    public OffHeapMetrics(OffHeapAllocator allocator) {
        this.allocator = Objects.requireNonNull(allocator, "allocator");
        this.latest = allocator.stats();
        this.latestNanos = System.nanoTime();
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        final var tags = Tags.of("allocator", latest().name());
        state(registry, tags, "allocated", AllocatorStats::allocatedBytes);
        state(registry, tags, "cached", AllocatorStats::cachedBytes);
        state(registry, tags, "slack", AllocatorStats::slackBytes);
        state(registry, tags, "volatile", AllocatorStats::volatileBytes);
        state(registry, tags, "purged", AllocatorStats::purgedBytes);
        state(registry, tags, "retained", AllocatorStats::retainedBytes);
        state(registry, tags, "metadata", AllocatorStats::metadataBytes);
        gauge(registry, tags, "offheap.committed", "what the limits bound", BaseUnits.BYTES, AllocatorStats::committedBytes);
        gauge(registry, tags, "offheap.resident", "with memory behind it", BaseUnits.BYTES, AllocatorStats::residentBytes);
        gauge(registry, tags, "offheap.buffers", "direct buffers", BaseUnits.BUFFERS, AllocatorStats::directBuffers);
        gauge(registry, tags, "offheap.buffers.memory", "of direct buffers", BaseUnits.BYTES, AllocatorStats::directBufferBytes);
        counter(registry, tags, "offheap.purged", "given back", BaseUnits.BYTES, AllocatorStats::bytesPurged);
        counter(registry, tags, "offheap.reused", "used again before it was purged", BaseUnits.BYTES, AllocatorStats::bytesReused);
        counter(registry, tags, "offheap.reclaims", "growth that had to make room first", null, AllocatorStats::directReclaims);
        counter(registry, tags, "offheap.limit.hits", "allocations refused", null, AllocatorStats::limitHits);
    }

    private void state(MeterRegistry registry, Tags tags, String state, ToLongFunction<AllocatorStats> value) {
        gauge(registry, tags.and("state", state), "offheap.memory", "by state", BaseUnits.BYTES, value);
    }

    private void gauge(MeterRegistry registry, Tags tags, String name, String description, String unit,
                       ToLongFunction<AllocatorStats> value) {
        Gauge.builder(name, this, reading(value)).tags(tags).description(description).baseUnit(unit).register(registry);
    }

    private void counter(MeterRegistry registry, Tags tags, String name, String description, String unit,
                         ToLongFunction<AllocatorStats> value) {
        FunctionCounter.builder(name, this, reading(value)).tags(tags).description(description).baseUnit(unit).register(registry);
    }

    /// {@return what a meter calls} A meter refers to its subject weakly and to its function strongly, so the function has this object:
    /// it lives as long as one of its meters, whichever of them the registry denies.
    private ToDoubleFunction<OffHeapMetrics> reading(ToLongFunction<AllocatorStats> value) {
        return subject -> value.applyAsLong(latest());
    }

    private synchronized AllocatorStats latest() {
        if (System.nanoTime() - latestNanos > FRESH_NANOS) {
            latest = readUnlessClosed();
            latestNanos = System.nanoTime();
        }
        return latest;
    }

    private AllocatorStats readUnlessClosed() {
        try {
            return allocator.stats();
        } catch (IllegalStateException closed) {
            return latest;
        }
    }
}
