package io.offheap.bench.latency;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Reach;
import io.offheap.bench.result.Result;
import java.util.Map;
import java.util.Optional;

/// What `bench latency` sets out to reach, in nanoseconds; `docs/performance.md` has the reasons.
final class LatencyReach implements Reach {

    private static final long LARGEST_SMALL = 1 << 10;

    /// By size; one thread, blocks by address, with the default checks.
    private static final Map<Long, Double> TOUCH =
            Map.of(4096L, 8.0, 16_384L, 8.0, 65_536L, 12.0, 1L << 20, 50.0, 16L << 20, 100.0);

    private static final Map<Long, Double> BATCH =
            Map.of(64L, 8.0, 1024L, 12.0, 16_384L, 40.0, 65_536L, 40.0, 1L << 20, 200.0);

    @Override
    public Optional<Double> of(Result result) {
        return result.threads().orElse(1) == 1 ? oneThread(result) : manyThreads(result);
    }

    private static Optional<Double> oneThread(Result result) {
        final long size = result.size().orElse(0);
        final boolean touches = result.workload().equals(LatencyChild.TOUCH);
        return switch (result.contestant()) {
            case Contestants.OFFHEAP_ADDRESS ->
                switch (result.workload()) {
                    case LatencyChild.TOUCH ->
                        size <= LARGEST_SMALL ? Optional.of(6.6) : Optional.ofNullable(TOUCH.get(size));
                    case LatencyChild.BATCH -> Optional.ofNullable(BATCH.get(size));
                    default -> Optional.empty();
                };
            case Contestants.OFFHEAP_SEGMENT ->
                touches && size <= LARGEST_SMALL ? Optional.of(9.0) : Optional.empty();
            case Contestants.OFFHEAP_CONFINED -> touches && size == 256 ? Optional.of(15.0) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Optional<Double> manyThreads(Result result) {
        final boolean applies = result.contestant().equals(Contestants.OFFHEAP_ADDRESS)
                && result.workload().equals(LatencyChild.TOUCH)
                && result.metric() == Metric.CPU
                && result.size().orElse(0) == 64
                && result.threads().orElse(0) == 8;
        return applies ? Optional.of(11.0) : Optional.empty();
    }
}
