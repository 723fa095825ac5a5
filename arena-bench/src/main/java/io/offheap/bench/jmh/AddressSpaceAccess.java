package io.offheap.bench.jmh;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

/// What a check of each access costs: 64 MiB of an address space beside a plain segment of that size, at random
/// places and as a whole; and marks of one page and of all pages.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AddressSpaceAccess {

    private static final long SIZE = 64L << 20;
    private static final long LONGS_MASK = SIZE / Long.BYTES - 1;

    private final MemoryDomain domain = MemoryDomain.create();
    private final AddressSpace space = domain.newSpace("measured");
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment = arena.allocate(SIZE, Long.BYTES);
    private final MemorySegment target = arena.allocate(SIZE, Long.BYTES);
    private long random = 42;

    /// For JMH.
    public AddressSpaceAccess() {}

    /// Gives every page memory.
    @Setup(Level.Trial)
    public void fill() {
        space.map(0, SIZE);
        for (long at = 0; at < SIZE; at += Long.BYTES) {
            space.putLong(at, at);
            segment.set(ValueLayout.JAVA_LONG, at, at);
        }
        target.fill((byte) 1);
    }

    /// Ends both.
    @TearDown(Level.Trial)
    public void close() {
        domain.close();
        arena.close();
    }

    /// xorshift64: the same sequence of places for every contestant.
    private long next() {
        long x = random;
        x ^= x << 13;
        x ^= x >>> 7;
        x ^= x << 17;
        random = x;
        return (x & LONGS_MASK) * Long.BYTES;
    }

    /// {@return a word of the space}
    @Benchmark
    public long spaceGetLong() {
        return space.getLong(next());
    }

    /// {@return a word of the segment}
    @Benchmark
    public long segmentGetLong() {
        return segment.get(ValueLayout.JAVA_LONG, next());
    }

    /// Writes a word of the space.
    @Benchmark
    public void spacePutLong() {
        final long at = next();
        space.putLong(at, at);
    }

    /// Writes a word of the segment.
    @Benchmark
    public void segmentPutLong() {
        final long at = next();
        segment.set(ValueLayout.JAVA_LONG, at, at);
    }

    /// Copies all of the space.
    @Benchmark
    public void spaceRead() {
        space.read(0, target);
    }

    /// Copies all of the segment.
    @Benchmark
    public void segmentCopy() {
        MemorySegment.copy(segment, 0, target, 0, SIZE);
    }

    /// Marks and unmarks one page.
    @Benchmark
    public Object markOnePage() {
        space.markVolatile(0, 4096);
        return space.unmarkVolatile(0, 4096);
    }

    /// Marks and unmarks all pages.
    @Benchmark
    public Object markAllPages() {
        space.markVolatile(0, SIZE);
        return space.unmarkVolatile(0, SIZE);
    }
}
