package io.offheap.bench.turns;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.contestant.Setup;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// What came out of one cell for one contestant.
///
/// @param setup who it was
/// @param cell what was measured
/// @param version of the implementation
/// @param slices one for each round; empty when it failed
/// @param memory what it took; empty when it failed
/// @param failure why it failed
public record Outcome(
        Setup setup,
        Cell cell,
        String version,
        List<Slice> slices,
        Optional<Memory> memory,
        Optional<ChildFailedException> failure) {

    /// The remark of a footprint where the heap is not touched before.
    public static final String WITH_HEAP = "; the heap that garbage has touched is in it";

    private static final double MEBIBYTE = 1 << 20;

    /// Memory at the end of a cell, before anything is freed.
    ///
    /// @param grownBytes resident, more than before the cell
    /// @param liveBytes allocated, as it was asked for
    /// @param grownAtSlices resident more than before the cell at the end of each slice
    public record Memory(long grownBytes, long liveBytes, List<Long> grownAtSlices) {

        /// {@return the most that was resident more than before the cell}
        public long peakBytes() {
            return Math.max(
                    grownBytes, grownAtSlices.stream().mapToLong(Long::longValue).max().orElse(0));
        }
    }

    /// {@return elapsed time of one operation}
    public Result time() {
        return result(Metric.TIME, Slice::nanosEach);
    }

    /// {@return CPU time of one operation}
    public Result cpu() {
        return result(Metric.CPU, Slice::cpuNanosEach);
    }

    /// {@return the most that was resident more than before the cell; empty when it failed}
    ///
    /// @param remark for the note, after what is live; may be empty
    public Optional<Result> peak(String remark) {
        return memory.map(taken -> begin(Metric.PEAK)
                .figure(taken.peakBytes() / MEBIBYTE)
                .note(String.format(Locale.ROOT, "%.1f MiB live at the end%s", taken.liveBytes() / MEBIBYTE, remark))
                .build());
    }

    /// {@return what was resident more than before the cell at the end of each slice, by the milliseconds that were
    /// measured until then; empty when it failed}
    ///
    /// @param sliceMillis of each slice
    public List<Result> overTime(long sliceMillis) {
        final List<Long> grown = memory.map(Memory::grownAtSlices).orElse(List.of());
        return IntStream.range(0, grown.size())
                .mapToObj(slice -> begin(Metric.RESIDENT)
                        .figure(grown.get(slice) / MEBIBYTE)
                        .at(Long.toString((slice + 1) * sliceMillis))
                        .build())
                .toList();
    }

    /// {@return the beginning of a result, with everything but figures}
    public Result.Builder begin(Metric metric) {
        final Result.Builder result = Result.of(cell.workload(), setup.name(), metric)
                .threads(cell.threads())
                .mode(setup.way(version));
        if (cell.size() > 0) {
            result.size(cell.size());
        }
        return failure.map(failed -> result.outcome(failed.outcome()).note(failed.getMessage()))
                .orElse(result);
    }

    private Result result(Metric metric, ToDoubleFunction<Slice> figure) {
        final Result.Builder result = begin(metric);
        if (failure.isEmpty()) {
            result.figures(Spread.of(slices.stream().mapToDouble(figure)), slices.size());
        }
        return result.build();
    }
}
