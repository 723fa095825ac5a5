package io.offheap.bench.latency;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.SharedBudget;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Blocks by address make no garbage: what JMH's profiler `gc` shows for the fast path, as a test. The heap that the
/// calling thread takes is counted by the JVM, exactly.
class NoGarbageTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int BLOCKS = 100;
    private static final int ROUNDS = 300;

    /// Slow paths may take an object now and then: a slab, a stack that grows.
    private static final double MOST_BYTES_EACH = 0.5;

    @ParameterizedTest
    @ValueSource(longs = {16, 64, 1024, 4096, 16_384, 65_536, 1 << 20})
    void aPairTakesNoHeap(long size) throws Exception {
        try (Contestant contestant = Contestants.create(Contestants.OFFHEAP_ADDRESS, SharedBudget.NONE)) {
            final BlockTable one = contestant.newTable(1);
            pairs(one, size);
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            pairs(one, size);
            check(THREADS.getCurrentThreadAllocatedBytes() - before, size);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {64, 1024, 16_384})
    void aHundredLiveBlocksTakeNoHeap(long size) throws Exception {
        try (Contestant contestant = Contestants.create(Contestants.OFFHEAP_ADDRESS, SharedBudget.NONE)) {
            final BlockTable table = contestant.newTable(BLOCKS);
            batches(table, size);
            final long before = THREADS.getCurrentThreadAllocatedBytes();
            batches(table, size);
            check(THREADS.getCurrentThreadAllocatedBytes() - before, size);
        }
    }

    private static void pairs(BlockTable table, long size) {
        for (int pair = 0; pair < ROUNDS * BLOCKS; pair++) {
            table.allocate(0, size);
            table.free(0);
        }
    }

    private static void batches(BlockTable table, long size) {
        for (int round = 0; round < ROUNDS; round++) {
            for (int block = 0; block < BLOCKS; block++) {
                table.allocate(block, size);
            }
            for (int block = 0; block < BLOCKS; block++) {
                table.free(block);
            }
        }
    }

    private static void check(long bytes, long size) {
        final double each = (double) bytes / (ROUNDS * BLOCKS);
        assertTrue(each < MOST_BYTES_EACH, () -> each + " bytes of heap for each block of " + size + " bytes");
    }
}
