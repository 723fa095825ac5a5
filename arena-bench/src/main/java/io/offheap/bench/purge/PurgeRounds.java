package io.offheap.bench.purge;

import io.offheap.bench.measure.CpuTime;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// Allocator and system call in turns on memory of one shape: a busy moment of the machine meets both.
///
/// Throughput is by elapsed time. The ratio is by the CPU time of the thread, all of which either spends in the
/// kernel or on its way there: what the machine does beside stays out of it.
///
/// @param shape of the memory
/// @param ours what the allocator took, by round
/// @param raw what the system call alone took, by round
record PurgeRounds(PurgeShape shape, List<Taken> ours, List<Taken> raw) {

    /// What one purge took.
    ///
    /// @param nanos elapsed
    /// @param cpuNanos CPU time of the thread
    record Taken(long nanos, long cpuNanos) {}

    /// Measures.
    ///
    /// @param warmUpRounds that are not counted
    /// @param rounds that are
    static PurgeRounds measure(PurgeShape shape, int warmUpRounds, int rounds) {
        final Taken[] ours = new Taken[warmUpRounds + rounds];
        final Taken[] raw = new Taken[warmUpRounds + rounds];
        try (PurgeSubject volatileRuns = new VolatileRuns(shape);
                PurgeSubject ranges = new RawRanges(shape)) {
            for (int round = 0; round < warmUpRounds + rounds; round++) {
                final boolean oursFirst = round % 2 == 0;
                ours[round] = oursFirst ? take(volatileRuns, shape) : null;
                raw[round] = take(ranges, shape);
                ours[round] = oursFirst ? ours[round] : take(volatileRuns, shape);
            }
        }
        return new PurgeRounds(
                shape,
                List.of(ours).subList(warmUpRounds, warmUpRounds + rounds),
                List.of(raw).subList(warmUpRounds, warmUpRounds + rounds));
    }

    /// {@return how many times the CPU time the system call alone took, round by round}
    Spread ratio() {
        return Spread.of(IntStream.range(0, ours.size())
                .mapToDouble(round -> (double) raw.get(round).cpuNanos / Math.max(1, ours.get(round).cpuNanos)));
    }

    /// {@return the throughput of both}
    List<Result> results() {
        return List.of(result(VolatileRuns.NAME, ours), result(RawRanges.NAME, raw));
    }

    private Result result(String contestant, List<Taken> taken) {
        final double bytes = shape.purgeableBytes();
        return Result.of(shape.workload(), contestant, Metric.THROUGHPUT)
                .unit("bytes/s")
                .threads(1)
                .size(shape.runBytes())
                .figures(
                        Spread.of(taken.stream().mapToDouble(one -> bytes * TimeUnit.SECONDS.toNanos(1) / one.nanos)),
                        taken.size())
                .note(shape.runs() + (shape.runs() == 1 ? " run" : " runs"))
                .build();
    }

    private static Taken take(PurgeSubject subject, PurgeShape shape) {
        subject.touch();
        final long startCpu = CpuTime.threadNanos();
        final long start = System.nanoTime();
        final long given = subject.purge();
        final long nanos = System.nanoTime() - start;
        final long cpuNanos = CpuTime.threadNanos() - startCpu;
        if (given < shape.purgeableBytes()) {
            throw new IllegalStateException(
                    subject.getClass().getSimpleName() + " gave back " + given + " of " + shape.purgeableBytes()
                            + " bytes");
        }
        return new Taken(Math.max(1, nanos), cpuNanos);
    }
}
