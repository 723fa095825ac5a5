package io.offheap.bench.demo;

import io.offheap.bench.contestant.Counters;
import io.offheap.bench.result.Spread;
import java.util.List;
import java.util.Optional;

/// One contestant's run, as its parent saw it.
///
/// @param contestant its name
/// @param workload `ebizzy` or `ebizzy-pressure`
/// @param outcome `ok`, `wrong-bytes`, `out-of-memory-error` or `failed`
/// @param note what went wrong, or empty
/// @param throughput what was achieved, if the run came to its end
/// @param counters what was purged from the load to the last slice, and re-used in the slices
/// @param resident the process's resident memory
/// @param pressure what pressed, if anything did
record RunResult(
        String contestant,
        String workload,
        String outcome,
        String note,
        Optional<Throughput> throughput,
        Counters counters,
        Resident resident,
        Optional<Pressure> pressure) {

    /// The outcome of a run in which nothing went wrong.
    static final String OK = "ok";

    /// The workload without pressure.
    static final String CALM = "ebizzy";

    /// The workload under pressure.
    static final String PRESSED = "ebizzy-pressure";

    /// {@return whether the run came to its end and every byte was right}
    boolean isOk() {
        return outcome.equals(OK);
    }

    /// {@return records a second in the middle slice, or 0 if the run failed}
    double perSecond() {
        return throughput.map(achieved -> achieved.perSecond().median()).orElse(0.0);
    }

    /// {@return how many times as fast as `peer`, or nothing if one of them failed}
    Optional<Spread> over(RunResult peer) {
        return throughput.flatMap(ours -> peer.throughput.map(ours::over));
    }

    /// Resident memory of the contestant's process over a run.
    ///
    /// @param startBytes when the JVM was up and nothing had run
    /// @param beforeBytes warmed up, and holding nothing
    /// @param peakBytes the most that was seen while it was measured
    /// @param afterBytes when the load had ended and everything was given back
    /// @param samples of the time in which it was its turn
    record Resident(
            long startBytes, long beforeBytes, long peakBytes, long afterBytes, List<Sample> samples) {

        /// Nothing was seen.
        static final Resident UNKNOWN = new Resident(0, 0, 0, 0, List.of());

        /// {@return what is more than before the load, after everything was given back; may be negative}
        long growthBytes() {
            return afterBytes - beforeBytes;
        }
    }

    /// Resident memory at one moment.
    ///
    /// @param millis of the time in which it was the contestant's turn
    /// @param bytes of the contestant's process
    record Sample(long millis, long bytes) {}

    /// What the pressure child obtained.
    ///
    /// @param budgetBytes what both processes may have resident
    /// @param roomBytes what is left for the child when the contestant has what it needs, and no more
    /// @param averageBytes held by the child, averaged over the time in which it pressed
    /// @param peakBytes held by the child at most
    /// @param takenBytes taken in all, what was given back in between included
    /// @param rounds how often it found the budget exceeded and gave a part back
    /// @param cpuShare the share of one core that its process used in that time
    record Pressure(
            long budgetBytes,
            long roomBytes,
            long averageBytes,
            long peakBytes,
            long takenBytes,
            long rounds,
            double cpuShare) {}
}
