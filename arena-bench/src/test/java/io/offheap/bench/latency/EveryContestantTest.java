package io.offheap.bench.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.Outcome;
import io.offheap.bench.turns.Timing;
import io.offheap.bench.turns.Turns;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Each contestant in a JVM of its own, as it is measured: allocates, verifies what it wrote, frees.
class EveryContestantTest {

    private static final List<Cell> CELLS =
            List.of(new Cell("latency", 2, 64), new Cell("latency-write", 1, 1000), new Cell("latency-batch100", 1, 4096));

    @Test
    void allocatesVerifiesAndFrees() throws Exception {
        final List<Setup> all = Contestants.all("");
        try (Turns turns = new Turns(LatencyChild.class, all, List.of(), new Timing(1, 1, 1))) {
            for (Cell cell : CELLS) {
                final List<Outcome> outcomes = turns.measure(cell, _ -> true, () -> {});
                assertEquals(all.size(), outcomes.size());
                for (Outcome outcome : outcomes) {
                    assertTrue(outcome.failure().isEmpty(), outcome::toString);
                    assertTrue(outcome.time().value() > 0 && outcome.cpu().value() > 0, outcome::toString);
                    assertTrue(!outcome.version().isEmpty(), outcome::toString);
                }
            }
        }
    }

    @Test
    void aChildThatFailsIsOutAndTheOthersGoOn() throws Exception {
        final Setup missing = new Setup("nobody", "", List.of(), Map.of(), true, true);
        final Setup noJvm = new Setup("ffm-malloc", "", List.of("-XX:NoSuchFlag"), Map.of(), true, true);
        final Setup good = Contestants.find(Contestants.FFM_MALLOC, "").orElseThrow();
        final List<String> outcomes = new ArrayList<>();
        try (Turns turns = new Turns(LatencyChild.class, List.of(missing, noJvm, good), List.of(), new Timing(2, 1, 1))) {
            turns.measure(CELLS.getFirst(), _ -> true, () -> {})
                    .forEach(outcome -> outcomes.add(outcome.time().outcome().orElse("ok")
                            + outcome.time().figures().map(figures -> "").orElse(" without a figure")));
        }
        assertEquals(List.of("failed without a figure", "failed without a figure", "ok"), outcomes);
    }
}
