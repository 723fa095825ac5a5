package io.offheap.memory.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WideZeroingTest {

    private long now;

    /// Takes a time at every run, and once as long as somebody was stopped for.
    private Runnable taking(long nanos, int interruptedRun) {
        final int[] runs = {0};
        return () -> now += ++runs[0] == interruptedRun ? 1_000_000 : nanos;
    }

    private boolean isGoodEnough(long nanos, long nanosOfOther, int slackPart) {
        return WideZeroing.isGoodEnough(taking(nanos, WideZeroing.ROUNDS), taking(nanosOfOther, 0), slackPart, () -> now);
    }

    @Test
    void mostRoundsDecideAndNotTheOneThatWasInterrupted() {
        assertTrue(isGoodEnough(800, 1000, 8));
        assertFalse(isGoodEnough(1200, 1000, 8));
    }

    @Test
    void memsetStaysOnlyWhereItIsFasterByMoreThanTheSlack() {
        assertTrue(isGoodEnough(1000, 1000, 8));
        assertTrue(isGoodEnough(1125, 1000, 8));
        assertFalse(isGoodEnough(1126, 1000, 8));
        assertTrue(isGoodEnough(1000, 1000, Integer.MAX_VALUE));
        assertFalse(isGoodEnough(1001, 1000, Integer.MAX_VALUE));
    }

    /// Whichever of the two has won on this machine.
    @ParameterizedTest
    @ValueSource(longs = {4, 7, 2048, 4097, 8194, 65536, 65539, 200_001})
    void zeroesAllBytesAndNoneMore(long size) {
        assumeTrue(WideZeroing.isThere());
        try (var life = Arena.ofConfined()) {
            final var bytes = life.allocate(size + 8, 8).fill((byte) 7);
            RawMemory.zeroWide(bytes.address() + 4, size);
            assertEquals(-1, bytes.asSlice(4, size).mismatch(life.allocate(size)));
            assertEquals(7, bytes.get(JAVA_BYTE, 3));
            assertEquals(7, bytes.get(JAVA_BYTE, size + 4));
        }
    }
}
