package io.offheap.memory.purge;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.types.OsException;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FailingMemory;
import io.offheap.testkit.FakeMemory;
import io.offheap.testkit.FakeMemory.Advised;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PurgerTest {

    private static final long PAGE = FakeMemory.PAGE_SIZE;
    private static final long MIB = 1L << 20;

    /// What counts as a whole unit in these tests, to keep them small.
    private static final long UNIT = 3 * PAGE;

    private final FakeMemory fake = new FakeMemory();

    @AfterEach
    void close() {
        fake.close();
    }

    /// A run that remembers what it was told.
    private static class Run extends VolatileRun {
        private final Source source;
        int purges;
        int refusals;

        Run(Source source, long address, long size) {
            super(address, size);
            this.source = source;
            activate();
        }

        Run fill(int value) {
            for (long at = address(); at < end(); at += PAGE) {
                RawMemory.putByte(at, (byte) value);
            }
            return this;
        }

        @Override
        protected void purgeFinished(boolean purged, long bytes) {
            assertEquals(size(), bytes);
            if (purged) {
                purges++;
            } else {
                refusals++;
                source.registry.add(this);
            }
        }
    }

    /// Runs of one address range behind each other, in a registry; never split.
    private static class Source implements VolatileSource {
        final VolatileRegistry registry = new VolatileRegistry();
        private final int mostAtOnce;
        private long next;

        Source(SystemMemory os, long size) {
            this(os, size, 1);
        }

        /// One that offers several runs for one look.
        Source(SystemMemory os, long size, int mostAtOnce) {
            this.mostAtOnce = mostAtOnce;
            next = os.reserve(size);
        }

        Run volatileRun(long size, long mark) {
            final var run = new Run(this, next, size).fill(7);
            next += size;
            assertTrue(run.mark(mark));
            registry.add(run);
            return run;
        }

        @Override
        public long oldestMark() {
            return registry.oldestMark();
        }

        @Override
        public boolean claimOldest(PurgeBatch batch, long wantedBytes, long until) {
            long left = wantedBytes;
            int claims = 0;
            for (var run = registry.claimOldest(); run != null; run = registry.claimOldest()) {
                batch.add(run);
                left -= run.size();
                claims++;
                if (claims == mostAtOnce || left <= 0 || batch.isFull()
                        || !VolatileSource.isBefore(registry.oldestMark(), until)) {
                    break;
                }
            }
            return claims > 0;
        }

        @Override
        public boolean claimOldestUnit(PurgeBatch batch, long deadline) {
            final var claimed = registry.claimOldest(UNIT, deadline, 100);
            if (claimed != null) {
                batch.add(claimed);
            }
            return claimed != null;
        }

        @Override
        public boolean claimOldestWithin(PurgeBatch batch, long mostBytes) {
            final var oldest = registry.oldest();
            return oldest != null && oldest.size() <= mostBytes && claimOldest(batch, mostBytes, NOTHING);
        }
    }

    /// Memory over which batches do what a test wants; everything else goes to the fake.
    private static SystemMemory batchesThat(SystemMemory os, BatchCall call) {
        return new DelegatingMemory(os) {
            @Override
            public long adviseAll(long[] addresses, long[] sizes, int count, Advice advice) {
                return call.adviseAll(addresses, sizes, count, advice);
            }
        };
    }

    @FunctionalInterface
    private interface BatchCall {
        long adviseAll(long[] addresses, long[] sizes, int count, Advice advice);
    }

    private static Purger purger(SystemMemory os, Source... sources) {
        final var purger = new Purger(os);
        for (final var source : sources) {
            purger.addSource(source);
        }
        return purger;
    }

    private static List<Run> runs(Source source, int count) {
        final var runs = new ArrayList<Run>();
        for (int i = 0; i < count; i++) {
            runs.add(source.volatileRun(PAGE * (1 + i % 3), i));
        }
        return runs;
    }

    private static void assertPurged(Run run) {
        assertEquals(State.PURGED, run.state());
        assertTrue(run.isKnownZero());
        assertEquals(1, run.purges);
        for (long at = run.address(); at < run.end(); at += PAGE) {
            assertEquals(0, RawMemory.getByte(at));
        }
    }

    private static void assertKept(Run run) {
        assertEquals(State.VOLATILE, run.state());
        assertFalse(run.isKnownZero());
        assertEquals(0, run.purges);
        assertEquals(7, RawMemory.getByte(run.address()));
    }

    @Test
    void nothingVolatileGivesNothingBack() {
        final var purger = purger(fake, new Source(fake, MIB));
        fake.clearAdviceLog();
        assertEquals(0, purger.purge(Long.MAX_VALUE));
        assertEquals(List.of(), fake.adviceLog());
        assertEquals(0, purger.purges());
    }

    @Test
    void nothingWantedGivesNothingBack() {
        final var source = new Source(fake, MIB);
        final var run = source.volatileRun(PAGE, 1);
        final var purger = purger(fake, source);
        assertEquals(0, purger.purge(0));
        assertEquals(0, purger.purge(-1));
        assertEquals(0, purger.purgeWithin(0));
        assertKept(run);
    }

    @Test
    void oldestOfAllSourcesGoesFirst() {
        final var one = new Source(fake, MIB);
        final var other = new Source(fake, MIB);
        final var third = one.volatileRun(PAGE, 30);
        final var first = other.volatileRun(PAGE, 10);
        final var second = one.volatileRun(PAGE, 20);
        final var fourth = other.volatileRun(PAGE, 40);
        final var purger = purger(fake, one, other);
        int purged = 0;
        for (final var run : List.of(first, second, third, fourth)) {
            assertKept(run);
            assertEquals(PAGE, purger.purge(1));
            assertPurged(run);
            assertEquals(++purged * PAGE, purger.purgedBytes());
        }
        assertEquals(4, purger.purges());
    }

    /// One look at a source may claim several runs, but none that another source's is older than.
    @Test
    void oldestOfAllSourcesGoesFirstWhenSeveralAreClaimedAtOnce() {
        final var one = new Source(fake, MIB, 100);
        final var other = new Source(fake, MIB, 100);
        final var order = new ArrayList<Run>();
        for (int mark = 0; mark < 40; mark++) {
            order.add((mark / 5 % 2 == 0 ? one : other).volatileRun(PAGE, mark));
        }
        final var purger = purger(fake, one, other);
        for (int gone = 0; gone < 40; gone += 8) {
            assertEquals(8 * PAGE, purger.purge(8 * PAGE));
            order.subList(gone, gone + 8).forEach(PurgerTest::assertPurged);
            order.subList(gone + 8, 40).forEach(PurgerTest::assertKept);
        }
        assertEquals(5, purger.purges());
    }

    @Test
    void purgeOfEverythingWaitsForWhatAnotherThreadIsGivingBack() throws Exception {
        final var advising = new CountDownLatch(1);
        final var mayGoOn = new CountDownLatch(1);
        final var os = new DelegatingMemory(fake) {
            @Override
            public void advise(long address, long size, Advice advice) {
                advising.countDown();
                assertDoesNotThrow(() -> mayGoOn.await());
                super.advise(address, size, advice);
            }
        };
        final var source = new Source(fake, MIB);
        final var run = source.volatileRun(PAGE, 1);
        final var purger = purger(os, source);
        final var one = new FutureTask<>(() -> purger.purge(1));
        Thread.ofPlatform().daemon().start(one);
        advising.await();
        final var all = new FutureTask<>(() -> List.of(purger.purgeAll(), run.state()));
        final var waiting = Thread.ofPlatform().daemon().start(all);
        while (waiting.getState() != Thread.State.WAITING && !all.isDone()) {
            Thread.onSpinWait();
        }
        assertEquals(State.PURGING, run.state());
        assertFalse(all.isDone());
        mayGoOn.countDown();
        assertEquals(List.of(0L, State.PURGED), all.get());
        assertEquals(PAGE, one.get());
    }

    @Test
    void moreThanTheTargetByLessThanOneRun() {
        final var source = new Source(fake, MIB);
        final var runs = runs(source, 6);                               // 1, 2, 3, 1, 2, 3 pages
        assertEquals(6 * PAGE, purger(fake, source).purge(3 * PAGE + 1));
        runs.subList(0, 3).forEach(PurgerTest::assertPurged);
        runs.subList(3, 6).forEach(PurgerTest::assertKept);
    }

    @Test
    void targetThatIsMetExactlyTakesNoFurtherRun() {
        final var source = new Source(fake, MIB);
        final var runs = runs(source, 6);
        assertEquals(3 * PAGE, purger(fake, source).purge(3 * PAGE));
        assertKept(runs.get(2));
    }

    @Test
    void boundedPurgeStopsBeforeTheRunThatWouldExceedIt() {
        final var source = new Source(fake, MIB);
        final var runs = runs(source, 6);
        assertEquals(3 * PAGE, purger(fake, source).purgeWithin(6 * PAGE - 1));
        assertPurged(runs.get(1));
        assertKept(runs.get(2));
    }

    @Test
    void orderForUnitsTakesLargeRunsThatAreIdleAndNothingElse() {
        final var one = new Source(fake, MIB);
        final var other = new Source(fake, MIB);
        final var small = one.volatileRun(2 * PAGE, 1);
        final var large = one.volatileRun(3 * PAGE, 2);
        final var larger = other.volatileRun(4 * PAGE, 3);
        final var young = other.volatileRun(5 * PAGE, 10);
        final var purger = purger(fake, one, other);
        assertEquals(7 * PAGE, purger.purge(new PurgePolicy.Order(Long.MAX_VALUE, true, 90, true), 100));
        assertPurged(large);
        assertPurged(larger);
        assertKept(small);
        assertKept(young);
        assertEquals(5 * PAGE, purger.purge(new PurgePolicy.Order(1, true, 0, true), 100));
        assertPurged(young);
        assertKept(small);
    }

    @Test
    void ordersForAllRunsKeepToAgeAndBytes() {
        final var source = new Source(fake, MIB);
        final var runs = runs(source, 6);                               // 1, 2, 3, 1, 2, 3 pages
        final var purger = purger(fake, source);
        assertEquals(PAGE, purger.purge(new PurgePolicy.Order(3 * PAGE - 1, false, 0, false), 100));
        assertEquals(2 * PAGE, purger.purge(new PurgePolicy.Order(1, true, 0, false), 100));
        assertEquals(4 * PAGE, purger.purge(new PurgePolicy.Order(Long.MAX_VALUE, true, 96, false), 100));
        runs.subList(0, 4).forEach(PurgerTest::assertPurged);
        runs.subList(4, 6).forEach(PurgerTest::assertKept);
    }

    @Test
    void onlyRunsMarkedBeforeTheDeadlineGo() {
        final var one = new Source(fake, MIB);
        final var other = new Source(fake, MIB);
        final var before = one.volatileRun(PAGE, 9);
        final var at = one.volatileRun(PAGE, 10);
        final var alsoBefore = other.volatileRun(2 * PAGE, 8);
        final var after = other.volatileRun(PAGE, 11);
        assertEquals(3 * PAGE, purger(fake, one, other).purgeOlderThan(10));
        assertPurged(before);
        assertPurged(alsoBefore);
        assertKept(at);
        assertKept(after);
    }

    @Test
    void deadlineIsComparedAcrossTheOverflowOfTheClock() {
        final var source = new Source(fake, MIB);
        final var before = source.volatileRun(PAGE, Long.MAX_VALUE - 5);
        final var after = source.volatileRun(PAGE, Long.MIN_VALUE + 5);
        assertEquals(PAGE, purger(fake, source).purgeOlderThan(Long.MIN_VALUE + 1));
        assertPurged(before);
        assertKept(after);
    }

    @Test
    void batchGoesOutInOneCall() {
        final var source = new Source(fake, MIB);
        runs(source, PurgeBatch.CAPACITY + 1);
        fake.clearAdviceLog();
        final long before = fake.calls();
        final var purger = purger(fake, source);
        purger.purge(Long.MAX_VALUE);
        assertEquals(2, fake.calls() - before);                         // a full batch, and the one run that is left
        assertEquals(PurgeBatch.CAPACITY + 1, fake.adviceLog().size());
        assertEquals(2, purger.purges());
    }

    @Test
    void runsGoOutOneByOneWhereBatchesDoNotWork() {
        try (var memory = new FakeMemory(16 * MIB, false)) {
            final var source = new Source(memory, MIB);
            final var runs = runs(source, 5);
            memory.clearAdviceLog();
            assertEquals(9 * PAGE, purger(memory, source).purge(Long.MAX_VALUE));
            assertEquals(runs.stream().map(run -> new Advised(run.address(), run.size(), Advice.DONTNEED)).toList(),
                    memory.adviceLog());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Errno.class, names = {"EPERM", "EINVAL", "ENOSYS", "EBADF"})
    void batchesThatAreRefusedForGoodAreNotTriedAgain(Errno errno) {
        final int[] tries = new int[1];
        final var os = batchesThat(fake, (_, _, _, _) -> {
            tries[0]++;
            throw errno.of("process_madvise", "test");
        });
        final var source = new Source(fake, 4 * MIB);
        runs(source, 2 * PurgeBatch.CAPACITY).forEach(PurgerTest::assertKept);
        final var purger = purger(os, source);
        assertTrue(purger.purge(Long.MAX_VALUE) > 0);
        assertEquals(1, tries[0]);
        assertEquals(0, source.registry.bytes());
        assertEquals(0, purger.failures());
    }

    @Test
    void batchesThatFailOnceAreTriedAgain() {
        final int[] tries = new int[1];
        final var os = batchesThat(fake, (_, _, _, _) -> {
            tries[0]++;
            throw Errno.ENOMEM.of("process_madvise", "test");
        });
        final var source = new Source(fake, 4 * MIB);
        final var runs = runs(source, 2 * PurgeBatch.CAPACITY);
        purger(os, source).purge(Long.MAX_VALUE);
        assertEquals(2, tries[0]);
        runs.forEach(PurgerTest::assertPurged);
    }

    @Test
    void restOfABatchThatWasDoneInPartGoesOutOneByOne() {
        final var source = new Source(fake, MIB);
        final var runs = runs(source, 5);                               // 1, 2, 3, 1, 2 pages
        final var os = batchesThat(fake, (addresses, sizes, _, advice) -> {
            fake.adviseAll(addresses, sizes, 2, advice);
            return 3 * PAGE + PAGE / 2;                                 // the third was begun
        });
        fake.clearAdviceLog();
        final var purger = purger(os, source);
        assertEquals(9 * PAGE, purger.purge(Long.MAX_VALUE));
        runs.forEach(PurgerTest::assertPurged);
        assertEquals(5, fake.adviceLog().size());
        assertEquals(9 * PAGE, purger.purgedBytes());
    }

    @Test
    void refusedRunIsVolatileAgainAndTheOthersGo() {
        final var source = new Source(fake, MIB);
        final var runs = runs(source, 5);
        final var os = refusing(runs.get(1));
        final var purger = purger(os, source);
        assertEquals(7 * PAGE, purger.purge(Long.MAX_VALUE));
        assertKept(runs.get(1));
        assertEquals(1, runs.get(1).refusals);
        assertEquals(1, purger.failures());
        assertPurged(runs.get(0));
        assertPurged(runs.get(4));
        assertEquals(2 * PAGE, source.registry.bytes());
    }

    @Test
    void refusalIsThrownWhenNothingAtAllWasGivenBack() {
        final var source = new Source(fake, MIB);
        final var run = source.volatileRun(PAGE, 1);
        final var purger = purger(refusing(run), source);
        final var refusal = assertThrows(OsException.class, () -> purger.purge(Long.MAX_VALUE));
        assertEquals(Errno.EINVAL.number(), refusal.errno());
        assertKept(run);
        assertEquals(1, purger.failures());
        assertEquals(0, purger.purgedBytes());
        assertEquals(0, purger.purges(), "nothing was given back");
    }

    @Test
    void refusalIsNotThrownAfterAnEarlierBatchWasGivenBack() {
        final var source = new Source(fake, MIB);
        final var runs = runs(source, PurgeBatch.CAPACITY + 1);
        final var purger = purger(refusing(runs.getLast()), source);
        assertTrue(purger.purge(Long.MAX_VALUE) > 0);
        assertKept(runs.getLast());
        assertEquals(1, purger.purges());
    }

    @Test
    void runsThatWereClaimedAreFinishedWhereTheJavaHeapIsFull() {
        final var source = new Source(fake, MIB) {
            @Override
            public boolean claimOldest(PurgeBatch batch, long wantedBytes, long until) {
                if (batch.count() == 2) {
                    throw new OutOfMemoryError("made by the test");
                }
                return super.claimOldest(batch, wantedBytes, until);
            }
        };
        final var runs = runs(source, 3);
        assertEquals(6 * PAGE, purger(fake, source).purge(Long.MAX_VALUE), "in two batches");
        runs.forEach(PurgerTest::assertPurged);
    }

    @Test
    void runIsVolatileAgainWhereTheJavaHeapHasNoRoomForTheCall() {
        final var source = new Source(fake, MIB);
        final var runs = runs(source, 3);
        final var os = new DelegatingMemory(fake) {
            private int calls;

            @Override
            public long adviseAll(long[] addresses, long[] sizes, int count, Advice advice) {
                throw new OutOfMemoryError("made by the test");
            }

            @Override
            public void advise(long address, long size, Advice advice) {
                if (++calls != 2) {
                    throw new OutOfMemoryError("made by the test");
                }
                super.advise(address, size, advice);
            }
        };
        final var purger = purger(os, source);
        assertEquals(2 * PAGE, purger.purge(Long.MAX_VALUE));
        assertKept(runs.get(0));
        assertPurged(runs.get(1));
        assertKept(runs.get(2));
        assertThrows(OutOfMemoryError.class, () -> purger.purge(Long.MAX_VALUE));
        assertKept(runs.get(0));
        assertKept(runs.get(2));
    }

    @Test
    void ownerThatThrowsKeepsNoOtherRunFromItsOwner() {
        final var source = new Source(fake, MIB);
        final var first = new Run(source, source.next, PAGE) {
            @Override
            protected void purgeFinished(boolean purged, long bytes) {
                throw new OutOfMemoryError("made by the test");
            }
        };
        source.next += PAGE;
        assertTrue(first.mark(0));
        source.registry.add(first);
        final var others = runs(source, 3);
        final var os = refusing(others.get(2));
        assertThrows(OutOfMemoryError.class, () -> purger(os, source).purge(Long.MAX_VALUE));
        assertEquals(State.PURGED, first.state());
        others.forEach(PurgerTest::assertKept);
        assertEquals(6 * PAGE, purger(fake, source).purge(Long.MAX_VALUE));
    }

    private SystemMemory refusing(Run refused) {
        return new DelegatingMemory(fake) {
            @Override
            public boolean advisesInBatches() {
                return false;
            }

            @Override
            public void advise(long address, long size, Advice advice) {
                if (address == refused.address()) {
                    throw Errno.EINVAL.of("madvise", "test");
                }
                super.advise(address, size, advice);
            }
        };
    }

    @Test
    void everyFailureLeavesEachRunEitherWholeOrPurged() {
        final var report = FailingMemory.countThenFailEach(os -> {
            final var source = new Source(os, MIB);
            final var runs = runs(source, 70);
            try {
                purger(os, source).purge(Long.MAX_VALUE);
            } finally {
                runs.forEach(run -> {
                    if (run.state() == State.PURGED) {
                        assertPurged(run);
                    } else {
                        assertKept(run);
                        assertTrue(source.registry.contains(run));
                    }
                });
                os.release(source.next - runs.stream().mapToLong(VolatileRun::size).sum(), MIB);
            }
        });
        assertTrue(report.absorbed("process_madvise"));
        assertFalse(report.absorbed("mmap"));
    }

    @Test
    void ownerAndPurgersNeverShareARun() throws Exception {
        final var source = new Source(fake, 16 * MIB);
        final var runs = runs(source, 200);
        final var purger = purger(fake, source);
        final var stop = new AtomicBoolean();
        final var purging = new ArrayList<FutureTask<Long>>();
        for (int i = 0; i < 2; i++) {
            final var task = new FutureTask<>(() -> {
                long sum = 0;
                while (!stop.get()) {
                    sum += purger.purge(8 * PAGE);
                }
                return sum;
            });
            purging.add(task);
            Thread.ofPlatform().daemon().start(task);
        }
        final long seed = 42;
        final var random = new SplittableRandom(seed);
        long lost = 0;
        for (int i = 0; i < 100_000; i++) {
            final var run = runs.get(random.nextInt(runs.size()));
            final boolean whole = run.reuse();
            if (whole) {
                source.registry.remove(run);
                assertEquals(7, RawMemory.getByte(run.address()), () -> "seed " + seed + ": " + run);
            } else if (run.holdPurged()) {
                lost += run.size();
                run.activate();
                run.fill(7);
            } else {
                continue;                                               // a purger has it
            }
            assertTrue(run.mark(i + 1000));
            source.registry.add(run);
        }
        stop.set(true);
        long given = 0;
        for (final var task : purging) {
            given += task.get();
        }
        final long left = runs.stream().filter(run -> run.state() == State.PURGED).mapToLong(VolatileRun::size).sum();
        assertEquals(given, lost + left);
        assertEquals(given, purger.purgedBytes());
        assertTrue(source.registry.checkInvariants());
    }

    // Real memory.

    @Test
    void runsGivenBackReadZeroAndAreNotResident() {
        final var os = Platform.memory();
        final long page = os.pageSize();
        final long size = 32 * MIB;
        final long base = os.reserve(size);
        try {
            os.advise(base, size, Advice.NOHUGEPAGE);
            final var registry = new VolatileRegistry();
            final var runs = new ArrayList<RealRun>();
            for (long at = base; at < base + size; at += MIB) {
                final var run = new RealRun(at, MIB);
                for (long touched = at; touched < at + MIB; touched += page) {
                    RawMemory.putLong(touched, ~touched);
                }
                assertTrue(run.mark(runs.size()));
                registry.add(run);
                runs.add(run);
            }
            assertEquals(size, os.residentBytes(base, size));
            final var purger = new Purger(os);
            purger.addSource(new RegistrySource(registry));
            assertEquals(24 * MIB, purger.purge(24 * MIB));
            assertEquals(8 * MIB, os.residentBytes(base, size));
            for (final var run : runs) {
                final boolean purged = run.address() < base + 24 * MIB;
                assertEquals(purged ? State.PURGED : State.VOLATILE, run.state());
                for (long at = run.address(); at < run.end(); at += page) {
                    assertEquals(purged ? 0 : ~at, RawMemory.getLong(at));
                }
            }
        } finally {
            os.release(base, size);
        }
    }

    private static final class RealRun extends VolatileRun {
        RealRun(long address, long size) {
            super(address, size);
            activate();
        }

        @Override
        protected void purgeFinished(boolean purged, long bytes) {
            assertTrue(purged, this::toString);
        }
    }

    private record RegistrySource(VolatileRegistry registry) implements VolatileSource {
        @Override
        public long oldestMark() {
            return registry.oldestMark();
        }

        @Override
        public boolean claimOldest(PurgeBatch batch, long wantedBytes, long until) {
            final var claimed = registry.claimOldest();
            assertNotNull(claimed);
            batch.add(claimed);
            return true;
        }

        @Override
        public boolean claimOldestWithin(PurgeBatch batch, long mostBytes) {
            return registry.oldest().size() <= mostBytes && claimOldest(batch, mostBytes, NOTHING);
        }
    }

    @Test
    void markAndReuseCostTheSameWhateverTheSizeOfTheRun() {
        final var os = Platform.memory();
        final long large = 16_384 * os.pageSize();
        final long base = os.reserve(large + os.pageSize());
        try {
            os.commit(base, large + os.pageSize());
            final var manyPages = new RealRun(base, large);
            final var onePage = new RealRun(base + large, os.pageSize());
            final double[] one = new double[301];
            final double[] many = new double[one.length];
            for (int round = 0; round < one.length; round++) {          // in turn: what disturbs, disturbs both
                one[round] = nanosForMarkAndReuse(onePage);
                many[round] = nanosForMarkAndReuse(manyPages);
            }
            final double oneMedian = median(one);
            final double manyMedian = median(many);
            System.out.printf("mark + unmark: run of 1 page %.1f ns, of 16384 pages %.1f ns, ratio %.2f%n",
                    oneMedian, manyMedian, manyMedian / oneMedian);
            final double oneBest = Arrays.stream(one).min().orElseThrow();      // other work only ever adds
            final double manyBest = Arrays.stream(many).min().orElseThrow();
            assertTrue(manyBest < 3 * oneBest, manyBest + " ns against " + oneBest + " ns");
            assertEquals(large + os.pageSize(), os.residentBytes(base, large + os.pageSize()));
        } finally {
            os.release(base, large + os.pageSize());
        }
    }

    private static double nanosForMarkAndReuse(VolatileRun run) {
        final int times = 2000;
        final long start = System.nanoTime();
        for (int i = 0; i < times; i++) {
            if (!run.mark(i) || !run.reuse()) {
                throw new AssertionError(run);
            }
        }
        return (double) (System.nanoTime() - start) / times;
    }

    private static double median(double[] values) {
        final var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
