package io.offheap.bench.demo;

import io.offheap.bench.contestant.Counters;
import io.offheap.bench.result.Spread;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// What one contestant achieved, slice by slice: slice `r` was measured in round `r`.
///
/// @param slices at least one
record Throughput(List<Slice> slices) {

    /// {@return records a second of the slices}
    Spread perSecond() {
        return Spread.of(slices.stream().mapToDouble(Slice::perSecond));
    }

    /// {@return how many times as fast as `peer`: the spread over the rounds of the ratio within each round}
    ///
    /// What else the machine did meanwhile hits both sides of such a ratio, and stays out of it. A peer that did nothing in
    /// a round counts as if it had done one record.
    ///
    /// @param peer measured in the same rounds
    Spread over(Throughput peer) {
        if (peer.slices.size() != slices.size()) {
            throw new IllegalArgumentException(slices.size() + " slices against " + peer.slices.size());
        }
        return Spread.of(IntStream.range(0, slices.size())
                .mapToDouble(round ->
                        slices.get(round).perSecond() / peer.slices.get(round).atLeastOne().perSecond()));
    }

    /// {@return how many records in all}
    long records() {
        return slices.stream().mapToLong(Slice::records).sum();
    }

    /// {@return CPU time of the whole process for each record, over all slices}
    double cpuNanos() {
        return slices.stream().mapToLong(Slice::cpuNanos).sum() / (double) Math.max(1, records());
    }

    /// What was done in one slice of time.
    ///
    /// @param records blocks copied, searched and freed
    /// @param nanos how long it took
    /// @param cpuNanos CPU time of the whole process
    /// @param reuses volatile runs that were taken back with their pages, as [Counters] counts them
    record Slice(long records, long nanos, long cpuNanos, long reuses) {

        private Slice atLeastOne() {
            return records > 0 ? this : new Slice(1, nanos, cpuNanos, reuses);
        }

        /// {@return records a second}
        double perSecond() {
            return records * (double) TimeUnit.SECONDS.toNanos(1) / nanos;
        }
    }
}
