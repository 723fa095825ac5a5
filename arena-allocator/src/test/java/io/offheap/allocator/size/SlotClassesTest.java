package io.offheap.allocator.size;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.offheap.memory.os.Platform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotClassesTest {

    @ParameterizedTest
    @ValueSource(longs = {4096, 16384, 65536})
    void everySizeHasTheSmallestClassThatHoldsIt(long pageSize) {
        final var classes = new SlotClasses(pageSize);
        assertEquals(16 * pageSize, classes.largest());
        for (int size = 1; size <= classes.largest(); size++) {
            final int index = classes.indexOf(size);
            final int bytes = classes.sizeOf(index);
            if (size > bytes || index > 0 && size <= classes.sizeOf(index - 1)) {
                fail(size + " in class " + index + " of " + bytes);
            }
        }
        assertEquals(classes.count() - 1, classes.indexOf(classes.largest()));
    }

    @Test
    void nativeIndexIsThatOfTheClassesForPagesOfTheMachine() {
        final var classes = new SlotClasses(Platform.memory().pageSize());
        assertTrue(classes.areNative());
        assertFalse(new SlotClasses(2 * Platform.memory().pageSize()).areNative());
        for (int size = 1; size <= classes.largest(); size++) {
            assertTrue(SlotClasses.hasNativeIndex(size), "size " + size);
            assertEquals(classes.indexOf(size), SlotClasses.nativeIndexOf(size));
        }
        for (final long none : new long[] {0, -1, Long.MIN_VALUE, classes.largest() + 1L, 1L << 32, Long.MAX_VALUE}) {
            assertFalse(SlotClasses.hasNativeIndex(none), "size " + none);
        }
    }

    @Test
    void smallClassesAreThoseOfTheGrid() {
        final var classes = new SlotClasses(4096);
        for (int size = 1; size <= SizeClasses.LARGEST_SMALL; size++) {
            assertEquals(SizeClasses.indexOf(size), classes.indexOf(size));
        }
        for (int index = 0; index < SizeClasses.COUNT; index++) {
            assertEquals(SizeClasses.sizeOf(index), classes.sizeOf(index));
            assertTrue(!SlotClasses.isRun(index), "class " + index);
        }
    }

    /// Waste is the unused part of a block; the worst of each range of sizes.
    @ParameterizedTest
    @ValueSource(longs = {4096, 16384, 65536})
    void wasteIsBoundedForEverySize(long pageSize) {
        final var classes = new SlotClasses(pageSize);
        double worst = 0;
        for (int size = 1; size <= classes.largest(); size++) {
            final int index = classes.indexOf(size);
            final int waste = classes.sizeOf(index) - size;
            if (SlotClasses.isRun(index) ? waste >= pageSize : waste > 15 && 5 * waste >= classes.sizeOf(index)) {
                fail(waste + " bytes wasted by " + size);
            }
            if (size > 64 && size <= SizeClasses.LARGEST_SMALL) {
                worst = Math.max(worst, (double) waste / classes.sizeOf(index));
            }
        }
        assertTrue(worst < 0.2, "worst " + worst);
        System.out.printf("pages of %d: at most %.1f %% of a small block is wasted above 64 bytes%n", pageSize, 100 * worst);
    }
}
