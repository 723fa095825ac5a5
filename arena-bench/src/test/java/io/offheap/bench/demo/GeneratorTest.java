package io.offheap.bench.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GeneratorTest {

    @Test
    void stockGeneratorNeverLeavesZero() {
        final Generator stock = Generator.of(true, 42, 3);
        for (int round = 0; round < 10_000; round++) {
            assertEquals(0, stock.next(1 + round));
        }
    }

    @Test
    void honestGeneratorReachesEveryNumberAndNoOther() {
        final Generator honest = Generator.of(false, 1, 0);
        final BitSet seen = new BitSet();
        for (int round = 0; round < 1000; round++) {
            seen.set(honest.next(10));
        }
        assertEquals(10, seen.cardinality());
        assertTrue(seen.length() <= 10, seen::toString);
    }

    @Test
    void equalSeedsGiveEqualNumbersAndThreadsDiffer() {
        assertEquals(numbers(7, 2), numbers(7, 2));
        assertNotEquals(numbers(7, 2), numbers(7, 3));
        assertNotEquals(numbers(7, 2), numbers(8, 2));
    }

    private static List<Integer> numbers(long seed, int thread) {
        final Generator generator = Generator.of(false, seed, thread);
        return IntStream.range(0, 20).map(_ -> generator.next(1000)).boxed().toList();
    }
}
