package io.offheap.bench.cprogram;

import io.offheap.bench.turns.Cell;
import java.util.ArrayList;
import java.util.List;

/// What is measured of C allocators: the cells of the Java benchmarks.
final class Cells {

    /// The workload whose resident growth counts.
    static final String MIXED_MANY = "mixed-200k";

    private static final List<Long> SIZES =
            List.of(16L, 64L, 256L, 1L << 10, 4L << 10, 16L << 10, 64L << 10, 1L << 20, 16L << 20);
    private static final List<Long> QUICK_SIZES = List.of(64L, 4L << 10, 64L << 10, 1L << 20);
    private static final List<Long> CROSS_THREAD_SIZES = List.of(64L, 1L << 10, 16L << 10, 256L << 10);
    private static final long LARGEST_BATCH = 1 << 20;
    private static final List<Long> SIZES_OF_TWO = List.of(64L, 1L << 10, 16L << 10, 1L << 20);
    private static final List<Long> SIZES_OF_EIGHT = List.of(64L, 1L << 10);
    private static final List<Long> QUICK_SIZES_OF_MANY = List.of(64L);

    private Cells() {}

    /// {@return the cells}
    static List<Cell> all(boolean quick) {
        final List<Long> sizes = quick ? QUICK_SIZES : SIZES;
        final List<Cell> cells = new ArrayList<>();
        sizes.forEach(size -> cells.add(new Cell("latency", 1, size)));
        sizes.forEach(size -> cells.add(new Cell("latency-write", 1, size)));
        sizes.stream()
                .filter(size -> size <= LARGEST_BATCH)
                .forEach(size -> cells.add(new Cell("latency-batch100", 1, size)));
        (quick ? QUICK_SIZES_OF_MANY : SIZES_OF_TWO).forEach(size -> cells.add(new Cell("latency", 2, size)));
        (quick ? QUICK_SIZES_OF_MANY : SIZES_OF_EIGHT).forEach(size -> cells.add(new Cell("latency", 8, size)));
        List.of(1, 2, 8).forEach(threads -> cells.add(new Cell("mixed", threads, 0)));
        List.of(1, 2).forEach(threads -> cells.add(new Cell(MIXED_MANY, threads, 0)));
        CROSS_THREAD_SIZES.forEach(size -> cells.add(new Cell("crossthread", 2, size)));
        return cells;
    }
}
