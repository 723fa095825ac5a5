package io.offheap.bench.turns;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimingTest {

    @ParameterizedTest
    @CsvSource({"0, 1, 1, rounds", "1001, 1, 1, rounds", "1, -1, 1, warm-up", "1, 60001, 1, warm-up", "1, 1, 0, slice"})
    void whatCannotBeIsNamed(int rounds, long warmUp, long slice, String word) {
        final var thrown = assertThrows(IllegalArgumentException.class, () -> new Timing(rounds, warmUp, slice));
        assertTrue(thrown.getMessage().contains(word), thrown::getMessage);
    }
}
