package io.offheap.bench.jmh;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What it costs to give 64 scattered runs of 64 KiB back, one by one and in one call; and to fault 4 MiB in again.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 7, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class Purge {

    private static final int RUNS = 64;
    private static final long RUN_BYTES = 64 << 10;

    private final SystemMemory os = Platform.memory();
    private final long[] addresses = new long[RUNS];
    private final long[] sizes = new long[RUNS];
    private long region;

    /// Reserves the runs, with as much between them.
    @Setup
    public void reserve() {
        region = os.reserve(2 * RUNS * RUN_BYTES);
        for (int i = 0; i < RUNS; i++) {
            addresses[i] = region + 2 * i * RUN_BYTES;
            sizes[i] = RUN_BYTES;
        }
    }

    /// Puts memory behind every page of the runs.
    @Setup(Level.Invocation)
    public void touch() {
        for (final long address : addresses) {
            for (long page = address; page < address + RUN_BYTES; page += os.pageSize()) {
                RawMemory.putByte(page, (byte) 1);
            }
        }
    }

    /// 64 calls of `madvise`.
    @Benchmark
    public void runByRun() {
        for (int i = 0; i < RUNS; i++) {
            os.advise(addresses[i], sizes[i], Advice.DONTNEED);
        }
    }

    /// {@return bytes given back} One call of `process_madvise`.
    @Benchmark
    public long inOneCall() {
        return os.adviseAll(addresses, sizes, RUNS, Advice.DONTNEED);
    }

    /// The runs are given back and faulted in again: what a purge costs whoever wanted the memory.
    @Benchmark
    public void inOneCallAndFaultedInAgain() {
        os.adviseAll(addresses, sizes, RUNS, Advice.DONTNEED);
        touch();
    }

    /// Gives the addresses back.
    @TearDown
    public void release() {
        os.release(region, 2 * RUNS * RUN_BYTES);
    }
}
