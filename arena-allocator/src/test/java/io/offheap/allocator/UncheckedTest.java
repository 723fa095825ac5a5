package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// With [Checks#OFF] blocks are the same, and what the page map alone tells is refused all the same.
class UncheckedTest {

    private static final int STEPS = 100_000;
    private static final int MOST_LIVE = 300;
    private static final long SEED = 0x0ff;

    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().checks(Checks.OFF).decay(Duration.ofNanos(-1)).pressure().build();

    @AfterEach
    void everythingIsInOrder() {
        allocator.checkInvariants();
        allocator.close();
    }

    @Test
    void freedBlockIsTheNextOfItsSize() {
        for (final long size : new long[] {1, 16, 64, 1000, 14_336, 14_337, 65_536, 65_537, 1 << 20}) {
            final long address = allocator.allocateAddress(size);
            allocator.freeAddress(address);
            assertEquals(address, allocator.allocateAddress(size), "size " + size);
            allocator.free(allocator.segmentOf(address).asSlice(0, size));
            final MemorySegment segment = allocator.allocateUninitialized(size, 8);
            assertEquals(address, segment.address(), "size " + size);
            allocator.free(segment);
        }
        assertEquals(0, allocator.stats().allocatedBytes());
    }

    @Test
    void blocksKeepWhatIsWrittenToThem() {
        final var random = new SplittableRandom(SEED);
        final Map<Long, Long> sizes = new HashMap<>();
        long live = 0;
        for (int step = 0; step < STEPS; step++) {
            if (sizes.size() < MOST_LIVE && random.nextBoolean()) {
                final long size = random.nextInt(50) == 0 ? random.nextLong(8, 200_000) : random.nextLong(8, 2000);
                final long address = random.nextBoolean()
                        ? allocator.allocateAddress(size) : allocator.allocate(size, 1).address();
                RawMemory.putLong(address, address ^ size);
                assertEquals(null, sizes.put(address, size), "seed " + SEED);
                live++;
            } else if (!sizes.isEmpty()) {
                final var entry = sizes.entrySet().iterator().next();
                final long address = entry.getKey();
                assertEquals(address ^ entry.getValue(), RawMemory.getLong(address), "seed " + SEED + ", step " + step);
                sizes.remove(address);
                allocator.freeAddress(address);
            }
        }
        assertTrue(live > STEPS / 3, live + " blocks");
        sizes.keySet().forEach(allocator::freeAddress);
        assertEquals(0, allocator.stats().allocatedBytes());
    }

    @Test
    void addressesThatNoSlotCanHaveAreRefused() {
        final long large = allocator.allocateAddress(1 << 20);
        final var before = allocator.stats();
        final long fresh = large + (1L << 30);          // of the region, never used
        for (final long address : new long[] {0, 16, -1, Long.MIN_VALUE, Long.MAX_VALUE, large + 16, large + 8192, fresh}) {
            assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(address), Long.toHexString(address));
        }
        assertEquals(before, allocator.stats());
        allocator.freeAddress(large);
        assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(large));
    }
}
