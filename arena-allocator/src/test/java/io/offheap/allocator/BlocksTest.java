package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.testkit.Rig;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which addresses are starts of live slots, asked of every byte around the slots of every class.
class BlocksTest {

    private static final int WANTED = 128;

    private static Shards shards(Rig rig) {
        return rig.shards(FreedRuns.VOLATILE, 1);
    }

    private static long[] take(Shards shards, int slotClass) {
        final var shard = shards.all().getFirst();
        if (SlotClasses.isRun(slotClass)) {
            final int size = shards.classes().sizeOf(slotClass);
            final var run = shard.allocateRun(size, shards.classes().sizeOf(0));
            run.activate();
            return new long[] {shards.useAsSlot(run, slotClass)};
        }
        final var slots = new long[WANTED];
        final int taken = shard.bin(slotClass).take(slots, WANTED);
        return Arrays.copyOf(slots, taken);
    }

    /// Slots are freed from the second on, so there are free ones on both sides of live ones.
    @ParameterizedTest
    @ValueSource(longs = {4096, 16384, 65536})
    void onlyTheStartOfALiveSlotIsOne(long pageSize) {
        try (var rig = Rig.withPages(pageSize)) {
            final var shards = shards(rig);
            final var blocks = new Blocks(rig.regions, shards, pageSize);
            for (int slotClass = 0; slotClass < shards.classes().count(); slotClass++) {
                final var slots = take(shards, slotClass);
                for (int i = 0; i < slots.length; i += 2) {
                    blocks.markLive(slots[i], slotClass);
                }
                final var run = shards.extentOf(shards.entryOf(slots[0]));
                int live = 0;
                for (long address = run.address(); address < run.end(); address++) {
                    if (blocks.slotClass(address) != Blocks.NO_SLOT) {
                        assertEquals(slots[live], address, "class " + slotClass);
                        assertEquals(slotClass, blocks.slotClass(address));
                        live += 2;
                    }
                }
                assertTrue(live == slots.length || live == slots.length + 1, live + " of " + slots.length);
                for (int i = 0; i < slots.length; i += 2) {
                    final boolean fast = i % 4 == 0;
                    assertEquals(slotClass, take(blocks, slots[i], fast));
                    assertEquals(Blocks.NO_SLOT, blocks.take(slots[i]));
                    assertEquals(Blocks.NO_SLOT, blocks.takeAnywhere(slots[i]));
                    assertEquals(Blocks.NO_SLOT, blocks.slotClass(slots[i]));
                }
                for (final long slot : slots) {
                    assertEquals(slotClass, blocks.hiddenClass(slot), "known by its page");
                    assertEquals(slotClass, PageEntry.slotClass(blocks.takeHidden(slot)));
                }
            }
        }
    }

    private static long take(Blocks blocks, long slot, boolean fast) {
        return fast ? PageEntry.slotClass(blocks.take(slot)) : blocks.takeAnywhere(slot);
    }

    @Test
    void slotsInAFurtherRegionAreToldApartToo() {
        try (var rig = Rig.fake()) {
            final var shards = shards(rig);
            final var blocks = new Blocks(rig.regions, shards, 4096);
            shards.all().getFirst().allocateRun(rig.regions.first().size(), 4096);
            final var slots = take(shards, 9);
            final long offset = slots[0] - rig.regions.first().base();
            assertTrue(offset < 0 || offset >= rig.regions.first().size(), "offset " + offset);
            assertEquals(9, blocks.hiddenClass(slots[0]));
            assertEquals(Blocks.NO_SLOT, blocks.takeHidden(slots[0]), "not a fast one");
            blocks.markLive(slots[0], 9);
            assertEquals(9, blocks.slotClass(slots[0]));
            assertEquals(Blocks.NO_SLOT, blocks.slotClass(slots[0] + 16));
            assertEquals(Blocks.NO_SLOT, blocks.slotClass(slots[1]));
            assertEquals(Blocks.NO_SLOT, blocks.take(slots[0]), "not a fast one");
            assertEquals(9, blocks.takeAnywhere(slots[0]));
            assertEquals(Blocks.NO_SLOT, blocks.takeAnywhere(slots[0]));
            assertEquals(Blocks.NO_SLOT, blocks.slotClass(slots[0]));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 16, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 47})
    void foreignAddressIsNoSlot(long address) {
        try (var rig = Rig.fake()) {
            assertEquals(Blocks.NO_SLOT, new Blocks(rig.regions, shards(rig), 4096).slotClass(address));
        }
    }
}
