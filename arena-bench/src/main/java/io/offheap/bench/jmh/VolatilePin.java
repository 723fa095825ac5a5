package io.offheap.bench.jmh;

import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.VolatileMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
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

/// A pin of a volatile block, a read, and the end of the pin: of a block that nobody else pins and of one that
/// stays pinned, beside the shared arena of the JDK.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class VolatilePin {

    private final OffHeapAllocator allocator = OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).build();
    private final VolatileMemory block = allocator.allocateVolatile(64 << 10);
    private final VolatileMemory nested = allocator.allocateVolatile(64 << 10);
    private VolatileMemory.Pin outer;

    /// For JMH.
    public VolatilePin() {}

    /// Keeps one block pinned.
    @Setup(Level.Trial)
    public void pinOne() {
        outer = nested.pin();
    }

    /// Ends the allocator.
    @TearDown(Level.Trial)
    public void close() {
        outer.close();
        allocator.close();
    }

    private static long read(VolatileMemory.Pin pin) {
        return pin.segment().get(ValueLayout.JAVA_LONG, 0);
    }

    /// {@return a word of a block that is taken back and let go of}
    @Benchmark
    public long pinConfined() {
        try (var pin = block.pinConfined()) {
            return read(pin);
        }
    }

    /// {@return a word of a block that stays pinned}
    @Benchmark
    public long pinConfinedNested() {
        try (var pin = nested.pinConfined()) {
            return read(pin);
        }
    }

    /// {@return a word of a block that is taken back and let go of}
    @Benchmark
    public long pin() {
        try (var pin = block.pin()) {
            return read(pin);
        }
    }

    /// {@return whether an arena of all threads was alive}
    @Benchmark
    public boolean jdkShared() {
        try (var arena = Arena.ofShared()) {
            return arena.scope().isAlive();
        }
    }
}
