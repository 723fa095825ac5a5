package io.offheap.bench.jmh;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What a fork costs, and the writes after it, by the size of the space.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AddressSpaceFork {

    private static final long PAGE = 4096;

    /// Mebibytes of the space, all of them written.
    @Param({"1", "1024"})
    public int mebibytes;

    private final MemoryDomain domain = MemoryDomain.create();
    private final AddressSpace space = domain.newSpace("measured");
    private long pages;

    /// For JMH.
    public AddressSpaceFork() {}

    /// Gives every page memory.
    @Setup(Level.Trial)
    public void fill() {
        pages = mebibytes * (1L << 20) / PAGE;
        space.map(0, pages * PAGE);
        for (long page = 0; page < pages; page++) {
            space.putLong(page * PAGE, page);
        }
    }

    /// Ends it.
    @TearDown(Level.Trial)
    public void close() {
        domain.close();
    }

    /// A fork that is closed again.
    @Benchmark
    public void forkAndClose() {
        space.fork("child").close();
    }

    /// A fork, and the first write: nodes, leaf and page are copied.
    @Benchmark
    public void forkAndWriteOnePage() {
        try (var child = space.fork("child")) {
            child.putLong(pages / 2 * PAGE, 1);
        }
    }

    /// A fork, and writes to the 256 pages of one mebibyte.
    @Benchmark
    public void forkAndWrite256Pages() {
        try (var child = space.fork("child")) {
            for (long page = 0; page < 256; page++) {
                child.putLong(page * PAGE, 1);
            }
        }
    }
}
