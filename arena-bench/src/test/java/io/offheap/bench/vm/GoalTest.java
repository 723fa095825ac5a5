package io.offheap.bench.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class GoalTest {

    @Test
    void isMetOnItsSideOfTheFigure() {
        assertTrue(Goal.atMost("a", 3, 3, 1, "x").isMet());
        assertFalse(Goal.atMost("a", 3.01, 3, 1, "x").isMet());
        assertTrue(Goal.atLeast("a", 0.8, 0.8, 1, "x").isMet());
        assertFalse(Goal.atLeast("a", 0.79, 0.8, 1, "x").isMet());
    }

    @Test
    void tableSaysFiguresSidesAndVerdicts() {
        final String text = Goal.text(List.of(Goal.atMost("slow", 25, 15, 5, "ns"), Goal.atLeast("fast", 1, 0.8, 0.95, "x")));
        assertTrue(text.lines().anyMatch(line -> line.matches("slow +25 ns +<= 15 ns +5\\.00 ns +MISS")), text);
        assertTrue(text.lines().anyMatch(line -> line.matches("fast +1\\.00 x +>= 0\\.80 x +0\\.95 x +ok")), text);
    }
}
