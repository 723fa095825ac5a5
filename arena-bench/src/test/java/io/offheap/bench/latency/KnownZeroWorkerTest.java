package io.offheap.bench.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.contestant.BlockSlot;
import io.offheap.bench.contestant.BlockTable;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.FakeContestant;
import io.offheap.bench.contestant.Pair;
import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Paused;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD) // a batch without a purge never ends
class KnownZeroWorkerTest {

    private static final int BATCHES = 3;

    private final FakeContestant blocks = new FakeContestant();
    private final Gate gate = new Gate();
    private int purgesLeft;

    /// The purge of the last batch shuts the gate.
    private final Contestant contestant = new Contestant() {
        @Override
        public BlockSlot newSlot() {
            return blocks.newSlot();
        }

        @Override
        public BlockTable newTable(int count) {
            return blocks.newTable(count);
        }

        @Override
        public Pair newPair() {
            return blocks.newPair();
        }

        @Override
        public void purge() {
            blocks.purge();
            if (--purgesLeft == 0) {
                try {
                    gate.shut();
                } catch (InterruptedException stopped) {
                    throw new IllegalStateException(stopped);
                }
            }
        }
    };

    private long batches(KnownZeroWorker worker, int count) {
        purgesLeft = count;
        gate.open();
        return worker.work(gate);
    }

    @ParameterizedTest
    @EnumSource
    void everyBatchIsOfPurgedMemoryAndFreed(KnownZeroWorker.Use use) {
        final var worker = new KnownZeroWorker(contestant, 4096, use, 0);
        worker.begin();
        final long before = blocks.allocations();
        final long operations = batches(worker, BATCHES);
        assertEquals(BATCHES * KnownZeroWorker.BLOCKS, operations);
        assertEquals(operations, blocks.allocations() - before);
        assertEquals(BATCHES, blocks.purges());
        assertEquals(0, blocks.live());
        worker.end();
    }

    @Test
    void purgingIsPausedAndCountedAnewInEachSlice() {
        final var worker = new KnownZeroWorker(contestant, 64, KnownZeroWorker.Use.NONE, 0);
        batches(worker, BATCHES);
        final Paused some = worker.paused();
        assertTrue(some.nanos() > 0 && some.cpuNanos() > 0, some::toString);
        worker.work(gate);                              // which is shut
        assertEquals(Paused.NOT, worker.paused());
    }

    @Test
    void onlyWhoZeroesIsMeasured() {
        final var command = new LatencyCommand();
        assertEquals(List.of(), zeroed(command, "offheap-address,ffm-malloc"));
        assertEquals(
                List.of("latency-zero", "latency-zero-touch", "latency-zero-write"), zeroed(command, "offheap-direct-free,ffm-malloc"));
    }

    private static List<String> zeroed(LatencyCommand command, String contestants) {
        new CommandLine(command).parseArgs("--sizes", "64,1048576", "--contestants", contestants);
        command.checkOptions();
        return command.groups().stream()
                .flatMap(List::stream)
                .map(cell -> cell.workload())
                .filter(workload -> workload.startsWith(LatencyChild.ZERO))
                .toList();
    }
}
