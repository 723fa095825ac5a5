package io.offheap.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SpreadTest {

    @Test
    void anOddNumberOfFiguresHasOneInTheMiddle() {
        assertEquals(new Spread(3, 1, 100), Spread.of(DoubleStream.of(100, 1, 3)));
    }

    @Test
    void anEvenNumberHasTheMeanOfTwo() {
        assertEquals(new Spread(2.5, 1, 4), Spread.of(DoubleStream.of(4, 3, 2, 1)));
    }

    @Test
    void oneFigureIsAllThree() {
        assertEquals(new Spread(7, 7, 7), Spread.of(DoubleStream.of(7)));
    }

    @Test
    void nothingHasNoSpread() {
        assertThrows(IllegalArgumentException.class, () -> Spread.of(DoubleStream.empty()));
    }
}
