package io.offheap.bench.mixed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.FakeContestant;
import io.offheap.bench.measure.Gate;
import org.junit.jupiter.api.Test;

class MixedWorkerTest {

    private static final int SLOTS = 500;

    @Test
    void theTableStaysFullAndIsEmptyAtTheEnd() throws Exception {
        final FakeContestant contestant = new FakeContestant();
        final MixedWorker worker = new MixedWorker(contestant, SLOTS, 3);
        worker.begin();
        assertEquals(SLOTS, contestant.live());
        final long operations = workUntil(contestant, worker, 2 * SLOTS);
        assertEquals(SLOTS, contestant.live());
        assertEquals(SLOTS + operations, contestant.allocations());
        worker.end();
        assertEquals(0, contestant.live());
    }

    @Test
    void blocksThatOverlapAreFound() {
        final MixedWorker worker = new MixedWorker(new FakeContestant(16), SLOTS, 0);
        worker.begin();
        assertThrows(WrongBytesException.class, worker::end);
    }

    @Test
    void liveBytesAreSlotsTimesTheMean() {
        final MixedWorker worker = new MixedWorker(new FakeContestant(), SLOTS, 0);
        assertTrue(Math.abs(worker.liveBytes() - 100L * SLOTS) < 5 * SLOTS, () -> "" + worker.liveBytes());
    }

    /// Shuts the gate when so many blocks were allocated.
    private static long workUntil(FakeContestant contestant, MixedWorker worker, long allocations) throws Exception {
        final Gate gate = new Gate();
        gate.open();
        final Thread shutter = new Thread(() -> {
            while (contestant.allocations() < allocations) {
                Thread.onSpinWait();
            }
            try {
                gate.shut();
            } catch (InterruptedException nobodyDoesThat) {
                Thread.currentThread().interrupt();
            }
        });
        shutter.start();
        final long operations = worker.work(gate);
        shutter.join();
        return operations;
    }
}
