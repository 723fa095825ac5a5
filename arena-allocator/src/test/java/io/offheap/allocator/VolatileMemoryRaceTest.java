package io.offheap.allocator;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.VolatileMemory;
import io.offheap.memory.types.Contents;
import io.offheap.testkit.Race;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pins, purges, rebuilds and closes of volatile blocks by several threads.
@Tag("portable")
@Timeout(180)
class VolatileMemoryRaceTest {

    private static final int ROUNDS = 1000;
    private static final int THREADS = 4;
    private static final long SIZE = 3 * 4096;
    private static final long SEED = 0x70617573;

    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).managementBeans(false).pressure().build();
    private final Race race = new Race();

    @AfterEach
    void close() {
        race.close();
        allocator.checkInvariants();
        allocator.close();
    }

    private static void write(VolatileMemory.Pin pin, long value) {
        for (long at = 0; at < pin.segment().byteSize(); at += 512) {
            pin.segment().set(JAVA_LONG, at, value);
        }
    }

    private static void assertHolds(VolatileMemory.Pin pin, long value) {
        for (long at = 0; at < pin.segment().byteSize(); at += 512) {
            assertEquals(value, pin.segment().get(JAVA_LONG, at));
        }
    }

    private VolatileMemory written(long value) {
        final var block = allocator.allocateVolatile(SIZE);
        try (var pin = block.pinConfined()) {
            write(pin, value);
        }
        return block;
    }

    private static Race.Leg[] times(int count, Race.Leg leg) {
        final var legs = new Race.Leg[count];
        java.util.Arrays.fill(legs, leg);
        return legs;
    }

    @Test
    void exactlyOneRebuildsAndTheOthersGetWhatItBuilt() {
        final var block = written(0);
        for (long round = 1; round <= ROUNDS; round++) {
            final long value = round;
            allocator.purge();
            final var rebuilds = new AtomicInteger();
            race.run(times(THREADS, () -> {
                try (var pin = block.pinConfined()) {
                    if (pin.contents() == Contents.PURGED) {
                        rebuilds.incrementAndGet();
                        write(pin, value);
                        pin.rebuilt();
                    }
                    assertHolds(pin, value);
                }
            }));
            assertEquals(1, rebuilds.get());
        }
    }

    @Test
    void eachThatGivesUpHandsTheRebuildToTheNext() {
        final var block = written(0);
        for (long round = 1; round <= ROUNDS; round++) {
            final long value = round;
            allocator.purge();
            final var told = new AtomicInteger();
            race.run(times(THREADS, () -> {
                try (var pin = block.pinConfined()) {
                    if (pin.contents() == Contents.PURGED && told.incrementAndGet() == 3) {
                        write(pin, value);
                        pin.rebuilt();
                    }
                    if (pin.contents() == Contents.INTACT) {
                        assertHolds(pin, value);
                    }
                }
            }));
            assertEquals(3, told.get());
        }
    }

    private static Thread waiting(Runnable action) {
        final var thread = new Thread(action);
        thread.start();
        while (thread.getState() != Thread.State.WAITING) {
            assertTrue(thread.isAlive(), "it did not wait");
            Thread.onSpinWait();
        }
        return thread;
    }

    @Test
    void waitersGoOnWithRebuiltOrWithTheCloseOfThePin() throws Exception {
        for (final boolean makesGood : new boolean[] {true, false}) {
            final var block = written(1);
            allocator.purge();
            final var seen = new ArrayList<Contents>();
            final var first = block.pin();
            assertSame(Contents.PURGED, first.contents());
            final var waiter = waiting(() -> {
                try (var pin = block.pin()) {
                    seen.add(pin.contents());
                }
            });
            if (makesGood) {
                write(first, 2);
                first.rebuilt();
                waiter.join();
                first.close();
            } else {
                first.close();
                waiter.join();
            }
            assertEquals(List.of(makesGood ? Contents.INTACT : Contents.PURGED), seen);
            block.close();
        }
    }

    @Test
    void interruptStaysPendingAndDoesNotEndTheWait() throws Exception {
        final var block = written(1);
        allocator.purge();
        final var first = block.pin();
        final var interrupted = new AtomicBoolean();
        final var waiter = waiting(() -> {
            try (var pin = block.pin()) {
                interrupted.set(Thread.currentThread().isInterrupted() && pin.contents() == Contents.INTACT);
            }
        });
        waiter.interrupt();
        first.rebuilt();
        waiter.join();
        first.close();
        assertTrue(interrupted.get());
    }

    @Test
    void pinAndPurgeExcludeEachOther() {
        final var block = written(0);
        final var values = new AtomicLong();
        final var outcomes = new int[2];
        for (int round = 0; round < ROUNDS; round++) {
            race.run(allocator::purge, () -> {
                try (var pin = block.pinConfined()) {
                    outcomes[pin.contents().ordinal()]++;
                    if (pin.contents() == Contents.PURGED) {
                        write(pin, values.incrementAndGet());
                        pin.rebuilt();
                    }
                    assertHolds(pin, values.get());
                }
            });
        }
        assertEquals(ROUNDS, outcomes[0] + outcomes[1]);
    }

    @Test
    void pinAndCloseExcludeEachOther() {
        for (int round = 0; round < ROUNDS; round++) {
            final var block = written(round);
            final long value = round;
            final var wins = new AtomicInteger();
            race.run(() -> {
                try (var pin = block.pinConfined()) {
                    assertHolds(pin, pin.contents() == Contents.INTACT ? value : 0);
                } catch (IllegalStateException e) {
                    wins.addAndGet(10);
                }
            }, () -> {
                try {
                    block.close();
                } catch (IllegalStateException e) {
                    wins.addAndGet(1);
                }
            }, allocator::purge);
            assertTrue(wins.get() != 11, "both were refused");
            block.close();
        }
    }

    @Test
    void closeOfTheAllocatorAndPinExcludeEachOther() {
        for (int round = 0; round < 200; round++) {
            final var own = OffHeapAllocator.builder().managementBeans(false).pressure().build();
            final var block = own.allocateVolatile(SIZE);
            final var wins = new AtomicInteger();
            race.run(() -> {
                try (var pin = block.pin()) {
                    assertHolds(pin, 0);
                } catch (IllegalStateException e) {
                    wins.addAndGet(10);
                }
            }, () -> {
                try {
                    own.close();
                } catch (IllegalStateException e) {
                    wins.addAndGet(1);
                }
            });
            assertTrue(wins.get() != 11, "both were refused");
            own.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noContentsAreLostSilentlyUnderStress(boolean virtual) throws Exception {
        final var options = OffHeapAllocator.builder().hardLimit(24L << 20).decay(Duration.ofMillis(20)).managementBeans(false)
                .pressure();
        final var counts = new AtomicLong[] {new AtomicLong(), new AtomicLong(), new AtomicLong()};
        final long begin = System.nanoTime();
        final BooleanSupplier goesOn = () -> {                          // a machine may give nobody a processor for long
            final long passed = System.nanoTime() - begin;
            final boolean isMet = counts[0].get() > 0 && counts[1].get() > 0;
            return passed < Duration.ofSeconds(isMet ? 2 : 30).toNanos();
        };
        try (var own = options.build()) {
            final var shared = new Shared(own, 24);
            final List<Future<?>> running = new ArrayList<>();
            // who purges has a thread of its own: virtual threads that never wait leave each other none
            try (var threads = virtual ? Executors.newVirtualThreadPerTaskExecutor() : Executors.newCachedThreadPool();
                    var purging = Executors.newSingleThreadExecutor()) {
                for (int thread = 0; thread < THREADS; thread++) {
                    final var random = new SplittableRandom(SEED + thread);
                    running.add(threads.submit((Callable<Void>) () -> {
                        while (goesOn.getAsBoolean()) {
                            shared.step(random, counts);
                        }
                        return null;
                    }));
                }
                running.add(purging.submit(() -> {
                    while (goesOn.getAsBoolean()) {
                        own.purge();
                        Thread.yield();
                    }
                }));
            }
            for (final var one : running) {
                one.get();
            }
            own.checkInvariants();
        }
        assertTrue(counts[0].get() > 0 && counts[1].get() > 0, () -> List.of(counts) + " intact, purged, short; seed " + SEED);
    }

    /// Blocks that hold the number of their last rebuild in every word that is looked at.
    private static final class Shared {
        private static final long[] SIZES = {4096, 20_000, 200_000, 3 << 20};
        private final OffHeapAllocator allocator;
        private final VolatileMemory[] blocks;
        private final AtomicLong[] versions;            // what was built last

        Shared(OffHeapAllocator allocator, int count) {
            this.allocator = allocator;
            this.blocks = new VolatileMemory[count];
            this.versions = new AtomicLong[count];
            for (int i = 0; i < count; i++) {
                blocks[i] = allocator.allocateVolatile(SIZES[i % SIZES.length]);
                versions[i] = new AtomicLong();
            }
        }

        void step(SplittableRandom random, AtomicLong[] counts) {
            final int which = random.nextInt(blocks.length);
            try (var pin = random.nextInt(8) == 0 ? blocks[which].pin() : blocks[which].pinConfined()) {
                counts[pin.contents().ordinal()].incrementAndGet();
                if (pin.contents() == Contents.PURGED) {
                    if (random.nextInt(4) == 0) {
                        return;                         // gives up
                    }
                    write(pin, versions[which].incrementAndGet());
                    pin.rebuilt();
                }
                assertHolds(pin, versions[which].get());
                if (random.nextInt(16) == 0) {
                    final long memory = allocator.allocateAddress(1 + random.nextInt(400_000));
                    allocator.freeAddress(memory);
                }
                assertHolds(pin, versions[which].get());
            } catch (OutOfMemoryError e) {
                counts[2].incrementAndGet();            // pins of others can fill the limit for a moment
            }
        }
    }
}
