package io.offheap.bench.survive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.limit.MemoryLimit;
import io.offheap.bench.result.Result;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SurviveReportTest {

    private static final long MIB = 1 << 20;
    private static final Scenario SCENARIO = new Scenario(
            Scenario.KEEPING, 1024 * MIB, new Phases(1, 600 * MIB, Phases.USUAL_SIZES, Phases.USUAL_KEEP), 0);

    @Test
    void aCellSurvivedWhenEveryRunDid() {
        final SurviveCell cell = cell(Contestants.OFFHEAP_ADDRESS, 2);
        cell.endings().add(survived(900, 3));
        assertEquals(1, survivedRow(cell).value());
        cell.endings().add(killed());
        final Result row = survivedRow(cell);
        assertEquals(0, row.value());
        assertEquals(1, row.figures().orElseThrow().most());
        assertEquals(Optional.of("oom-killed"), row.outcome());
        assertTrue(
                row.note().orElseThrow().startsWith("1 of 2 runs; max usage 1073741824 bytes, failcnt 7"),
                row::toString);
    }

    @Test
    void aRunThatCouldNotBeMadeHasNoFigure() {
        final SurviveCell cell = cell(Contestants.FFM_MALLOC, 1);
        cell.endings().add(new Ending("failed", usage(0, 0, 0), List.of(), Optional.empty(), "no such flag"));
        assertTrue(survivedRow(cell).figures().isEmpty());
    }

    @Test
    void timesAreOfSurvivorsOnly() {
        final SurviveCell cell = cell(Contestants.OFFHEAP_ADDRESS, 2);
        cell.endings().addAll(List.of(killed(), survived(900, 3)));
        assertEquals(3, cell.times(Ending.Times::seconds).orElseThrow().median());
        assertEquals(4, cell.results().size());
    }

    @Test
    void claimsAreHeldAgainstTheRuns() {
        final SurviveCell cell = cell(Contestants.OFFHEAP_ADDRESS, 1);
        final SurviveCell unlimited = cell.unlimited();
        final SurviveCell soft = cell.withSoftLimit(700 * MIB, 1);
        cell.endings().add(survived(900, 4));
        unlimited.endings().add(survived(1300, 3));
        soft.endings().add(survived(759, 4));
        final String good = String.join("\n", new SurviveReport(List.of(cell, unlimited, soft)).claims());
        assertTrue(good.contains("ok    survive, offheap-address, threads 1: 1 of 1 runs survived"), good);
        assertTrue(
                good.contains("ok    survive, offheap-address, soft limit 700 MiB, threads 1: a peak of 759 MiB"),
                good);
        assertTrue(good.contains("MISS  survive, offheap-address, threads 1: 1.33 x the time"), good);
        soft.endings().set(0, survived(760, 4));
        cell.endings().set(0, killed());
        final String bad = String.join("\n", new SurviveReport(List.of(cell, unlimited, soft)).claims());
        assertTrue(bad.contains("MISS  survive, offheap-address, threads 1: 0 of 1 runs survived"), bad);
        assertTrue(
                bad.contains("MISS  survive, offheap-address, soft limit 700 MiB, threads 1: a peak of 760 MiB"),
                bad);
    }

    @Test
    void theTableShowsOutcomePeakAndPhases() {
        final SurviveCell cell = cell(Contestants.FFM_MALLOC, 1);
        cell.endings().add(killed());
        final String table = new SurviveReport(List.of(cell)).table();
        assertTrue(table.contains("oom-killed") && table.contains("1024") && table.contains("640/638 700/-"), table);
    }

    private static SurviveCell cell(String contestant, int runs) {
        return new SurviveCell(SCENARIO, Contestants.find(contestant, "").orElseThrow(), runs);
    }

    private static Result survivedRow(SurviveCell cell) {
        return cell.results().getFirst();
    }

    private static Ending survived(long peakMib, long seconds) {
        final Ending.Times times = new Ending.Times(seconds * 1_000_000_000, seconds * 900_000_000);
        return new Ending(Ending.SURVIVED, usage(peakMib, 0, 0), List.of(), Optional.of(times), "");
    }

    private static Ending killed() {
        return new Ending(
                Ending.OOM_KILLED,
                usage(1024, 7, 1),
                List.of(new Ending.Level(640 * MIB, 638 * MIB), new Ending.Level(700 * MIB, -1)),
                Optional.empty(),
                "exit code 137");
    }

    private static MemoryLimit.Usage usage(long peakMib, long failures, long kills) {
        return new MemoryLimit.Usage(0, peakMib * MIB, failures, kills);
    }
}
