package io.offheap.bench.mixed;

import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Reach;
import io.offheap.bench.result.Result;
import java.util.Map;
import java.util.Optional;

/// What `bench mixed` sets out to reach for blocks by address: CPU nanoseconds an operation, by threads, and
/// resident growth.
final class MixedReach implements Reach {

    private static final Map<Integer, Double> FEW = Map.of(1, 8.5, 2, 9.0, 8, 11.0);
    private static final Map<Integer, Double> MANY = Map.of(1, 20.0, 2, 30.0);

    /// Resident growth over live bytes.
    private static final double MOST_GROWTH = 1.5;

    @Override
    public Optional<Double> of(Result result) {
        if (!result.contestant().equals(Contestants.OFFHEAP_ADDRESS)) {
            return Optional.empty();
        }
        final int threads = result.threads().orElse(1);
        return switch (result.metric()) {
            case CPU -> Optional.ofNullable((result.workload().equals(MixedChild.FEW) ? FEW : MANY).get(threads));
            case RESIDENT -> Optional.of(MOST_GROWTH * MixedCommand.liveMebibytes(threads));
            default -> Optional.empty();
        };
    }
}
