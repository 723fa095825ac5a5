package io.offheap.bench.survive;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.limit.MemoryLimit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// How one run ended.
///
/// @param outcome `survived`, `oom-killed`, `out-of-memory-error`, `wrong-bytes` or `failed`
/// @param usage what the limit counted
/// @param levels what was used when a phase was full and when it was freed, as far as the run came
/// @param times how long it took, if it survived
/// @param reason what went wrong, or what a survivor says about itself
record Ending(String outcome, MemoryLimit.Usage usage, List<Level> levels, Optional<Times> times, String reason) {

    static final String SURVIVED = "survived";
    static final String OOM_KILLED = "oom-killed";

    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

    /// {@return the ending of a run that could not be made}
    static Ending failed(String reason) {
        return new Ending(
                ChildFailedException.FAILED, new MemoryLimit.Usage(0, 0, 0, 0), List.of(), Optional.empty(), reason);
    }

    /// What was used in one phase.
    ///
    /// @param fullBytes when every block was written
    /// @param freedBytes when all but those that stay were freed, or -1 if it did not come so far
    record Level(long fullBytes, long freedBytes) {

        private String text() {
            return (fullBytes >> 20) + "/" + (freedBytes < 0 ? "-" : Long.toString(freedBytes >> 20));
        }
    }

    /// How long the phases took the contestant, without the start of its JVM.
    ///
    /// @param nanos elapsed
    /// @param cpuNanos CPU time of its process
    record Times(long nanos, long cpuNanos) {

        /// {@return elapsed seconds}
        double seconds() {
            return nanos / NANOS;
        }

        /// {@return CPU seconds}
        double cpuSeconds() {
            return cpuNanos / NANOS;
        }
    }

    /// {@return whether every byte was right, and nobody was killed}
    boolean isSurvived() {
        return outcome.equals(SURVIVED);
    }

    /// {@return what was used at most, in MiB}
    double peakMebibytes() {
        return usage.peakBytes() / (double) (1 << 20);
    }

    /// {@return what was used in each phase when it was full, and when it was freed, in MiB}
    String levelsText() {
        return levels.stream().map(Level::text).collect(Collectors.joining(" "));
    }

    /// {@return the note for reports: what the limit counted, then the phases, then the reason}
    String note() {
        final String counted = String.format(
                Locale.ROOT,
                "max usage %d bytes, failcnt %d, oom kills %d",
                usage.peakBytes(),
                usage.failures(),
                usage.kills());
        return counted + "; full/freed MiB: " + levelsText() + (reason.isEmpty() ? "" : "; " + reason);
    }
}
