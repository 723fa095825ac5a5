package io.offheap.bench.vm;

import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.Spread;
import io.offheap.memory.AddressSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// Two threads write words at random places of a space, while there is no snapshot and while there is one, in turns.
///
/// A snapshot's life is from before it is taken until it is closed. The writers go to all pages alike, which is the
/// worst they can do: every page that they meet is copied.
final class SnapshotContest {

    private static final int WRITERS = 2;
    private static final double PERCENT = 100;

    private final PopulatedSpace space;
    private final VmShape shape;
    private final List<RandomWriter> writers;

    SnapshotContest(PopulatedSpace space, VmShape shape) {
        this.space = space;
        this.shape = shape;
        writers = IntStream.rangeClosed(1, WRITERS).mapToObj(seed -> new RandomWriter(space, seed)).toList();
    }

    /// Measures.
    void measure(Findings findings) throws InterruptedException {
        final List<Double> without = new ArrayList<>();
        final List<Double> with = new ArrayList<>();
        writers.forEach(Thread::start);
        try {
            alone();                                                    // until it is compiled
            for (int round = 0; round < shape.fewRounds(); round++) {
                without.add(alone());
                with.add(besideASnapshot());
            }
        } finally {
            for (RandomWriter writer : writers) {
                writer.end();
            }
        }
        final Spread lost = Spread.of(IntStream.range(0, with.size())
                .mapToDouble(round -> PERCENT * (1 - with.get(round) / without.get(round))));
        findings.add(
                List.of(result("none", without), result("alive", with)),
                Goal.atMost("writes lost to a snapshot of " + (space.bytes() >> 20) + " MiB", lost.median(), 30, 10, "%"));
    }

    private double alone() throws InterruptedException {
        final long before = written();
        final long start = System.nanoTime();
        Thread.sleep(shape.lifeMillis());
        return perSecond(before, start);
    }

    private double besideASnapshot() throws InterruptedException {
        final long before = written();
        final long start = System.nanoTime();
        try (AddressSpace snapshot = space.space().snapshot()) {
            final long first = snapshot.getLong(0);
            Thread.sleep(shape.lifeMillis());
            if (snapshot.getLong(0) != first) {
                throw new IllegalStateException("the snapshot has changed");
            }
        }
        return perSecond(before, start);
    }

    private double perSecond(long before, long start) {
        return (double) (written() - before) * TimeUnit.SECONDS.toNanos(1) / (System.nanoTime() - start);
    }

    private long written() {
        return writers.stream().mapToLong(RandomWriter::written).sum();
    }

    private Result result(String snapshot, List<Double> writes) {
        return Result.of("vm-snapshot", VmShape.SPACE, Metric.THROUGHPUT)
                .unit("writes/s")
                .threads(WRITERS)
                .size(space.bytes())
                .figures(Spread.of(writes.stream().mapToDouble(Double::doubleValue)), writes.size())
                .at(snapshot)
                .note("snapshots that live " + shape.lifeMillis() + " ms")
                .build();
    }
}
