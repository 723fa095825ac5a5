package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.SlabLayout;
import io.offheap.memory.os.RawMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What survivors keep others from using.
@Tag("portable")
class FragmentationTest {

    private static final long PAGE = 4096;
    private static final long MIB = 1L << 20;

    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().build();

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private List<Long> allocateTouched(long size, long bytes) {
        final var blocks = new ArrayList<Long>();
        for (long left = bytes; left > 0; left -= size) {
            final long address = allocator.allocateAddress(size);
            RawMemory.putLong(address, address);
            blocks.add(address);
        }
        return blocks;
    }

    /// {@return those that stay: all but every nth block are freed}
    private List<Long> keepOneIn(int nth, List<Long> blocks) {
        final var kept = new ArrayList<Long>();
        for (int i = 0; i < blocks.size(); i++) {
            if (i % nth == 0) {
                kept.add(blocks.get(i));
            } else {
                allocator.freeAddress(blocks.get(i));
            }
        }
        return kept;
    }

    /// One slot of each slab stays: the worst there is. What it pins is one slab, and the freed slots serve their class.
    @Test
    void oneSlotInEachSlabPinsNoMoreThanItsSlab() {
        final var classes = new SlotClasses(PAGE);
        final var layout = new SlabLayout(PAGE);
        final int slots = layout.slots(classes.indexOf(128));
        final var blocks = allocateTouched(128, 32 * MIB);
        final long used = allocator.stats().committedBytes();
        final var kept = keepOneIn(slots, blocks);
        allocator.purge();
        assertTrue(allocator.stats().committedBytes() <= used, "nothing grows by freeing");
        final var larger = allocateTouched(192, 32 * MIB);
        final long committed = allocator.stats().committedBytes();
        final long bound = (long) kept.size() * layout.slabBytes(classes.indexOf(128)) + 32 * MIB * 33 / 32 + 2 * MIB;
        assertTrue(committed <= bound, committed + " committed, at most " + bound);
        final var again = allocateTouched(128, 30 * MIB);
        final long grown = allocator.stats().committedBytes() - committed;
        assertTrue(grown <= MIB, "the freed slots are used again: " + grown + " bytes grown for 30 MiB");
        for (final long address : kept) {
            assertEquals(address, RawMemory.getLong(address));
        }
        List.of(kept, larger, again).forEach(some -> some.forEach(allocator::freeAddress));
        allocator.purge();
        assertEquals(0, allocator.stats().activeBytes());
    }

    /// Blocks of a page and more are runs of their own: their neighbours' pages go.
    @ParameterizedTest
    @ValueSource(longs = {8 << 10, 16 << 10, 20 << 10, 48 << 10, 256 << 10})
    void oneBlockInAHundredPinsItsOwnPagesOnly(long size) {
        final var kept = keepOneIn(100, allocateTouched(size, 64 * MIB));
        allocator.purge();
        final long live = kept.size() * size;
        final long resident = allocator.stats().residentBytes();
        assertTrue(resident <= live + MIB, resident + " resident for " + live + " live");
        final var larger = allocateTouched(4 * size, 32 * MIB);
        assertTrue(allocator.stats().mappedBytes() <= 104 * MIB, allocator.stats().mappedBytes() + " mapped");
        kept.forEach(allocator::freeAddress);
        larger.forEach(allocator::freeAddress);
    }

    @Test
    void largeBlockGrowsInPlaceIntoFreeNeighboursAndKeepsItsBytes() {
        var block = allocator.allocateUninitialized(100_000, 1);
        final long address = block.address();
        for (long at = 0; at + 8 <= block.byteSize(); at += 8) {
            RawMemory.putLong(address + at, at);
        }
        for (long size = 120_000; size < MIB; size += 50_000) {
            block = allocator.reallocate(block, size);
            assertEquals(address, block.address());
            assertEquals(size, block.byteSize());
        }
        for (long at = 0; at + 8 <= 100_000; at += 8) {
            assertEquals(at, RawMemory.getLong(address + at));
        }
        block = allocator.reallocate(block, 70_000);
        assertEquals(address, block.address());
        assertTrue(allocator.checkInvariants());
        assertEquals(18 * PAGE, allocator.usableSize(address));
        allocator.free(block);
    }
}
