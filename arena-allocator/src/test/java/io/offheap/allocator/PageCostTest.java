package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/// What pages are taken to cost.
class PageCostTest {

    private static final long PAGE = 4096;

    private final PageCost cost = new PageCost(PAGE);

    private void note(int times, long nanos) {
        for (int i = 0; i < times; i++) {
            cost.note(nanos);
        }
    }

    @Test
    void isTheMeanOfWhatWasMeasured() {
        note(200, 16_000);
        assertEquals(1_000_000 * PAGE / 16_000, cost.bytesIn(1_000_000), PAGE / 2.0);
        note(200, 250);
        assertEquals(1_000_000 * PAGE / 250.0, cost.bytesIn(1_000_000), 1_000_000 * PAGE / 2500.0);
    }

    @Test
    void lostProcessorCountsForNoMoreThanASlowPage() {
        note(200, 1_000);
        note(1, 1_000_000_000);
        assertTrue(cost.bytesIn(1_000_000) > 1_000_000 * PAGE / 10_000);
    }

    @Test
    void neverFallsToNothing() {
        note(1_000, 0);
        assertTrue(cost.bytesIn(1) > 0 && cost.bytesIn(1) <= PAGE);
    }

    @Test
    void ofBlocksThatNeedNoZeroingFewAreTouched() {
        try (var arena = Arena.ofConfined()) {
            final long size = 64 << 10;
            final var block = arena.allocate(size);
            final int fewer = (int) ((2 << 20) / size) - 1;
            final long before = cost.bytesIn(1_000_000);
            for (int i = 0; i < fewer; i++) {
                cost.touchSome(block.address(), size);
            }
            assertEquals(before, cost.bytesIn(1_000_000));
            cost.touchSome(block.address(), size);
            assertNotEquals(before, cost.bytesIn(1_000_000));
        }
    }

    @Test
    void touchLeavesTheBlockZero() {
        try (var arena = Arena.ofConfined()) {
            final var block = arena.allocate(PAGE);
            cost.touch(block.address());
            assertEquals(0, block.get(ValueLayout.JAVA_LONG, 0));
        }
    }
}
