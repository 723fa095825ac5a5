package io.offheap.bench.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.offheap.bench.result.Spread;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ThroughputTest {

    private static final long HALF_A_SECOND = 500_000_000;

    @Test
    void theMiddleSliceCounts() {
        assertEquals(new Spread(60, 2, 80), of(30, 1, 40).perSecond());
        assertEquals(new Spread(50, 40, 60), of(20, 30).perSecond());
    }

    @Test
    void ratiosAreThoseOfEachRound() {
        assertEquals(new Spread(2, 1, 4), of(20, 4, 20).over(of(10, 1, 20)));
        assertEquals(new Spread(-1, -3, 0), of(20, 4, 20).over(of(10, 1, 20)).shortOfOne());
        assertEquals(new Spread(20, 0, 20), of(20, 0, 20).over(of(0, 0, 1)));
        assertThrows(IllegalArgumentException.class, () -> of(1).over(of(1, 2)));
    }

    @Test
    void cpuTimeIsThatOfAllSlices() {
        assertEquals(6, of(1, 2, 3).records());
        assertEquals(7, of(1, 2, 3).cpuNanos());
        assertEquals(0, of(0).cpuNanos());
    }

    @Test
    void nothingHasNoMiddle() {
        assertThrows(IllegalArgumentException.class, () -> Spread.of(DoubleStream.empty()));
    }

    private static Throughput of(long... records) {
        return new Throughput(LongStream.of(records)
                .mapToObj(count -> new Throughput.Slice(count, HALF_A_SECOND, 7 * count, 0))
                .toList());
    }
}
