package io.offheap.bench.survive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.FakeContestant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PhaseWorkerTest {

    private static final Phases PHASES = new Phases(1, 1 << 20, List.of(1024L, 4096L), 100);

    @Test
    void oneBlockInAHundredStaysToTheEnd() {
        final FakeContestant contestant = new FakeContestant();
        final PhaseWorker worker = new PhaseWorker(PHASES, contestant, 0);
        worker.fill();
        assertEquals(1024, contestant.live());
        worker.free();
        assertEquals(11, contestant.live());
        worker.fill();
        worker.free();
        assertEquals(11 + 3, contestant.live());
        worker.finish();
        assertEquals(0, contestant.live());
        assertEquals(1024 + 256, contestant.allocations());
    }

    @Test
    void inTheEasyFormNothingStays() {
        final FakeContestant contestant = new FakeContestant();
        final PhaseWorker worker = new PhaseWorker(new Phases(1, 1 << 20, List.of(1024L), 0), contestant, 0);
        worker.fill();
        worker.free();
        assertEquals(0, contestant.live());
    }

    @Test
    void blocksThatOverlapAreFoundOut() {
        final PhaseWorker worker = new PhaseWorker(PHASES, new FakeContestant(Long.BYTES), 0);
        worker.fill();
        assertThrows(WrongBytesException.class, worker::free);
    }

    @Test
    void threadsShareAPhase() {
        final Phases two = new Phases(2, 1 << 20, List.of(1024L), 100);
        assertEquals(512, two.blocksEach(0));
        assertEquals(two, Phases.parse(two.arguments()));
    }
}
