package io.offheap.memory.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.junit.jupiter.api.Test;

class ExceptionsTest {

    @Test
    void failedCallSaysCallArgumentsAndError() {
        final var failure = new OsException("madvise", "0x7f0000000000, 4096 bytes, DONTNEED", 12, "ENOMEM");
        assertEquals("madvise(0x7f0000000000, 4096 bytes, DONTNEED) failed: ENOMEM (12)", failure.getMessage());
        assertEquals("madvise", failure.call());
        assertEquals("0x7f0000000000, 4096 bytes, DONTNEED", failure.arguments());
        assertEquals(12, failure.errno());
        assertInstanceOf(OffHeapException.class, failure);
    }

    @Test
    void formatCharactersInArgumentsAreText() {
        final var failure = new OsException("open", "/tmp/%s%n", 2, "ENOENT");
        assertEquals("open(/tmp/%s%n) failed: ENOENT (2)", failure.getMessage());
    }

    @Test
    void busErrorSaysAddressAndReason() {
        final var fault = new BusErrorException(0x7f0000001000L, FaultReason.PURGED);
        assertEquals("bus error at 0x7f0000001000: PURGED", fault.getMessage());
        assertEquals(0x7f0000001000L, fault.address());
        assertEquals(FaultReason.PURGED, fault.reason());
        assertInstanceOf(MemoryAccessException.class, fault);
    }

    @Test
    void segmentationFaultSaysAddress() {
        final var fault = new SegmentationFaultException(0xffff_0000_0000_0000L);
        assertEquals("segmentation fault at 0xffff000000000000", fault.getMessage());
        assertEquals(0xffff_0000_0000_0000L, fault.address());
    }
}
