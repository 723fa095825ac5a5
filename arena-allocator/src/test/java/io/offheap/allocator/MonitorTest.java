package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.pressure.ManualSource;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.util.RankedLock;
import io.offheap.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What an allocator does as memory gets short and comes back, by hand and through the daemon.
@Tag("portable")
@Timeout(120)
class MonitorTest {

    private static final long MIB = 1L << 20;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long DECAY = 10 * SECOND;
    private static final long ROOM = Long.MAX_VALUE;

    private record Told(MemoryPressure level, long headroomBytes) {}

    private final FakeTicker clock = new FakeTicker();

    private OffHeapAllocator byHand(OffHeapAllocator.Builder builder) {
        return new OffHeapAllocator(builder.pressure().options(), Platform.memory(), clock, false);
    }

    private static void freeAll(OffHeapAllocator allocator, List<Long> blocks) {
        blocks.forEach(allocator::freeAddress);
        blocks.clear();
    }

    private static List<Long> allocate(OffHeapAllocator allocator, int count, long size) {
        final var blocks = new ArrayList<Long>();
        for (int i = 0; i < count; i++) {
            blocks.add(allocator.allocateAddress(size));
        }
        return blocks;
    }

    /// A program whose use swings within the period keeps what it will want again; one that has stopped does not.
    @Test
    void decayDoesNotPurgeWhatTheLastPeriodUsed() {
        try (var allocator = byHand(OffHeapAllocator.builder().decay(Duration.ofNanos(DECAY)))) {
            final var maintenance = allocator.maintenance();
            for (int swing = 0; swing < 20; swing++) {
                final var blocks = allocate(allocator, 16, MIB);
                clock.advance(SECOND);
                maintenance.maintain(MemoryPressure.NONE, ROOM);
                freeAll(allocator, blocks);
                for (int i = 0; i < 7; i++) {
                    clock.advance(SECOND);
                    maintenance.maintain(MemoryPressure.NONE, ROOM);
                }
            }
            assertEquals(0, allocator.stats().bytesPurged());
            for (long passed = 0; passed <= DECAY + DECAY / 4; passed += SECOND / 5) {
                clock.advance(SECOND / 5);
                maintenance.maintain(MemoryPressure.NONE, ROOM);
            }
            assertEquals(0, allocator.stats().volatileBytes());
            assertTrue(allocator.checkInvariants());
        }
    }

    @Test
    void someTakesIdleUnitsFirstThenWhatElseIsIdleAndCriticalEverything() {
        try (var allocator = byHand(OffHeapAllocator.builder().decay(Duration.ofNanos(-1)))) {
            final var maintenance = allocator.maintenance();
            final var large = allocate(allocator, 4, 20 * MIB);
            final var keeps = new ArrayList<Long>();
            final var small = new ArrayList<Long>();
            for (int i = 0; i < 64; i++) {
                small.add(allocator.allocateAddress(MIB));
                keeps.add(allocator.allocateAddress(MIB));              // between them, so that they do not join
            }
            freeAll(allocator, large);
            freeAll(allocator, small);
            final long all = allocator.stats().volatileBytes();
            clock.advance(2 * SECOND);
            maintenance.maintain(MemoryPressure.NONE, ROOM);
            maintenance.maintain(MemoryPressure.SOME, ROOM);
            assertEquals(all, allocator.stats().volatileBytes());
            clock.advance(SECOND);
            maintenance.maintain(MemoryPressure.SOME, ROOM);
            final long afterUnits = allocator.stats().volatileBytes();
            assertTrue(afterUnits <= all - 80 * MIB && afterUnits >= 56 * MIB, "left " + afterUnits + " of " + all);
            clock.advance(SECOND);
            final long young = allocator.allocateAddress(40 * MIB);
            maintenance.maintain(MemoryPressure.SOME, ROOM);            // the ticker of marks goes on
            allocator.freeAddress(young);
            maintenance.maintain(MemoryPressure.SOME, ROOM);
            final long afterRest = allocator.stats().volatileBytes();
            assertTrue(afterRest >= 40 * MIB && afterRest < 56 * MIB, "left " + afterRest);
            maintenance.maintain(MemoryPressure.CRITICAL, ROOM);
            assertEquals(0, allocator.stats().volatileBytes());
            freeAll(allocator, keeps);
            assertTrue(allocator.checkInvariants());
        }
    }

    @Test
    void listenersHearChangesAndEverySecondOfCritical() {
        try (var allocator = byHand(OffHeapAllocator.builder())) {
            final var told = new ArrayList<Told>();
            final var maintenance = allocator.maintenance();
            allocator.onPressure((level, headroom) -> {
                assertTrue(RankedLock.noneHeld());
                told.add(new Told(level, headroom));
            });
            maintenance.maintain(MemoryPressure.NONE, 900);
            maintenance.maintain(MemoryPressure.SOME, 200);
            maintenance.maintain(MemoryPressure.SOME, 190);
            maintenance.maintain(MemoryPressure.CRITICAL, 50);
            for (int i = 0; i < 20; i++) {
                clock.advance(SECOND / 10);
                maintenance.maintain(MemoryPressure.CRITICAL, i);
            }
            maintenance.maintain(MemoryPressure.NONE, 800);
            assertEquals(List.of(new Told(MemoryPressure.SOME, 200), new Told(MemoryPressure.CRITICAL, 50),
                    new Told(MemoryPressure.CRITICAL, 9), new Told(MemoryPressure.CRITICAL, 19),
                    new Told(MemoryPressure.NONE, 800)), told);
        }
    }

    @Test
    void listenerIsToldByTheDaemonAndOneThatThrowsKeepsNobodyFromBeingTold() throws InterruptedException {
        final var limit = new ManualSource("limit");
        final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
        try (var allocator = OffHeapAllocator.builder().pressure(limit).build()) {
            allocator.onPressure((_, _) -> {
                throw new IllegalStateException("a listener's mistake, which the test makes");
            });
            allocator.onPressure((level, headroom) -> told.add(new Told(level, headroom)));
            limit.set(1000, 800);
            assertEquals(new Told(MemoryPressure.SOME, 200), told.poll(20, TimeUnit.SECONDS));
            limit.set(1000, 950);
            assertEquals(new Told(MemoryPressure.CRITICAL, 50), told.poll(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void ownHardLimitThatIsNearlyReachedIsPressureToo() throws InterruptedException {
        final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
        try (var allocator = OffHeapAllocator.builder().hardLimit(100 * MIB).pressure().build()) {
            allocator.onPressure((level, headroom) -> told.add(new Told(level, headroom)));
            allocator.allocateAddress(80 * MIB);
            final var first = told.poll(20, TimeUnit.SECONDS);
            assertEquals(MemoryPressure.SOME, first.level);
            assertTrue(first.headroomBytes < 20 * MIB && first.headroomBytes > 10 * MIB, first::toString);
        }
    }

    @Test
    void reserveIsKeptFreeBelowALimit() {
        final var limit = new ManualSource("limit");
        limit.set(1024 * MIB, 0);
        final var builder = OffHeapAllocator.builder().reserve(300 * MIB).decay(Duration.ofNanos(-1)).pressure(limit);
        try (var allocator = new OffHeapAllocator(builder.options(), Platform.memory(), clock, false)) {
            allocator.freeAddress(allocator.allocateAddress(60 * MIB));
            limit.set(1024 * MIB, 600 * MIB);
            final long large = allocator.allocateAddress(200 * MIB);
            assertTrue(allocator.stats().bytesPurged() >= 60 * MIB, () -> allocator.stats().page());
            allocator.freeAddress(large);
        }
        assertThrows(IllegalArgumentException.class, () -> OffHeapAllocator.builder().reserve(-1));
    }
}
