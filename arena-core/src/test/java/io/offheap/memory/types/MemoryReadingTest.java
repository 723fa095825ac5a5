package io.offheap.memory.types;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryReadingTest {

    @ParameterizedTest
    @CsvSource({"100,25,75,0.25", "100,0,100,0", "100,100,0,1", "100,150,-50,1.5"})
    void headroomAndShareFollowFromLimitAndUsage(long limit, long usage, long headroom, double share) {
        final var reading = new MemoryReading(limit, usage);
        assertEquals(headroom, reading.headroomBytes());
        assertEquals(share, reading.usedShare());
    }

    @Test
    void nothingIsUsedOfNoLimit() {
        final var reading = new MemoryReading(MemoryReading.UNLIMITED, 1L << 40);
        assertEquals(0, reading.usedShare());
        assertEquals(Long.MAX_VALUE - (1L << 40), reading.headroomBytes());
    }

    @ParameterizedTest
    @CsvSource({"0,0", "-1,0", "1,-1"})
    void impossibleReadingIsRefusedWithItsValues(long limit, long usage) {
        final var refusal = assertThrows(IllegalArgumentException.class, () -> new MemoryReading(limit, usage));
        assertEquals("limitBytes=" + limit + ", usageBytes=" + usage, refusal.getMessage());
    }
}
