package io.offheap.memory.util;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.testkit.FakeTicker;
import org.junit.jupiter.api.Test;

class CoarseTickerTest {

    private final FakeTicker exact = new FakeTicker(1000);
    private final CoarseTicker coarse = new CoarseTicker(exact);

    @Test
    void startsWithTheExactTime() {
        assertEquals(1000, coarse.nanos());
    }

    @Test
    void standsStillUntilAdvanced() {
        exact.advance(50);
        assertEquals(1000, coarse.nanos());
        assertEquals(1050, coarse.advance());
        assertEquals(1050, coarse.nanos());
    }

    @Test
    void systemTickerDoesNotGoBackwards() {
        final long before = Ticker.SYSTEM.nanos();
        assertTrue(Ticker.SYSTEM.nanos() - before >= 0);
    }
}
