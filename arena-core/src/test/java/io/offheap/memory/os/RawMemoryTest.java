package io.offheap.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawMemoryTest {

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory = arena.allocate(64, 8);
    private final long address = memory.address();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void longsAndBytesAreReadWhereTheyWereWritten() {
        RawMemory.putLong(address + 8, 0x0807060504030201L);
        RawMemory.putByte(address + 17, (byte) -1);
        assertEquals(0x0807060504030201L, RawMemory.getLong(address + 8));
        assertEquals(3, RawMemory.getByte(address + 10));                 // little endian on both processors
        assertEquals(-1, memory.get(JAVA_BYTE, 17));
        assertEquals(0, RawMemory.getLong(address));
    }

    @Test
    void zeroEndsWhereItShould() {
        memory.fill((byte) 1);
        RawMemory.zero(address + 3, 5);
        RawMemory.zero(address + 20, 0);
        for (int i = 0; i < 64; i++) {
            assertEquals(3 <= i && i < 8 ? 0 : 1, memory.get(JAVA_BYTE, i), "byte " + i);
        }
    }

    private static void leavesNoneOutAndTakesNoneMore(long size, int before) {
        try (var life = Arena.ofConfined()) {
            final var bytes = life.allocate(size + 2L * before, 8).fill((byte) 7);
            RawMemory.zero(bytes.address() + before, size);
            assertEquals(-1, bytes.asSlice(before, size).mismatch(life.allocate(size)));
            assertEquals(7, bytes.get(JAVA_BYTE, before - 1));
            assertEquals(7, bytes.get(JAVA_BYTE, size + before));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 31, 2048, 2049, 4096, 5000, 8192, 8193, 65536, 65537, 200_001, 2 << 20})
    void zeroOfManyBytesLeavesNoneOutAndTakesNoneMore(long size) {
        leavesNoneOutAndTakesNoneMore(size, 1);
    }

    @ParameterizedTest
    @ValueSource(longs = {2049, 4096, 8193, 65537, (1 << 20) - 4, 1 << 20, 2 << 20})
    void zeroOfManyAlignedBytesLeavesNoneOutAndTakesNoneMore(long size) {
        leavesNoneOutAndTakesNoneMore(size, 8);
    }

    @Test
    void copyWorksOnOverlappingRangesInBothDirections() {
        for (int i = 0; i < 8; i++) {
            RawMemory.putByte(address + i, (byte) i);
        }
        RawMemory.copy(address, address + 2, 6);
        assertEquals(0x0504030201000100L, RawMemory.getLong(address));
        RawMemory.copy(address + 2, address, 6);
        assertEquals(0x0504050403020100L, RawMemory.getLong(address));
    }

    @Test
    void segmentHasExactlyItsBytes() {
        final var segment = RawMemory.segment(address + 8, 16);
        assertEquals(address + 8, segment.address());
        assertEquals(16, segment.byteSize());
        assertThrows(IndexOutOfBoundsException.class, () -> segment.get(JAVA_BYTE, 16));
    }

    @Test
    void segmentOfAnArenaDiesWithIt() {
        final MemorySegment segment;
        try (var life = Arena.ofConfined()) {
            segment = RawMemory.segment(address, 8, life);
            segment.set(JAVA_BYTE, 0, (byte) 4);
            assertThrows(IndexOutOfBoundsException.class, () -> segment.get(JAVA_BYTE, 8));
        }
        assertThrows(IllegalStateException.class, () -> segment.get(JAVA_BYTE, 0));
        assertEquals(4, memory.get(JAVA_BYTE, 0));
    }
}
