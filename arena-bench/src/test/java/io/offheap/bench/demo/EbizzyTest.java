package io.offheap.bench.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.BlockSlot;
import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.Pair;
import io.offheap.bench.contestant.SharedBudget;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EbizzyTest {

    private static final double SECONDS = 0.05;
    private static final long NANOS = (long) (SECONDS * 1e9);
    private static final int BYTES = 64 << 10;

    @ParameterizedTest
    @MethodSource("io.offheap.bench.contestant.Contestants#ofDemo")
    void everyContestantCopiesSearchesAndFrees(String name) throws Exception {
        for (boolean randomSizes : new boolean[] {false, true}) {
            try (Contestant contestant = Contestants.create(name, SharedBudget.NONE)) {
                final Ebizzy ebizzy = new Ebizzy(workload(3, randomSizes), contestant);
                ebizzy.load();
                final Throughput.Slice first = sliceWithRecords(ebizzy);
                final Throughput.Slice second = sliceWithRecords(ebizzy);
                ebizzy.unload();
                assertTrue(first.nanos() >= NANOS && second.nanos() >= NANOS, () -> first + ", " + second);
            }
        }
    }

    /// On a busy machine the threads of a slice may not have had the processor at all.
    private static Throughput.Slice sliceWithRecords(Ebizzy ebizzy) throws Exception {
        for (int tries = 0; tries < 100; tries++) {
            final Throughput.Slice slice = ebizzy.slice(NANOS);
            if (slice.records() > 0) {
                return slice;
            }
        }
        throw new AssertionError("no record in 100 slices");
    }

    @Test
    void everyBlockIsFreedAndEverySlotIsEmptyAtTheEnd() throws Exception {
        final Overlapping counting = new Overlapping(0);
        final Ebizzy ebizzy = new Ebizzy(workload(1, false), counting);
        ebizzy.load();
        final long records = ebizzy.slice(NANOS).records();
        ebizzy.unload();
        assertEquals(counting.allocated, counting.freed);
        assertTrue(counting.freed >= records + 2, "freed " + counting.freed + " of " + records);
    }

    @Test
    @Timeout(120)
    void betweenSlicesThreadsAreParkedAndCostNothing() throws Exception {
        final Ebizzy ebizzy = new Ebizzy(workload(3, false), Contestants.create("ffm-malloc", SharedBudget.NONE));
        ebizzy.load();
        assertParked();
        for (int slice = 0; slice < 3; slice++) {
            ebizzy.slice(NANOS / 10);
            assertParked();
        }
        ebizzy.unload();
        assertEquals(0, workers().size());
    }

    @Test
    void aBlockThatOverlapsAnotherFailsTheRun() {
        final Ebizzy ebizzy = new Ebizzy(workload(1, false), new Overlapping(Records.BYTES));
        assertThrows(WrongBytesException.class, ebizzy::load);
    }

    @Test
    void aBlockThatIsHandedOutTwiceFailsTheRun() {
        // One chunk, and a block that is the chunk shifted by one record: the copy overwrites its own source.
        final Workload workload = new Workload(1, 1, BYTES, false, false, 1, SECONDS, 0);
        final Ebizzy ebizzy = new Ebizzy(workload, new Overlapping(BYTES - Records.BYTES));
        ebizzy.load();
        assertThrows(WrongBytesException.class, () -> ebizzy.slice(NANOS));
        assertThrows(WrongBytesException.class, ebizzy::unload);
    }

    @Test
    void unknownContestantsAreNamed() {
        final var thrown = assertThrows(
                IllegalArgumentException.class, () -> Contestants.create("jdk-nothing", SharedBudget.NONE));
        assertTrue(thrown.getMessage().contains("jdk-nothing"), thrown.getMessage());
    }

    /// Workers that wait are parked, which costs no CPU time. They have left the gate, but may not have parked yet.
    private static void assertParked() {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!workers().stream().allMatch(worker -> worker.getState() == Thread.State.WAITING)) {
            assertTrue(System.nanoTime() - deadline < 0, () -> "not parked: " + workers());
            Thread.onSpinWait();
        }
        assertEquals(3, workers().size());
    }

    private static List<Thread> workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("ebizzy-"))
                .toList();
    }

    private static Workload workload(int threads, boolean randomSizes) {
        return new Workload(threads, 2, BYTES, randomSizes, false, 1, SECONDS, 0);
    }

    /// Hands out blocks of which each overlaps the one before by so many bytes.
    private static final class Overlapping implements Contestant {

        private final Arena keepsMemory = Arena.ofAuto();
        private final long start = keepsMemory.allocate(4L * BYTES, Records.BYTES).address();
        private final long overlap;
        private long slots;
        private long allocated;
        private long freed;

        Overlapping(long overlap) {
            this.overlap = overlap;
        }

        @Override
        public BlockTable newTable(int blocks) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Pair newPair() {
            throw new UnsupportedOperationException();
        }

        @Override
        public BlockSlot newSlot() {
            final long address = start + slots++ * (BYTES - overlap);
            return new BlockSlot() {
                @Override
                public long allocate(long sizeBytes) {
                    allocated++;
                    return address;
                }

                @Override
                public void free() {
                    freed++;
                }
            };
        }
    }
}
