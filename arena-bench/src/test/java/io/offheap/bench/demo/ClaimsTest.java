package io.offheap.bench.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Counters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ClaimsTest {

    private static final long MIB = 1 << 20;

    private final List<RunResult> results = new ArrayList<>();

    @Test
    void allHoldForFiguresThatAreGoodEnough() {
        good();
        assertEquals(List.of(), misses());
        assertEquals(12, Claims.about(results).size());
    }

    @Test
    void eachMissIsSeen() {
        good();
        replace(Contestants.OFFHEAP_EAGER, RunResult.CALM, 26_000);
        replace(Contestants.OFFHEAP_EAGER, RunResult.PRESSED, 21_000);
        replace(Contestants.OFFHEAP_MADVFREE, RunResult.CALM, 21_000);
        replace(Contestants.FFM_MALLOC, RunResult.CALM, 110_000);
        replace(Contestants.OFFHEAP_ADDRESS, RunResult.PRESSED, 85_000);
        assertEquals(
                List.of(
                        "ebizzy: 3.85 x offheap-eager, 3.85 to 3.85 in single rounds (at least 3.90)",
                        "ebizzy-pressure: 4.05 x offheap-eager, 4.05 to 4.05 in single rounds (at least 4.30)",
                        "ebizzy: 4.76 x offheap-madvfree, 4.76 to 4.76 in single rounds (at least 5.00)",
                        "ebizzy: 0.91 x ffm-malloc, 0.91 to 0.91 in single rounds (at least 0.95)",
                        "pressure costs 15.0 % of the speed, 15.0 to 15.0 in single rounds (at most 14 %)",
                        "ebizzy-pressure: 0.0 MiB purged (more than 0)"),
                misses());
    }

    @Test
    void boundOfTheMachineStandsBesideTheFactorAndExcusesNoMiss() {
        good();
        replace(Contestants.OFFHEAP_MADVFREE, RunResult.CALM, 25_000);
        results.add(result(Contestants.KEPT_BLOCK, RunResult.CALM, 110_000, 0, 100, 120));
        results.add(result(Contestants.KEPT_BLOCK, RunResult.PRESSED, 112_000, 0, 100, 120));
        assertEquals(
                List.of(
                        "ebizzy: 4.00 x offheap-madvfree, 4.00 to 4.00 in single rounds (at least 5.00)",
                        "ebizzy-pressure: 0.89 x kept-block, 0.89 to 0.89 in single rounds (at least 0.90); "
                                + "that is 9.33 x offheap-madvfree here"),
                misses());
        assertTrue(texts().contains("ebizzy: 0.91 x kept-block, 0.91 to 0.91 in single rounds (at least 0.90); "
                + "that is 4.40 x offheap-madvfree here"), () -> texts().toString());
        assertEquals(14, Claims.about(results).size());
    }

    @Test
    void growthIsHeldAgainstTheLargerOfBothBounds() {
        results.add(result(Contestants.OFFHEAP_ADDRESS, RunResult.CALM, 1, 0, 117, 200));
        results.add(result(Contestants.OFFHEAP_ADDRESS, RunResult.PRESSED, 1, 1, 117, 400));
        assertEquals(1, misses().stream().filter(miss -> miss.contains("resident")).count());
        assertTrue(misses().toString().contains("ebizzy: 17.0 MiB more resident"), misses()::toString);
    }

    @Test
    void runsThatFailedOrWereNotMadeAreLeftOut() {
        results.add(new RunResult(
                Contestants.OFFHEAP_ADDRESS,
                RunResult.CALM,
                "wrong-bytes",
                "",
                Optional.empty(),
                Counters.NONE,
                RunResult.Resident.UNKNOWN,
                Optional.empty()));
        results.add(result(Contestants.FFM_MALLOC, RunResult.CALM, 1, 0, 100, 100));
        assertEquals(List.of(), Claims.about(results));
    }

    @Test
    void ratiosAreTakenWithinARoundSoThatTheMachineStaysOutOfThem() {
        // Twice as fast in two rounds of three; the ratio of the medians would be 20 / 20.
        results.add(result(Contestants.FFM_MALLOC, RunResult.CALM, 0, 0, 100, 100, 50, 5, 20));
        results.add(result(Contestants.OFFHEAP_ADDRESS, RunResult.CALM, 0, 0, 100, 100, 100, 10, 20));
        assertTrue(
                texts().contains("ebizzy: 2.00 x ffm-malloc, 1.00 to 2.00 in single rounds (at least 0.95)"),
                () -> texts().toString());
    }

    private void good() {
        for (String workload : List.of(RunResult.CALM, RunResult.PRESSED)) {
            results.add(result(Contestants.FFM_MALLOC, workload, 100_000, 0, 100, 120));
            results.add(result(Contestants.OFFHEAP_EAGER, workload, 9_000, 0, 100, 120));
            results.add(result(Contestants.OFFHEAP_MADVFREE, workload, 12_000, 0, 100, 120));
            results.add(result(Contestants.OFFHEAP_ADDRESS, workload, 100_000, MIB, 116, 120));
        }
    }

    private void replace(String contestant, String workload, long perSecond) {
        results.replaceAll(result -> result.contestant().equals(contestant)
                        && result.workload().equals(workload)
                ? result(contestant, workload, perSecond, 0, 100, 120)
                : result);
    }

    private List<String> texts() {
        return Claims.about(results).stream().map(Claims.Claim::text).toList();
    }

    private List<String> misses() {
        return Claims.about(results).stream()
                .filter(claim -> !claim.holds())
                .map(Claims.Claim::text)
                .toList();
    }

    private static RunResult result(
            String contestant, String workload, long perSecond, long purged, long afterMib, long peakMib) {
        return result(contestant, workload, perSecond, purged, afterMib, peakMib, perSecond);
    }

    private static RunResult result(
            String contestant, String workload, long reuses, long purged, long afterMib, long peakMib, long... rates) {
        return new RunResult(
                contestant,
                workload,
                RunResult.OK,
                "",
                Optional.of(new Throughput(LongStream.of(rates)
                        .mapToObj(rate -> new Throughput.Slice(rate, TimeUnit.SECONDS.toNanos(1), 1, 0))
                        .toList())),
                new Counters(purged, reuses),
                new RunResult.Resident(90 * MIB, 100 * MIB, peakMib * MIB, afterMib * MIB, List.of()),
                workload.equals(RunResult.CALM)
                        ? Optional.empty()
                        : Optional.of(new RunResult.Pressure(300 * MIB, 96 * MIB, 80 * MIB, 96 * MIB, 200 * MIB, 9, 0.04)));
    }
}
