package io.offheap.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.offheap.allocator.OffHeapAllocator;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OffHeapMetricsTest {

    private static Map<String, Double> memory(MeterRegistry registry) {
        final var states = new TreeMap<String, Double>();
        for (final var gauge : registry.find("offheap.memory").tag("allocator", "metered").gauges()) {
            states.put(gauge.getId().getTag("state"), gauge.value());
        }
        return states;
    }

    @Test
    void metersShowTheStatisticsOfTheirAllocator() {
        try (var allocator = OffHeapAllocator.builder().name("metered").managementBeans(false).pressure().build()) {
            final var block = allocator.allocate(1 << 20, 1);
            final var buffer = allocator.allocateDirect(5000);
            allocator.free(allocator.allocate(2 << 20, 1));
            final long purged = allocator.purge();
            final var stats = allocator.stats();

            final var registry = new SimpleMeterRegistry();
            new OffHeapMetrics(allocator).bindTo(registry);
            assertEquals(Map.of("allocated", (double) stats.allocatedBytes(), "cached", (double) stats.cachedBytes(),
                    "slack", (double) stats.slackBytes(), "volatile", (double) stats.volatileBytes(),
                    "purged", (double) stats.purgedBytes(), "retained", (double) stats.retainedBytes(),
                    "metadata", (double) stats.metadataBytes()), memory(registry));
            assertTrue(stats.allocatedBytes() >= block.byteSize() && purged > 0, stats::page);
            assertEquals(stats.committedBytes(), registry.get("offheap.committed").gauge().value());
            assertEquals(stats.residentBytes(), registry.get("offheap.resident").gauge().value());
            assertEquals(1, registry.get("offheap.buffers").gauge().value());
            assertEquals(buffer.capacity(), registry.get("offheap.buffers.memory").gauge().value());
            assertEquals(purged, registry.get("offheap.purged").functionCounter().count());
            assertEquals(0, registry.get("offheap.limit.hits").functionCounter().count());
        }
    }

    @Test
    void metersOfAClosedAllocatorShowWhatItHeldLast() {
        final var registry = new SimpleMeterRegistry();
        try (var allocator = OffHeapAllocator.builder().name("metered").managementBeans(false).pressure().build()) {
            allocator.allocate(1 << 20, 1);
            new OffHeapMetrics(allocator).bindTo(registry);
        }
        assertTrue(memory(registry).get("allocated") >= 1 << 20, () -> memory(registry).toString());
    }

    /// In a frame of its own, so that nothing of it is held afterwards.
    private static WeakReference<OffHeapMetrics> bound(OffHeapAllocator allocator, MeterRegistry registry) {
        final var metrics = new OffHeapMetrics(allocator);
        metrics.bindTo(registry);
        return new WeakReference<>(metrics);
    }

    @Test
    void countersLiveInARegistryThatDeniesGauges() {
        try (var allocator = OffHeapAllocator.builder().name("metered").managementBeans(false).pressure().build()) {
            final var registry = new SimpleMeterRegistry();
            registry.config().meterFilter(MeterFilter.deny(id -> id.getType() == Meter.Type.GAUGE));
            final var metrics = bound(allocator, registry);
            assertEquals(0, registry.find("offheap.committed").gauges().size());
            System.gc();
            assertNotNull(metrics.get(), "collected although a counter asks it");
            assertEquals(0, registry.get("offheap.limit.hits").functionCounter().count());
        }
    }
}
