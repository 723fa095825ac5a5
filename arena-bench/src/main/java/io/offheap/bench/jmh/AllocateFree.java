package io.offheap.bench.jmh;

import io.offheap.bench.contestant.BlockSlot;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.SharedBudget;
import io.offheap.memory.os.RawMemory;
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
/// always the one that was freed last.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 7, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xms1g", "-Xmx1g", "-XX:+UseSerialGC"})
public class AllocateFree {

    /// Who allocates.
    @Param({"offheap-address", "ffm-malloc", "jdk-confined"})
    public String contestant;

    /// Bytes of the block.
    @Param({"64", "1024", "4096", "16384", "65536", "1048576"})
    public long size;

    private Contestant allocator;
    private BlockSlot slot;

    /// Makes the contestant.
    @Setup
    public void create() {
        allocator = Contestants.create(contestant, SharedBudget.NONE);
        slot = allocator.newSlot();
    }

    /// {@return the block's address, so that nothing is optimised away}
    @Benchmark
    public long touch() {
        final long address = slot.allocate(size);
        RawMemory.putByte(address, (byte) 1);
        slot.free();
        return address;
    }

    /// Ends the contestant.
    @TearDown
    public void close() {
        allocator.close();
    }
}
