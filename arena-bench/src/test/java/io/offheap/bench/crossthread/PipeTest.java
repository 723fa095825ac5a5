package io.offheap.bench.crossthread;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.FakeContestant;
import io.offheap.bench.crossthread.Pipe.Batch;
import io.offheap.bench.measure.Gate;
import io.offheap.memory.os.RawMemory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class PipeTest {

    private static final Duration AT_MOST = Duration.ofSeconds(30);
    private static final long ENOUGH = 100L * Pipe.BLOCKS;

    private final FakeContestant contestant = new FakeContestant();
    private final Pipe pipe = new Pipe(contestant);
    private final Gate gate = new Gate();

    @Test
    void everyBlockIsFreedByTheOtherThread() throws Exception {
        gate.open();
        final Thread producing = new Thread(() -> new Producer(pipe, 64).work(gate));
        final Consumer consumer = new Consumer(pipe);
        final AtomicLong consumed = new AtomicLong();
        final Thread consuming = new Thread(() -> consumed.set(consumer.work(gate)));
        producing.start();
        consuming.start();
        while (contestant.allocations() < ENOUGH) {
            Thread.onSpinWait();
        }
        gate.shut();
        producing.join();
        consuming.join();
        final long left = contestant.live();
        assertEquals(contestant.allocations() - left, consumed.get());
        assertTrue(consumed.get() > 0);
        consumer.end();
        assertEquals(0, contestant.live());
    }

    @Test
    void withTheGateShutNobodyWaitsForTheOther() {
        assertTimeoutPreemptively(AT_MOST, () -> assertNull(pipe.takeFull(gate)));
        assertTimeoutPreemptively(AT_MOST, () -> new Producer(pipe, 64).work(gate));
        assertTrue(contestant.allocations() <= Pipe.BLOCKS);
    }

    @Test
    void aBlockWithAnotherNumberIsFound() {
        gate.open();
        final Batch batch = pipe.takeEmpty(gate);
        batch.numberFrom(7);
        for (int block = 0; block < Pipe.BLOCKS; block++) {
            RawMemory.putLong(batch.blocks().allocate(block, 64), 7 + block);
        }
        RawMemory.putLong(batch.blocks().address(Pipe.BLOCKS - 1), 7);
        pipe.putFull(batch);
        assertThrows(WrongBytesException.class, new Consumer(pipe)::end);
    }
}
