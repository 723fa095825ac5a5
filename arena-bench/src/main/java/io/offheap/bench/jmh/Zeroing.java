package io.offheap.bench.jmh;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.util.AlignedMath;
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

/// What it costs to make dirty memory read as zero: by `memset`, by the JDK's fill, and, for the large sizes, by giving it
/// back, when all of it or a sixteenth of it is touched afterwards.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 2, time = 400, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class Zeroing {

    private static final long HUGE_PAGE = 2 << 20;

    /// Bytes of the block.
    @Param({"64", "256", "4096", "65536", "1048576", "16777216", "67108864"})
    public long size;

    /// What backs the block.
    @Param({"NOHUGEPAGE", "HUGEPAGE"})
    public Advice pages;

    private final SystemMemory os = Platform.memory();
    private long region;
    private long address;

    /// Reserves the block and puts memory behind it.
    @Setup
    public void reserve() {
        region = os.reserve(reservedBytes());
        os.advise(region, reservedBytes(), pages);
        address = AlignedMath.alignUp(region, HUGE_PAGE);
        touch(size);
    }

    private long reservedBytes() {
        return AlignedMath.alignUp(size, HUGE_PAGE) + HUGE_PAGE;
    }

    private void touch(long bytes) {
        for (long page = address; page < address + bytes; page += os.pageSize()) {
            RawMemory.putByte(page, (byte) 1);
        }
    }

    private void purge() {
        os.advise(address, AlignedMath.alignUp(size, os.pageSize()), Advice.DONTNEED);
    }

    /// Zeroed by `memset`, touched.
    @Benchmark
    public void zero() {
        RawMemory.zero(address, size);
        touch(size);
    }

    /// Zeroed by the JDK, touched.
    @Benchmark
    public void fill() {
        RawMemory.segment(address, size).fill((byte) 0);
        touch(size);
    }

    /// Given back, faulted in as a whole.
    @Benchmark
    public void purgeAndTouch() {
        purge();
        touch(size);
    }

    /// Given back, a sixteenth of it faulted in. What is missing then is zero already, and costs nothing the next time.
    @Benchmark
    public void purgeAndTouchASixteenth() {
        purge();
        touch(size / 16);
    }

    /// Gives the addresses back.
    @TearDown
    public void release() {
        os.release(region, reservedBytes());
    }
}
