package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.offheap.memory.MemoryDomain;
import io.offheap.memory.pressure.ManualSource;
import io.offheap.memory.types.Contents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// An allocator and address spaces in one process give way together.
@Timeout(60)
class SharedPressureTest {

    private static final long MIB = 1L << 20;

    @Test
    void oneDaemonPurgesAllocatorsAndAddressSpaces() {
        final var limit = new ManualSource("limit");
        limit.set(1024 * MIB, 0);
        try (var allocator = OffHeapAllocator.builder().pressure(limit).build();
                var domain = MemoryDomain.builder().pressure(limit).build()) {
            allocator.freeAddress(allocator.allocateAddress(4 * MIB));
            final var space = domain.newSpace();
            space.map(0, MIB);
            space.putLong(0, 42);
            space.markVolatile(0, MIB);
            limit.set(1024 * MIB, 1000 * MIB);
            while (allocator.stats().volatileBytes() > 0 || domain.stats().purgedBytes() == 0) {
                Thread.yield();                                         // the test's timeout ends it
            }
            assertEquals(Contents.PURGED, space.unmarkVolatile(0, MIB));
            assertEquals(0, space.getLong(0));
        }
    }
}
