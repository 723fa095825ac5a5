package io.offheap.bench.jmh;

import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Pair;
import io.offheap.bench.contestant.SharedBudget;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One block: allocated, its first byte touched, freed. The best case of every allocator, since the block is
/// always the one that was freed last. The twin of `bench latency`, whose loop should cost the same: see [JmhTwin].
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 7, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"})
public class AllocateFree {

    /// Who allocates.
    @Param({"offheap-address", "ffm-malloc", "jdk-confined"})
    public String contestant;

    /// Bytes of the block.
    @Param({"64", "1024", "4096", "16384", "65536", "1048576"})
    public long size;

    private Contestant allocator;
    private Pair pair;

    /// Makes the contestant.
    @Setup
    public void create() {
        allocator = Contestants.create(contestant, SharedBudget.NONE);
        pair = allocator.newPair();
    }

    /// {@return the block's address, so that nothing is optimised away}
    @Benchmark
    public long touch() {
        return pair.touch(size);
    }

    /// Ends the contestant.
    @TearDown
    public void close() {
        allocator.close();
    }
}
