package io.offheap.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class FakeTickerTest {

    @Test
    void timePassesByHandOnly() {
        final var ticker = new FakeTicker();
        assertEquals(0, ticker.nanos());
        assertEquals(7, ticker.advance(7));
        assertEquals(7, ticker.nanos());
    }

    @Test
    void timeMayWrapButNotTurnBack() {
        final var ticker = new FakeTicker(Long.MAX_VALUE);
        ticker.advance(1);
        assertEquals(Long.MIN_VALUE, ticker.nanos());
        assertThrows(IllegalArgumentException.class, () -> ticker.advance(-1));
    }
}
