package io.offheap.bench.vm;

import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import java.util.List;

/// The Java heap that the page table and the frames of a space take, as a share of the mapped bytes: what is in use
/// after a collection, before the space is made and after all of its pages are written.
final class Bookkeeping {

    private static final double PERCENT = 100;
    private static final double MEBIBYTE = 1 << 20;

    /// One is not enough for what has a cleaner or a weak reference.
    private static final int COLLECTIONS = 3;

    private Bookkeeping() {}

    /// {@return a populated space, with what it costs added to the findings}
    static PopulatedSpace measure(Findings findings, long bytes) {
        PopulatedSpace.of(bytes / 8).close();                                   // classes and compiled code
        final long before = heapInUse();
        final PopulatedSpace space = PopulatedSpace.of(bytes);
        final long taken = heapInUse() - before;
        findings.add(
                List.of(Result.of("vm-bookkeeping", VmShape.SPACE, Metric.RESIDENT)
                        .threads(1)
                        .size(bytes)
                        .figure(taken / MEBIBYTE)
                        .note("Java heap after a collection")
                        .build()),
                Goal.atMost("page table and frames, of mapped bytes", PERCENT * taken / bytes, 0.5, 0.25, "%"));
        return space;
    }

    private static long heapInUse() {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
