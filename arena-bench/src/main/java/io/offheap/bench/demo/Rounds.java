package io.offheap.bench.demo;

import java.util.ArrayList;
import java.util.List;

/// Measures runs side by side: all are started, then one after the other is warmed up, then one after the other is
/// loaded, then each gets one slice of its time in every round. Loading comes late so that the memory that lies idle
/// has not lain there for long.
///
/// One run works at a time, the others wait. Round `r` begins with run `r`, so that no run always comes first
/// or always after a rest. Peers of one round see about the same machine: their ratio within the round
/// is the figure to compare.
final class Rounds {

    /// In how many slices the time of a run is measured. Odd, so that the median is a slice that was measured. The
    /// more there are the closer in time are peers of one round; but a slice must be long against the moment that is
    /// not counted at its beginning, against ticks of CPU time (10 ms), and against a collection cycle of `jdk-direct`
    /// (about 30 ms).
    static final int COUNT = 11;

    /// About what it takes to make a run ready, for the progress bar.
    private static final double START_SECONDS = 0.3;
    private static final double WARM_UP_SECONDS = 0.8;
    private static final double LOAD_SECONDS = 0.3;

    private final List<Run> runs;
    private final double sliceSeconds;
    private final Progress progress;
    private double done;

    private Rounds(List<Run> runs, double seconds, Progress progress) {
        this.runs = runs;
        this.sliceSeconds = seconds / COUNT;
        this.progress = progress;
    }

    /// Measures all runs, and ends their children whatever happens.
    ///
    /// @param seconds how long is measured for each run
    /// @return a result for each run, in their order
    static List<RunResult> measure(List<Run> runs, double seconds, Progress progress) throws InterruptedException {
        try {
            return new Rounds(runs, seconds, progress).measure();
        } finally {
            runs.forEach(Run::close);
        }
    }

    private List<RunResult> measure() throws InterruptedException {
        for (Run run : runs) {
            run.start();
        }
        step("starting", START_SECONDS, Run::awaitUp);
        step("warming up", WARM_UP_SECONDS, Run::warmUp);
        step("loading", LOAD_SECONDS, Run::load);
        for (int round = 0; round < COUNT; round++) {
            for (int turn = 0; turn < runs.size(); turn++) {
                final Run run = runs.get((round + turn) % runs.size());
                show("round " + (round + 1) + " of " + COUNT + ",", run);
                run.slice(sliceSeconds);
                done += sliceSeconds;
            }
        }
        final List<RunResult> results = new ArrayList<>();
        for (Run run : runs) {
            show("purging", run);
            results.add(run.finish());
        }
        progress.show(1, "done");
        return results;
    }

    private void step(String what, double seconds, Step step) throws InterruptedException {
        for (Run run : runs) {
            show(what, run);
            step.take(run);
            done += seconds;
        }
    }

    private void show(String what, Run run) {
        final double each = START_SECONDS + WARM_UP_SECONDS + LOAD_SECONDS + COUNT * sliceSeconds;
        progress.show(Math.min(1, done / (each * runs.size())), what + " " + run.name());
    }

    /// A step of a run.
    @FunctionalInterface
    private interface Step {
        void take(Run run) throws InterruptedException;
    }

    /// Is told how far it is.
    @FunctionalInterface
    interface Progress {

        /// Shows it.
        ///
        /// @param share what is done, 0 to 1
        /// @param what what is being done
        void show(double share, String what);
    }
}
