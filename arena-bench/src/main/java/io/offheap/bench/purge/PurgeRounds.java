package io.offheap.bench.purge;

import io.offheap.bench.measure.CpuTime;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Allocator and system call in turns on memory of one shape: a busy moment of the machine meets both.
///
/// Throughput is by elapsed time. The ratio is by the CPU time of the thread, all of which either spends in the
/// kernel or on its way there: what the machine does beside stays out of it.
///
/// @param shape of the memory
/// @param threads of the process that run meanwhile, the one that purges among them
/// @param ours what the allocator took, by round
/// @param raw what the system call alone took, by round
record PurgeRounds(PurgeShape shape, int threads, List<Taken> ours, List<Taken> raw) {

    /// What one purge took.
    ///
    /// @param nanos elapsed
    /// @param cpuNanos CPU time of the thread
    /// @param hugeShare the share of the memory that lay in huge pages, 1 at most; 0 where nobody looked
    record Taken(long nanos, long cpuNanos, double hugeShare) {}

    /// Measures as [#measure] does, while another thread of this process runs.
    static PurgeRounds measureBeside(PurgeShape shape, int warmUpRounds, int rounds) {
        try (BusyThread _ = new BusyThread()) {
            return measure(shape, 2, warmUpRounds, rounds);
        }
    }

    /// Measures, after rounds without memory that only warm up, and one round that is not counted.
    ///
    /// @param warmUpRounds without memory
    /// @param rounds that are counted
    static PurgeRounds measure(PurgeShape shape, int warmUpRounds, int rounds) {
        return measure(shape, 1, warmUpRounds, rounds);
    }

    private static PurgeRounds measure(PurgeShape shape, int threads, int warmUpRounds, int rounds) {
        final List<Taken> ours = new ArrayList<>();
        final List<Taken> raw = new ArrayList<>();
        try (PurgeSubject volatileRuns = new VolatileRuns(shape);
                PurgeSubject ranges = new RawRanges(shape)) {
            for (int round = 0; round < warmUpRounds; round++) {
                warmUp(volatileRuns);
                warmUp(ranges);
            }
            for (int round = 0; round <= rounds; round++) {
                if (round % 2 == 0) {
                    ours.add(take(volatileRuns, shape));
                }
                raw.add(take(ranges, shape));
                if (round % 2 != 0) {
                    ours.add(take(volatileRuns, shape));
                }
            }
        }
        return new PurgeRounds(
                shape, threads, List.copyOf(ours.subList(1, ours.size())), List.copyOf(raw.subList(1, raw.size())));
    }

    private static void warmUp(PurgeSubject subject) {
        subject.prepare();
        subject.purge();
    }

    /// {@return how many times the CPU time the system call alone took, round by round}
    Spread ratio() {
        return Spread.of(IntStream.range(0, ours.size())
                .mapToDouble(round -> (double) raw.get(round).cpuNanos / Math.max(1, ours.get(round).cpuNanos)));
    }

    /// {@return the least share of the memory that lay in huge pages, over both and all rounds}
    double hugeShare() {
        return Stream.concat(ours.stream(), raw.stream()).mapToDouble(Taken::hugeShare).min().orElse(0);
    }

    /// {@return the throughput of both}
    List<Result> results() {
        return List.of(result(VolatileRuns.NAME, ours), result(RawRanges.NAME, raw));
    }

    private Result result(String contestant, List<Taken> taken) {
        final double bytes = shape.purgeableBytes();
        return Result.of(shape.workload(), contestant, Metric.THROUGHPUT)
                .unit("bytes/s")
                .threads(threads)
                .size(shape.runBytes())
                .figures(
                        Spread.of(taken.stream().mapToDouble(one -> bytes * TimeUnit.SECONDS.toNanos(1) / one.nanos)),
                        taken.size())
                .note(shape.runs() + (shape.runs() == 1 ? " run" : " runs"))
                .build();
    }

    private static Taken take(PurgeSubject subject, PurgeShape shape) {
        subject.touch();
        final double hugeShare =
                shape.isHuge() ? Math.min(1, subject.hugeBytes() / (double) shape.purgeableBytes()) : 0;
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
        return new Taken(Math.max(1, nanos), cpuNanos, hugeShare);
    }
}
