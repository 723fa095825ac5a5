package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Memory that is known to read as zero is not touched to be zeroed again: it is not resident before it is used.
class KnownZeroTest {

    private static final long MIB = 1 << 20;
    private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[(int) MIB]);

    private final OffHeapAllocator allocator = new OffHeapAllocator(
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).hugePages(HugePages.NEVER).pressure().options(),
            Platform.memory(), Ticker.SYSTEM, false);

    private void assertUntouched(long before) {
        final long touched = allocator.stats().residentBytes() - before;
        assertTrue(touched < MIB, () -> touched + " bytes are resident of 64 segments of 1 MiB");
    }

    @Test
    void largeSegmentsOfAConfinedArenaAreNotTouchedBeforeTheirUse() {
        for (int round = 0; round < 2; round++) {
            final long before = allocator.stats().residentBytes();
            try (var arena = allocator.ofConfined()) {
                for (int i = 0; i < 64; i++) {
                    arena.allocate(MIB);
                }
                assertUntouched(before);
                final var used = arena.allocate(MIB).fill((byte) 1);
                assertEquals(1, used.get(ValueLayout.JAVA_BYTE, MIB - 1));
            }
            allocator.purge();
        }
        allocator.close();
    }

    @Test
    void whatWasUsedIsZeroedAgain() {
        for (int round = 0; round < 3; round++) {
            try (var arena = allocator.ofConfined()) {
                final var segment = arena.allocate(MIB);
                assertEquals(-1, segment.mismatch(ZEROS));
                segment.fill((byte) 1);
            }
        }
        allocator.close();
    }
}
