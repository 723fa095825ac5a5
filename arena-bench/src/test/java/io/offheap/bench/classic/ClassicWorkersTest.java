package io.offheap.bench.classic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.Contestant;
import io.offheap.bench.contestant.Contestants;
import io.offheap.bench.contestant.FakeContestant;
import io.offheap.bench.contestant.SharedBudget;
import io.offheap.bench.measure.Gate;
import io.offheap.bench.turns.Cell;
import io.offheap.bench.turns.Worker;
import io.offheap.memory.os.RawMemory;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

@Timeout(120)
class ClassicWorkersTest {

    static final List<String> WORKLOADS = ClassicChild.WORKLOADS;

    /// Enough for every thread to have exchanged what it has.
    private static final long ALLOCATIONS = 60_000;

    @ParameterizedTest
    @FieldSource("WORKLOADS")
    void allThatIsAllocatedIsVerifiedAndFreed(String workload) throws Exception {
        final FakeContestant contestant = new FakeContestant();
        final List<? extends Worker> workers = ClassicChild.workers(contestant, new Cell(workload, 2, 0));
        final long operations = work(workers, () -> contestant.allocations() >= ALLOCATIONS);
        assertTrue(operations > 0, () -> operations + " operations");
        for (Worker worker : workers) {
            worker.end();
        }
        assertEquals(0, contestant.live());
    }

    @Test
    void aBlockThatSomebodyElseWroteToIsFoundAndNoneIsFreedFromThereOn() {
        final FakeContestant contestant = new FakeContestant();
        final Blocks blocks = new Blocks(contestant, 3);
        for (int block = 0; block < 3; block++) {
            blocks.allocate(block, 100);
        }
        RawMemory.putByte(blocks.address(1) + 2, (byte) 1);
        final WrongBytesException found = assertThrows(WrongBytesException.class, blocks::end);
        assertTrue(found.getMessage().contains("block 1 of 100 bytes"), found::getMessage);
        assertEquals(2, contestant.live());
    }

    @Test
    void blocksThatOverlapAreFound() {
        final Blocks blocks = new Blocks(new FakeContestant(32), 2);
        blocks.allocate(0, 32);
        blocks.allocate(1, 40);
        assertThrows(WrongBytesException.class, blocks::end);
    }

    @Test
    void aControlIsNotVerified() throws Exception {
        try (Contestant control = Contestants.create(Contestants.CONTROL, SharedBudget.NONE)) {
            final Blocks blocks = new Blocks(control, 2);
            blocks.allocate(0, 8);
            blocks.allocate(1, 16);
            assertEquals(24, blocks.liveBytes());
            blocks.end();
            assertEquals(0, blocks.liveBytes());
        }
    }

    @Test
    void equalSeedsGiveEqualChoicesAndThreadsOthers() {
        assertEquals(choices(1, 0), choices(1, 0));
        assertTrue(!choices(1, 0).equals(choices(1, 1)) && !choices(1, 0).equals(choices(2, 0)));
        final long distinct = choices(7, 3).stream().distinct().count();
        assertTrue(distinct == 10, () -> distinct + " of 10 choices in a thousand throws");
    }

    @Test
    void aWorkloadThatIsNoneIsRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> ClassicChild.workers(new FakeContestant(), new Cell("ebizzy", 1, 0)));
    }

    private static List<Integer> choices(long seed, int thread) {
        final Dice dice = new Dice(seed, thread);
        return IntStream.range(0, 1000).mapToObj(_ -> dice.below(10)).toList();
    }

    /// {@return the operations until a condition holds}
    private static long work(List<? extends Worker> workers, Callable<Boolean> until) throws Exception {
        final Gate gate = new Gate();
        gate.open();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            final List<Future<Long>> running = workers.stream()
                    .map(worker -> threads.submit(() -> {
                        worker.begin();
                        return worker.work(gate);
                    }))
                    .toList();
            while (!until.call() && running.stream().noneMatch(Future::isDone)) {
                Thread.onSpinWait();
            }
            gate.shut();
            return sum(running);
        }
    }

    private static long sum(List<Future<Long>> running) throws InterruptedException, ExecutionException {
        long operations = 0;
        for (Future<Long> one : running) {
            operations += one.get();
        }
        return operations;
    }
}
