package io.offheap.bench.vm;

import io.offheap.bench.measure.CpuTime;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// Contestants that do the same in turns, a batch each, so that a busy moment of the machine meets all of them.
///
/// Times are elapsed; what goals are held against is the CPU time of the thread, because the machine's other work stays
/// out of it. Everything compared here works in one thread and waits for nobody.
///
/// @param works who takes part
/// @param taken what each took for an operation, by contestant and round
record SideBySide(List<Work> works, List<List<Taken>> taken) {

    private static final int LEAST_WARM_UP = 2;

    private static volatile long lookedAt;

    /// What one operation took on average of a batch.
    ///
    /// @param nanos    elapsed
    /// @param cpuNanos CPU time of the thread
    record Taken(double nanos, double cpuNanos) {}

    /// Measures.
    ///
    /// @param warmUpMillis rounds are not counted until they have taken so much CPU time, and at least two
    /// @param rounds       that are
    static SideBySide measure(long warmUpMillis, int rounds, List<Work> works) {
        final long end = CpuTime.threadNanos() + TimeUnit.MILLISECONDS.toNanos(warmUpMillis);
        for (int round = 0; round < LEAST_WARM_UP || CpuTime.threadNanos() < end; round++) {
            works.forEach(SideBySide::take);
        }
        final List<List<Taken>> taken = new ArrayList<>();
        works.forEach(_ -> taken.add(new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
            for (int turn = 0; turn < works.size(); turn++) {
                final int who = (round + turn) % works.size();
                taken.get(who).add(take(works.get(who)));
            }
        }
        return new SideBySide(works, taken);
    }

    private static Taken take(Work work) {
        work.prepare().run();
        try {
            final long cpuStart = CpuTime.threadNanos();
            final long start = System.nanoTime();
            lookedAt = work.batch().getAsLong();
            final long nanos = System.nanoTime() - start;
            final long cpuNanos = CpuTime.threadNanos() - cpuStart;
            return new Taken((double) nanos / work.operations(), (double) cpuNanos / work.operations());
        } finally {
            work.finish().run();
        }
    }

    /// {@return the CPU time of an operation of one contestant, in nanoseconds}
    Spread cpu(int who) {
        return Spread.of(taken.get(who).stream().mapToDouble(Taken::cpuNanos));
    }

    /// {@return how many times the CPU time of `other` the one took, round by round}
    Spread ratio(int who, int other) {
        return Spread.of(IntStream.range(0, taken.get(who).size())
                .mapToDouble(round -> taken.get(who).get(round).cpuNanos
                        / Math.max(Double.MIN_NORMAL, taken.get(other).get(round).cpuNanos)));
    }

    /// {@return what one of them took, alone}
    SideBySide only(int who) {
        return new SideBySide(works.subList(who, who + 1), taken.subList(who, who + 1));
    }

    /// {@return elapsed and CPU time of everybody}
    ///
    /// @param size bytes of what was worked on
    List<Result> results(String workload, long size) {
        final List<Result> results = new ArrayList<>();
        for (Metric metric : List.of(Metric.TIME, Metric.CPU)) {
            for (int who = 0; who < works.size(); who++) {
                results.add(result(workload, size, metric, who));
            }
        }
        return results;
    }

    private Result result(String workload, long size, Metric metric, int who) {
        final boolean isTime = metric == Metric.TIME;
        final List<Taken> own = taken.get(who);
        return Result.of(workload, works.get(who).contestant(), metric)
                .threads(1)
                .size(size)
                .figures(isTime ? Spread.of(own.stream().mapToDouble(Taken::nanos)) : cpu(who), own.size())
                .note(isTime ? "" : "of the thread")
                .build();
    }
}
