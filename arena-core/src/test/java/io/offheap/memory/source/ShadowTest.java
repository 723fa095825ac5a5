package io.offheap.memory.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.RawMemory;
import io.offheap.testkit.FakeMemory;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShadowTest {

    private static final long PAGE = FakeMemory.PAGE_SIZE;
    private static final long SIZE = RegionSource.SMALLEST_REGION;
    private static final int SMALLEST = RegionSource.SMALLEST_CELL_SHIFT;
    private static final int LARGEST = RegionSource.LARGEST_CELL_SHIFT;

    private final FakeMemory os = new FakeMemory();
    private final Shadow shadow = new Shadow(os, SIZE);

    @AfterEach
    void close() {
        os.close();
    }

    @Test
    void tablesLieBesideEachOtherInWhatIsReserved() {
        final var tables = new TreeMap<Long, Long>();
        for (int shift = SMALLEST; shift <= LARGEST; shift++) {
            final long first = shadow.byteOf(0, shift);
            final long last = shadow.byteOf(SIZE - 1, shift);
            assertEquals((SIZE >> shift) - 1, last - first, "shift " + shift);
            assertTrue(os.isReserved(first & -PAGE, last - (first & -PAGE) & -PAGE), "shift " + shift);
            assertEquals(null, tables.put(first, last));
        }
        long end = shadow.origin();
        for (final var table : tables.entrySet()) {
            assertTrue(table.getKey() >= end, tables.toString());
            end = table.getValue() + 1;
        }
        assertTrue(os.isReserved(end - 1 & -PAGE, PAGE));
    }

    @Test
    void addressesShareAByteWhenTheyShareACell() {
        final long offset = 5 << LARGEST;
        for (int shift = SMALLEST; shift <= LARGEST; shift++) {
            final long cell = shadow.byteOf(offset, shift);
            assertEquals(cell, shadow.byteOf(offset + (1 << shift) - 1, shift));
            assertNotEquals(cell, shadow.byteOf(offset + (1 << shift), shift));
            assertNotEquals(cell, shadow.byteOf(offset - 1, shift));
        }
    }

    @Test
    void pageIsNotedOnce() {
        assertEquals(PAGE, shadow.unnoted(0, 64, SMALLEST));
        assertEquals(PAGE, shadow.note(0, 64, SMALLEST));
        assertEquals(0, shadow.unnoted(0, 64, SMALLEST));
        assertEquals(0, shadow.note(64, 64, SMALLEST));
        assertEquals(PAGE, shadow.note(0, 64, SMALLEST + 1));
        assertEquals(2 * PAGE, shadow.note(PAGE << SMALLEST, 2 * PAGE << SMALLEST, SMALLEST));
        assertEquals(PAGE, shadow.note(0, 4 * PAGE << SMALLEST, SMALLEST));
    }

    @Test
    void notedPagesAreThoseThatWritingTouches() {
        final long seed = 77;
        final var random = new SplittableRandom(seed);
        long noted = 0;
        for (int i = 0; i < 200; i++) {
            final int shift = random.nextInt(SMALLEST, LARGEST + 1);
            final long offset = random.nextLong(SIZE / PAGE) * PAGE;
            noted += shadow.note(offset, PAGE, shift);
            for (long at = offset; at < offset + PAGE; at += 1L << shift) {
                RawMemory.putByte(shadow.byteOf(at, shift), (byte) 1);
            }
        }
        final long from = shadow.origin();
        final long size = shadow.byteOf(SIZE - 1, SMALLEST) + 1 - from;
        assertEquals(noted, os.residentBytes(from, size & -PAGE), "seed " + seed);
    }

    @Test
    void forgottenBytesAreZeroAndMayBeRead() {
        final long used = 3 * PAGE;
        for (int shift = SMALLEST; shift <= LARGEST; shift++) {
            RawMemory.putByte(shadow.byteOf(0, shift), (byte) 1);
            RawMemory.putByte(shadow.byteOf(used - 1, shift), (byte) 1);
        }
        shadow.forget(used);
        for (int shift = SMALLEST; shift <= LARGEST; shift++) {
            assertEquals(0, RawMemory.getByte(shadow.byteOf(0, shift)));
            assertEquals(0, RawMemory.getByte(shadow.byteOf(used - 1, shift)));
            assertEquals(0, RawMemory.getByte(shadow.byteOf(SIZE - 1, shift)));
        }
    }
}
