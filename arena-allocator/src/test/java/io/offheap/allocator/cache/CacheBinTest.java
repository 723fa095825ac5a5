package io.offheap.allocator.cache;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.testkit.Rig;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CacheBinTest {

    private static CacheBin opened(int slotSize) {
        final var bin = new CacheBin(slotSize);
        assertTrue(bin.open());
        return bin;
    }

    @Test
    void newBinIsEmptyAndTakesNothingUntilItIsOpened() {
        final var bin = new CacheBin(64);
        assertEquals(0, bin.pop());
        assertFalse(bin.push(0x1000));
        assertTrue(bin.open());
        assertFalse(bin.open());
        assertTrue(bin.push(0x1000));
    }

    @Test
    void binIsBoundedInSlotsAndBytes() {
        for (int index = 0; index < SizeClasses.COUNT; index++) {
            final int size = SizeClasses.sizeOf(index);
            final var bin = opened(size);
            int taken = 0;
            while (bin.push(0x10000 + taken)) {
                taken++;
            }
            assertEquals(taken, bin.count());
            assertEquals(taken, bin.capacity());
            assertTrue(taken <= CacheBin.MOST_SLOTS && (taken <= 8 || taken * size <= 32 << 10), taken + " of " + size);
            assertTrue(1 <= bin.fillCount() && bin.fillCount() < taken, "frees find room after a fill of " + size);
        }
    }

    @Test
    void lastInIsFirstOut() {
        final var bin = opened(64);
        bin.push(1);
        bin.push(2);
        assertEquals(2, bin.pop());
        bin.push(3);
        assertEquals(3, bin.pop());
        assertEquals(1, bin.pop());
        assertEquals(0, bin.pop());
    }

    @Test
    void oldestLeaveFirstAndTheOthersKeepTheirOrder() {
        final var bin = opened(64);
        for (int address = 1; address <= 5; address++) {
            bin.push(address);
        }
        final long[] oldest = new long[8];
        assertEquals(2, bin.takeOldest(oldest, 2));
        assertArrayEquals(new long[] {1, 2}, Arrays.copyOf(oldest, 2));
        assertEquals(5, bin.pop());
        assertEquals(2, bin.takeOldest(oldest, 8));
        assertArrayEquals(new long[] {3, 4}, Arrays.copyOf(oldest, 2));
        assertEquals(0, bin.count());
    }

    @Test
    void containsWhatWasPushedAndNotWhatLeft() {
        final var bin = opened(64);
        bin.push(16);
        bin.push(32);
        assertTrue(bin.contains(16) && bin.contains(32));
        bin.pop();
        assertFalse(bin.contains(32));
        assertFalse(bin.contains(48));
        bin.takeOldest(new long[1], 1);
        assertFalse(bin.contains(16));
    }

    @Test
    void lowestAddressComesFirstAfterAFill() {
        try (var rig = Rig.fake()) {
            final var shards = new Shards(rig.os, rig.regions, rig.governor, rig.purger, rig.ticker, FreedRuns.VOLATILE, 1);
            final var bin = new CacheBin(SizeClasses.sizeOf(3));
            bin.fillFrom(shards.all().getFirst().bin(3));
            assertEquals(bin.fillCount(), bin.count());
            long last = 0;
            for (long slot = bin.pop(); slot != 0; slot = bin.pop()) {
                assertTrue(last < slot);
                last = slot;
            }
        }
    }
}
