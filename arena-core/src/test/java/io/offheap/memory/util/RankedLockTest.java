package io.offheap.memory.util;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.util.RankedLock.Rank;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Runs with assertions on, as surefire does.
class RankedLockTest {

    private final RankedLock low = new RankedLock(Rank.BIN);
    private final RankedLock high = new RankedLock(Rank.REGIONS);

    @AfterEach
    void nothingIsLeftHeld() {
        assertTrue(RankedLock.noneHeld());
    }

    @Test
    void ascendingRanksMayBeTakenAndReleasedInAnyOrder() {
        low.lock();
        high.lock();
        low.unlock();
        assertTrue(high.isHeldByCurrentThread());
        high.unlock();
        low.lock();
        low.unlock();
    }

    @Test
    void lowerRankMayNotBeTakenUnderAHigherOne() {
        high.lock();
        final var failure = assertThrows(AssertionError.class, low::lock);
        assertTrue(failure.getMessage().contains("rank BIN"), failure.getMessage());
        assertThrows(AssertionError.class, low::tryLock);
        assertFalse(low.isLocked());
        high.unlock();
    }

    @Test
    void twoLocksOfOneRankMayNotBeHeldTogether() {
        final var sibling = new RankedLock(Rank.BIN);
        low.lock();
        assertThrows(AssertionError.class, sibling::lock);
        low.unlock();
        sibling.lock();
        sibling.unlock();
    }

    @Test
    void lockMayNotBeTakenTwice() {
        low.lock();
        assertThrows(AssertionError.class, low::lock);
        assertThrows(AssertionError.class, low::tryLock);
        low.unlock();
        assertFalse(low.isLocked());
    }

    @Test
    void noneHeldNamesAHeldRank() {
        low.lock();
        assertThrows(AssertionError.class, RankedLock::noneHeld);
        low.unlock();
    }

    @Test
    void failedTryLeavesNothingHeld() throws Exception {
        low.lock();
        final var other = new FutureTask<>(() -> {
            assertFalse(low.tryLock());
            assertTrue(RankedLock.noneHeld());
            high.lock();                            // what another thread holds does not count
            high.unlock();
            return true;
        });
        Thread.ofPlatform().start(other);
        assertTrue(other.get());
        low.unlock();
    }
}
