package io.offheap.bench.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.offheap.bench.child.WrongBytesException;
import io.offheap.bench.contestant.FakeContestant;
import org.junit.jupiter.api.Test;

class ContentCheckTest {

    @Test
    void everythingIsFreed() {
        final FakeContestant contestant = new FakeContestant();
        new ContentCheck(contestant, 100, 64).run();
        assertEquals(100, contestant.allocations());
        assertEquals(0, contestant.live());
    }

    @Test
    void blocksThatOverlapByEightBytesDoNotPass() {
        final ContentCheck check = new ContentCheck(new FakeContestant(8), 2, 64);
        assertThrows(WrongBytesException.class, check::run);
    }

    @Test
    void blocksThatAreNotAlignedDoNotPass() {
        final ContentCheck check = new ContentCheck(new FakeContestant(4), 2, 64);
        assertThrows(WrongBytesException.class, check::run);
    }
}
