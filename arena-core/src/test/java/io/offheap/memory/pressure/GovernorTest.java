package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class GovernorTest {

    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long NONE = Long.MAX_VALUE;

    /// Of a limit of 1 GiB by default.
    private static final long RESERVE_FRACTION = 20;

    /// Volatile memory, as much as a test says, and a list of what was asked.
    private static final class Memory implements Reclaimer {
        final List<String> asked = new ArrayList<>();
        Governor governor;
        long volatileBytes;
        long cachedBytes;
        long resident;
        int shortages;

        @Override
        public long reclaim(long bytes) {
            asked.add("purge " + bytes);
            final long given = Math.min(bytes, volatileBytes);
            volatileBytes -= given;
            if (given > 0) {
                governor.release(given);
            }
            return given;
        }

        @Override
        public long reclaimOrAwait(long bytes) {
            asked.add("await");
            return reclaim(bytes);
        }

        @Override
        public void flushCaches() {
            asked.add("flush");
            volatileBytes += cachedBytes;
            cachedBytes = 0;
        }

        @Override
        public void shortage() {
            shortages++;
        }

        @Override
        public long residentBytes() {
            asked.add("resident");
            return resident;
        }
    }

    private final Memory memory = new Memory();

    private Governor governor(long softLimit, long hardLimit, PressureSource... sources) {
        memory.governor = new Governor(softLimit, hardLimit, List.of(sources), memory);
        return memory.governor;
    }

    @Test
    void whatIsThrownWhileRoomIsMadeCommitsNothing() {
        final var source = new CountedSource(GIB, 0) {
            @Override
            public Optional<MemoryReading> read() {
                throw new OutOfMemoryError("Java heap space, says the test");
            }
        };
        final var governor = governor(NONE, GIB, source);
        for (int i = 0; i < 3; i++) {
            assertThrows(OutOfMemoryError.class, () -> governor.acquire(32 * MIB));
        }
        assertEquals(0, governor.committedBytes());
    }

    @Test
    void committedIsWhatWasAcquiredAndNotReleased() {
        final var governor = governor(NONE, NONE);
        governor.acquire(5);
        governor.acquire(7);
        governor.release(5);
        assertEquals(7, governor.committedBytes());
        assertEquals(NONE, governor.hardLimit());
        assertEquals(0, governor.directReclaims());
    }

    @Test
    void hardLimitMayBeReachedButNotExceeded() {
        final var governor = governor(NONE, 100);
        governor.acquire(60);
        governor.acquire(40);
        assertThrows(OutOfMemoryError.class, () -> governor.acquire(1));
        assertEquals(100, governor.committedBytes());
        governor.release(1);
        governor.acquire(1);
        assertEquals(100, governor.committedBytes());
    }

    @Test
    void releaseOfMoreThanWasAcquiredIsAMistake() {
        final var governor = governor(NONE, NONE);
        governor.acquire(5);
        final var mistake = assertThrows(AssertionError.class, () -> governor.release(6));
        assertTrue(mistake.getMessage().startsWith("G1: "), mistake.getMessage());
    }

    @Test
    void hugeRequestDoesNotOverflowTheLimit() {
        final var governor = governor(NONE, NONE - 1);
        governor.acquire(100);
        assertThrows(OutOfMemoryError.class, () -> governor.acquire(NONE - 50));
        assertEquals(100, governor.committedBytes());
    }

    @Test
    void volatileMemoryIsPurgedBeforeCachesAreFlushed() {
        final var governor = governor(NONE, 100);
        governor.acquire(100);
        memory.volatileBytes = 50;
        memory.cachedBytes = 50;
        governor.acquire(30);
        assertEquals(List.of("purge 30"), memory.asked);
        assertEquals(1, governor.directReclaims());
    }

    @Test
    void cachesAreFlushedAndPurgedBeforeFailure() {
        final var governor = governor(NONE, 100);
        governor.acquire(100);
        memory.cachedBytes = 50;
        governor.acquire(30);
        assertEquals(List.of("purge 30", "flush", "await", "purge 30"), memory.asked);
        assertEquals(100, governor.committedBytes());
    }

    @Test
    void failureComesAfterPurgeFlushAndPurgeAndCommitsNothing() {
        final var governor = governor(NONE, 100);
        governor.acquire(90);
        memory.volatileBytes = 5;
        memory.cachedBytes = 4;
        assertThrows(OutOfMemoryError.class, () -> governor.acquire(20));
        assertEquals(List.of("purge 20", "purge 20", "flush", "await", "purge 20", "await", "purge 20"), memory.asked);
        assertEquals(81, governor.committedBytes());
    }

    @Test
    void requestAboveTheLimitFailsWithoutPurging() {
        final var governor = governor(NONE, 100);
        governor.acquire(50);
        memory.volatileBytes = 50;
        assertThrows(OutOfMemoryError.class, () -> governor.acquire(101));
        assertEquals(List.of(), memory.asked);
        assertEquals(50, memory.volatileBytes);
    }

    @Test
    void errorNamesRequestCommittedAndLimit() {
        final var governor = governor(NONE, 100);
        governor.acquire(90);
        final var error = assertThrows(OutOfMemoryError.class, () -> governor.acquire(20));
        assertEquals("20 bytes requested, 90 committed, limit 100: nothing is left to purge", error.getMessage());
    }

    @Test
    void softLimitPurgesTheExcessAndNeverFails() {
        final var governor = governor(100, NONE);
        memory.volatileBytes = 30;
        governor.acquire(100);
        assertEquals(List.of(), memory.asked);
        governor.acquire(20);
        assertEquals(List.of("purge 20"), memory.asked);
        assertEquals(100, governor.committedBytes());
        assertEquals(1, governor.directReclaims());
        governor.acquire(20);
        governor.acquire(20);
        assertEquals(130, governor.committedBytes());
        assertEquals(0, memory.volatileBytes);
    }

    @Test
    void readingBelowTheReserveReclaimsWhatIsMissing() {
        // 1 GiB: the reserve is a twentieth, 51.2 MiB
        final long reserve = GIB / RESERVE_FRACTION;
        final var source = new CountedSource(GIB, GIB - reserve - 3 * MIB);
        final var governor = governor(NONE, NONE, source);
        memory.volatileBytes = MIB;
        governor.acquire(MIB);
        assertEquals(List.of(), memory.asked);
        source.reading = new MemoryReading(GIB, GIB - reserve + 4 * MIB);
        memory.asked.clear();
        memory.resident = 0;
        governor.acquire(15 * MIB);
        assertEquals(List.of("resident", "purge " + 20 * MIB), memory.asked); // 4 missing, and 16 that are untouched
        assertEquals(1, governor.directReclaims());
    }

    @Test
    void smallLimitKeepsAReserveOfAtMostAQuarter() {
        final var source = new CountedSource(40 * MIB, 29 * MIB);
        governor(NONE, NONE, source).acquire(MIB);
        assertEquals(List.of(), memory.asked);
        memory.governor.acquire(3 * MIB);
        assertEquals(List.of("resident", "purge " + 3 * MIB), memory.asked);
    }

    @Test
    void untouchedCommittedMemoryCountsAndTouchedOnlyOnce() {
        final var source = new CountedSource(GIB, 500 * MIB);
        final var governor = governor(NONE, NONE, source);
        governor.acquire(300 * MIB);
        assertEquals(List.of(), memory.asked);
        // all of it touched: the usage counts it, the resident bytes say so
        source.reading = new MemoryReading(GIB, 800 * MIB);
        memory.resident = 300 * MIB;
        governor.acquire(64 * MIB);
        assertEquals(List.of("resident"), memory.asked);
        // another such part, untouched so far: too much
        memory.asked.clear();
        governor.acquire(120 * MIB);
        final long missing = 800 * MIB + 184 * MIB - (GIB - GIB / RESERVE_FRACTION);
        assertEquals(List.of("resident", "purge " + missing), memory.asked);
    }

    @Test
    void lackThatNothingCanCureIsGranted() {
        final var governor = governor(NONE, NONE, new CountedSource(GIB, 2 * GIB));
        governor.acquire(MIB);
        assertEquals(MIB, governor.committedBytes());
        assertEquals(1, memory.asked.size());
    }

    @Test
    void sourcesAreNotReadWhileThereIsCredit() {
        final var source = new CountedSource(1024 * GIB, 0);
        final var governor = governor(NONE, NONE, source);
        governor.acquire(4096);
        assertEquals(1, source.reads);
        final int growths = (int) (Room.LONGEST_CREDIT / MIB);
        for (int i = 0; i < growths; i++) {
            governor.acquire(MIB);
        }
        assertEquals(1, source.reads);
        governor.acquire(4096);
        assertEquals(2, source.reads);
    }

    @Test
    void creditIsAQuarterOfTheRoomThatWasFound() {
        final long room = 80 * MIB;
        final var source = new CountedSource(GIB, GIB - GIB / RESERVE_FRACTION - room);
        final var governor = governor(NONE, NONE, source);
        governor.acquire(4096);
        assertEquals(1, source.reads);
        governor.acquire(room / 4 - MIB);
        assertEquals(1, source.reads);
        governor.acquire(2 * MIB);
        assertEquals(2, source.reads);
    }

    @Test
    void lookIsTakenAtEveryGrowthOfTheShortestCreditWhilePurgingHelps() {
        final var source = new CountedSource(4 * GIB, 4 * GIB);
        final var governor = governor(NONE, NONE, source);
        for (int i = 0; i < 10; i++) {
            memory.volatileBytes = GIB;
            governor.acquire(GIB + Room.SHORTEST_CREDIT + 1);
        }
        assertTrue(source.reads >= 20, "reads " + source.reads);        // one is whether it can be at all
    }

    @Test
    void noLookIsTakenForAWhileWhereNothingIsLeftToPurge() {
        final var source = new CountedSource(GIB, GIB);
        final var governor = governor(NONE, NONE, source);
        governor.acquire(MIB);
        final int reads = source.reads;
        final long futile = Governor.FUTILE_FACTOR * (GIB / RESERVE_FRACTION / Room.SHORTEST_FRACTION);
        for (long grown = MIB; grown <= futile; grown += MIB) {
            governor.acquire(MIB);
        }
        assertEquals(reads, source.reads);
        governor.acquire(MIB);
        assertTrue(source.reads > reads, "reads " + source.reads);
    }

    @Test
    void memoryIsShortWhilePurgingGivesLessThanIsMissing() {
        final var source = new CountedSource(GIB, 0);
        final var governor = governor(NONE, NONE, source);
        final long each = 100 * MIB;
        governor.acquire(each);
        assertEquals(0, governor.shortSince());
        source.reading = new MemoryReading(GIB, GIB);
        governor.acquire(GIB);
        final long first = governor.shortSince();
        assertEquals(each + GIB, first);
        governor.acquire(each);
        assertEquals(first + each, governor.shortSince());              // another look, another number
        memory.volatileBytes = 4 * GIB;
        governor.acquire(each);
        assertEquals(0, governor.shortSince());
        memory.volatileBytes = 0;
        governor.acquire(each);
        assertTrue(governor.shortSince() > first);
        source.reading = new MemoryReading(GIB, 0);
        governor.release(governor.committedBytes());
        governor.acquire(each);
        assertEquals(0, governor.shortSince());
    }

    @Test
    void residentIsAskedAgainOnlyAfterGrowthOfAnEighthAndGrowthCountsAsUntouchedUntilThen() {
        final var governor = governor(NONE, NONE, new CountedSource(GIB, GIB - GIB / RESERVE_FRACTION - 160 * MIB));
        memory.resident = 160 * MIB;
        governor.acquire(160 * MIB);
        assertEquals(List.of(), memory.asked);                          // exactly at the reserve
        governor.acquire(20 * MIB);
        assertEquals(List.of("resident"), memory.asked);                // only the 20 MiB are untouched
        memory.volatileBytes = GIB;
        governor.acquire(176 * MIB);
        assertEquals(List.of("resident", "resident", "purge " + 36 * MIB), memory.asked);
        memory.asked.clear();
        governor.acquire(20 * MIB);                                     // less than an eighth of what is committed
        assertEquals(List.of("purge " + 56 * MIB), memory.asked);       // the source has not heard of the first purge
    }

    @Test
    void residentIsNotAskedWherePurgingHasNotHelpedAndTooMuchIsUsedAnyway() {
        final long excess = 10 * MIB;
        final var governor = governor(NONE, NONE, new CountedSource(GIB, GIB - GIB / RESERVE_FRACTION + excess));
        governor.acquire(MIB);
        governor.acquire(100 * MIB);
        assertEquals(List.of("purge " + (excess + MIB), "purge " + excess), memory.asked);
        memory.asked.clear();
        memory.volatileBytes = excess;
        governor.acquire(100 * MIB);
        assertEquals(List.of("purge " + excess), memory.asked);
        governor.acquire(100 * MIB);                                    // that has helped: now it is worth knowing
        assertEquals("resident", memory.asked.get(1));
    }

    @Test
    void shortageIsToldToWhoWatchesLevels() {
        final var source = new CountedSource(GIB, 0);
        final var governor = governor(NONE, NONE, source);
        governor.acquire(MIB);
        assertEquals(0, memory.shortages);
        source.reading = new MemoryReading(GIB, GIB);
        governor.acquire(GIB);
        assertEquals(1, memory.shortages);
    }

    @Test
    void sourceThatAllocatesWhileItIsAskedIsNotAskedFromWithin() {
        final var source = new CountedSource(GIB, 0) {
            @Override
            public Optional<MemoryReading> read() {
                memory.governor.acquire(GIB);
                return super.read();
            }
        };
        governor(NONE, NONE, source).acquire(MIB);
        assertEquals(1, source.reads);
        assertEquals(GIB + MIB, memory.governor.committedBytes());
    }

    @Test
    void reserveIsAnOption() {
        final var reserves = List.of(Reserve.of(0), Reserve.of(10 * MIB), Reserve.of(10 * GIB), Reserve.DEFAULT);
        final var expected = List.of(0L, 10 * MIB, GIB / 2, GIB / RESERVE_FRACTION);
        for (int i = 0; i < reserves.size(); i++) {
            memory.asked.clear();
            memory.governor =
                    new Governor(NONE, NONE, reserves.get(i), List.of(new CountedSource(GIB, GIB)), memory);
            memory.governor.acquire(MIB);
            assertEquals("purge " + (expected.get(i) + MIB), memory.asked.getLast());
        }
        assertEquals(32 * MIB, Reserve.DEFAULT.below(200 * MIB));
        assertEquals(5 * MIB, Reserve.DEFAULT.below(20 * MIB));
    }

    @Test
    void everyLimitOfASourceHasAReserveOfItsOwn() {
        final var source = new CountedSource(GIB, 0) {
            @Override
            public List<MemoryReading> readings() {                     // the first leaves less headroom, but is small
                return List.of(new MemoryReading(40 * MIB, 10 * MIB), new MemoryReading(GIB, GIB - 40 * MIB));
            }
        };
        governor(NONE, NONE, source).acquire(MIB);
        assertEquals("purge " + (GIB / RESERVE_FRACTION - 39 * MIB), memory.asked.getLast());
    }

    @Test
    void softLimitWithNothingToPurgeIsTriedAgainAfterSomeGrowth() {
        final var governor = governor(MIB, NONE);
        governor.acquire(2 * MIB);
        assertEquals(List.of("purge " + MIB), memory.asked);
        governor.acquire(Governor.FUTILE_SOFT_CREDIT - 1);
        assertEquals(1, memory.asked.size());
        memory.volatileBytes = 10 * MIB;
        governor.acquire(1);
        assertEquals(MIB, governor.committedBytes());
    }

    @Test
    void ownLimitsAreSourcesForTheDaemon() {
        final var governor = governor(100, 200);
        governor.acquire(90);
        final var limits = governor.ownLimits();
        assertEquals(List.of("soft limit", "hard limit"), limits.stream().map(PressureSource::name).toList());
        assertEquals(List.of(new MemoryReading(100, 90), new MemoryReading(200, 90)),
                limits.stream().map(limit -> limit.read().orElseThrow()).toList());
        assertEquals(MemoryPressure.SOME, limits.getFirst().thresholds().levelAt(5));
        assertEquals(MemoryPressure.CRITICAL, limits.getLast().thresholds().levelAt(0.95));
        assertEquals(List.of(), new Governor(NONE, NONE, List.of(), memory).ownLimits());
    }

    @Test
    void tightestSourceCounts() {
        final var roomy = new CountedSource(1024 * GIB, 0);
        final var tight = new CountedSource(GIB, GIB);
        governor(NONE, NONE, roomy, tight).acquire(MIB);
        assertEquals("purge " + (MIB + GIB / RESERVE_FRACTION), memory.asked.getLast());
    }

    @Test
    void vanishedSourceIsIgnored() {
        final var vanished = new CountedSource(GIB, GIB);
        final var roomy = new CountedSource(1024 * GIB, 0);
        vanished.close();
        final var governor = governor(NONE, NONE, vanished, roomy);
        governor.acquire(60 * MIB);
        assertEquals(List.of(), memory.asked);
        assertEquals(1, vanished.reads);
        roomy.close();
        governor.acquire(100 * MIB);
        assertEquals(List.of(), memory.asked);
        assertEquals(160 * MIB, governor.committedBytes());
    }

    @Test
    void requestAboveTheWholeLimitOfASourceFailsWithoutPurging() {
        final var governor = governor(NONE, NONE, new CountedSource(1024 * GIB, 0), new CountedSource(GIB, 0));
        governor.acquire(MIB);
        memory.volatileBytes = MIB;
        final var error = assertThrows(LimitReachedError.class, () -> governor.acquire(GIB + 1));
        assertEquals("%d bytes requested, %d committed, limit %d: nothing is left to purge".formatted(GIB + 1, MIB, GIB),
                error.getMessage());
        assertFalse(error.couldFit());
        assertEquals(GIB, error.limit());
        assertEquals(MIB, governor.committedBytes());
        assertEquals(List.of(), memory.asked);
        governor.acquire(GIB);
        assertEquals(GIB, governor.committedBytes());                   // and what was volatile is purged
    }

    @Test
    void unlimitedSourceIsNoLimit() {
        final var governor = governor(NONE, NONE, new CountedSource(MemoryReading.UNLIMITED, 5 * GIB));
        governor.acquire(100 * GIB);
        assertEquals(List.of(), memory.asked);
    }

    /// Volatile memory that several threads may purge.
    private static final class SharedVolatile implements Reclaimer {
        final AtomicLong bytes = new AtomicLong();
        Governor governor;

        @Override
        public long reclaim(long wanted) {
            for (long now = bytes.get(); now > 0; now = bytes.get()) {
                final long given = Math.min(now, wanted);
                if (bytes.compareAndSet(now, now - given)) {
                    governor.release(given);
                    return given;
                }
            }
            return 0;
        }

        @Override
        public long reclaimOrAwait(long wanted) {
            return reclaim(wanted);
        }

        @Override
        public void flushCaches() {}

        @Override
        public long residentBytes() {
            return 0;
        }
    }

    @Test
    @Timeout(60)
    void hardLimitIsExactUnderConcurrentGrowth() throws Exception {
        final long limit = 1000;
        final var shared = new SharedVolatile();
        final var governor = new Governor(NONE, limit, List.of(), shared);
        shared.governor = governor;
        final var stop = new AtomicBoolean();
        final var most = new AtomicLong();
        final var watcher = new FutureTask<>(() -> {
            while (!stop.get()) {
                final long now = governor.committedBytes();
                assertTrue(0 <= now && now <= limit, "G1: " + now);
                most.accumulateAndGet(now, Math::max);
            }
            return null;
        });
        Thread.ofPlatform().daemon().start(watcher);
        // where there are few processors, threads may come one after the other
        final var refused = new AtomicLong();
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        final BooleanSupplier haveMet = () -> refused.get() > 0 && most.get() > limit / 2 || System.nanoTime() > deadline;
        final var workers = new ArrayList<FutureTask<Void>>();
        for (int i = 0; i < 3; i++) {
            final var random = new SplittableRandom(100 + i);
            final var worker = new FutureTask<Void>(() -> {
                do {
                    refused.addAndGet(growAndShrink(governor, shared, random));
                } while (!haveMet.getAsBoolean());
                return null;
            });
            workers.add(worker);
            Thread.ofPlatform().daemon().start(worker);
        }
        for (final var worker : workers) {
            worker.get();
        }
        stop.set(true);
        watcher.get();
        assertTrue(most.get() > limit / 2, "the limit was never near: " + most.get());
        assertTrue(refused.get() > 0, "the limit was never met");
        assertEquals(shared.bytes.get(), governor.committedBytes());
    }

    /// {@return how often growth was refused}
    private static long growAndShrink(Governor governor, SharedVolatile shared, SplittableRandom random) {
        long mine = 0;
        long refused = 0;
        for (int i = 0; i < 100_000; i++) {
            final long bytes = random.nextLong(1, 200);
            if (mine > 500 || random.nextInt(3) == 0 && mine > 0) {
                final long given = Math.min(bytes, mine);
                mine -= given;
                if (random.nextBoolean()) {
                    governor.release(given);
                } else {
                    shared.bytes.addAndGet(given);
                }
            } else {
                try {
                    governor.acquire(bytes);
                    mine += bytes;
                } catch (OutOfMemoryError e) {
                    refused++;
                }
            }
        }
        governor.release(mine);
        return refused;
    }
}
