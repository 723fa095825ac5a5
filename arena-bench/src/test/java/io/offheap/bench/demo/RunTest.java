package io.offheap.bench.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.ChildProcess;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Setup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Runs with real children.
class RunTest {

    private static final long MIB = 1 << 20;

    /// How often to look before a child that waits is taken to be at work.
    private static final int LOOKS = 10;

    private final List<Double> progress = new ArrayList<>();

    @AfterEach
    void noChildIsLeft() {
        assertEquals(0, ProcessHandle.current().children().filter(ProcessHandle::isAlive).count());
    }

    @Test
    void runGoesThroughAllStepsAndSeesTheMemory() throws Exception {
        final RunResult result = run(Contestants.JDK_CONFINED, 0.3, 512 << 10, Optional.empty());
        assertEquals(RunResult.OK, result.outcome(), result::note);
        assertEquals(RunResult.CALM, result.workload());
        assertTrue(result.perSecond() > 0, result::toString);
        assertEquals(1, progress.getLast());
        assertEquals(progress.stream().sorted().toList(), progress);
        assertEquals(Rounds.COUNT, result.throughput().orElseThrow().slices().size());
        final RunResult.Resident resident = result.resident();
        assertTrue(resident.startBytes() > 32 * MIB && resident.startBytes() < 1024 * MIB, resident::toString);
        assertTrue(resident.beforeBytes() >= resident.startBytes(), resident::toString);
        assertTrue(resident.peakBytes() > resident.beforeBytes(), resident::toString);
        assertTrue(resident.samples().size() >= 3, resident::toString);
        assertTrue(result.pressure().isEmpty(), result::toString);
    }

    @Test
    void pressureStaysWithinItsShareOfACoreAndFillsTheBudget() throws Exception {
        final RunResult result = run(Contestants.FFM_MALLOC, 1, 512 << 10, Optional.of(new Budget(Budget.DERIVED)));
        assertEquals(RunResult.OK, result.outcome(), result::note);
        assertEquals(RunResult.PRESSED, result.workload());
        final RunResult.Pressure pressure = result.pressure().orElseThrow();
        assertTrue(pressure.cpuShare() <= 0.05, pressure::toString);
        assertTrue(pressure.rounds() > 0, pressure::toString);
        assertTrue(pressure.peakBytes() > Budget.ROOM_BYTES / 2, pressure::toString);
        assertTrue(pressure.peakBytes() < 2 * Budget.ROOM_BYTES, pressure::toString);
        assertTrue(pressure.averageBytes() <= pressure.peakBytes(), pressure::toString);
        // What is given back is gone at once, or the child would hold less with every round.
        assertTrue(pressure.averageBytes() > 0.7 * Budget.ROOM_BYTES, pressure::toString);
    }

    @Test
    void aContestantWithoutMemoryIsAResultNotACrash() throws Exception {
        final RunResult result = run(Contestants.JDK_DIRECT, 0.3, 256 << 20, Optional.empty());
        assertEquals("out-of-memory-error", result.outcome(), result::note);
        assertTrue(result.note().contains(Contestants.JDK_DIRECT), result::note);
        assertFalse(result.isOk());
    }

    @Test
    void aChildThatEndsIsAFailureWithItsExitCode() throws Exception {
        try (ChildProcess child = ChildProcess.start(
                "nothing", EbizzyChild.class, List.of("--no-such-flag"), List.of(), Map.of("LC_ALL", "C"))) {
            final var failed = assertThrows(
                    ChildFailedException.class, () -> child.expect("UP"));
            assertTrue(failed.getMessage().contains("exit code 1"), failed::getMessage);
        }
    }

    @Test
    void aChildEndsWithItsParent() throws Exception {
        final Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        PressureChild.class.getName())
                .start();
        try {
            child.getOutputStream().close();
            assertTrue(child.waitFor(30, TimeUnit.SECONDS), "still runs without a parent");
        } finally {
            child.destroyForcibly().waitFor();
        }
    }

    @Test
    void whoWaitsCostsNoCpuTime() throws Exception {
        final Workload workload = workload(0.3, 512 << 10);
        try (Run run = new Run(setup(Contestants.OFFHEAP_ADDRESS), workload, Optional.of(new Budget(Budget.DERIVED)))) {
            run.start();
            run.awaitUp();
            run.warmUp();
            run.load();
            run.slice(0.3);
            Duration used = cpuTimeOfASecond();
            for (int look = 1; look < LOOKS && used.toMillis() >= 100; look++) {    // the JIT may still be busy
                used = cpuTimeOfASecond();
            }
            assertTrue(used.toMillis() < 100, "the waiting children used " + used); // a core would be 1000 ms
            run.slice(0.3);
            assertEquals(RunResult.OK, run.finish().outcome());
        }
    }

    private static Duration cpuTimeOfASecond() throws InterruptedException {
        final Duration before = childrensCpuTime();
        assertFalse(new CountDownLatch(1).await(1, TimeUnit.SECONDS));         // the second that is looked at
        return childrensCpuTime().minus(before);
    }

    @Test
    void oneThatFailsDoesNotStopTheOthers() throws Exception {
        final Workload tooLarge = workload(0.3, 256 << 20);
        final Workload small = workload(0.3, 512 << 10);
        final List<RunResult> results = Rounds.measure(
                List.of(
                        new Run(setup(Contestants.JDK_DIRECT), tooLarge, Optional.empty()),
                        new Run(setup(Contestants.FFM_MALLOC), small, Optional.empty())),
                0.3,
                (_, _) -> {});
        assertEquals(
                List.of("out-of-memory-error", RunResult.OK),
                results.stream().map(RunResult::outcome).toList());
    }

    @Test
    void whateverHappensBetweenRoundsEndsEveryChild() {
        final List<Run> runs = List.of(
                new Run(setup(Contestants.FFM_MALLOC), workload(0.3, 512 << 10), Optional.empty()),
                new Run(setup(Contestants.FFM_MALLOC), workload(0.3, 512 << 10), Optional.empty()));
        assertThrows(
                IllegalStateException.class,
                () -> Rounds.measure(runs, 0.3, (_, what) -> {
                    if (what.startsWith("round")) {
                        throw new IllegalStateException(what);
                    }
                }));
    }

    private static Duration childrensCpuTime() {
        return ProcessHandle.current()
                .children()
                .map(child -> child.info().totalCpuDuration().orElseThrow())
                .reduce(Duration.ZERO, Duration::plus);
    }

    private RunResult run(String contestant, double seconds, long chunkBytes, Optional<Budget> budget)
            throws InterruptedException {
        final Run run = new Run(setup(contestant), workload(seconds, chunkBytes), budget);
        return Rounds.measure(List.of(run), seconds, (share, _) -> progress.add(share)).getFirst();
    }

    private static Setup setup(String contestant) {
        return Contestants.find(contestant, "").orElseThrow();
    }

    private static Workload workload(double seconds, long chunkBytes) {
        return new Workload(2, 3, chunkBytes, false, false, 1, seconds, 8 * MIB);
    }
}
