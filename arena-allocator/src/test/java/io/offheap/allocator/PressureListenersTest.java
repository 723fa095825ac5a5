package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.testkit.EqualThread;
import io.offheap.memory.os.Platform;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.PressureListener;
import io.offheap.memory.util.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What happens between the last purge and an `OutOfMemoryError`.
@Tag("portable")
class PressureListenersTest {

    private static final long MIB = 1L << 20;
    private static final long LIMIT = 16 * MIB;

    private record Told(MemoryPressure level, long headroomBytes) {}

    /// Without the daemon, which tells listeners of the limit too, when it comes by.
    private final OffHeapAllocator allocator = new OffHeapAllocator(
            OffHeapAllocator.builder().hardLimit(LIMIT).decay(Duration.ofNanos(-1)).pressure().options(),
            Platform.memory(), Ticker.SYSTEM, false);
    private final List<Told> told = new ArrayList<>();

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private PressureListener remembering(Runnable then) {
        return (level, headroomBytes) -> {
            told.add(new Told(level, headroomBytes));
            then.run();
        };
    }

    @Test
    void listenerIsToldWhenNothingIsLeftToPurgeAndTheAllocationIsTriedAgain() {
        final long held = allocator.allocateAddress(12 * MIB);
        allocator.freeAddress(allocator.allocateAddress(2 * MIB));
        final long[] volatileThen = {-1};
        allocator.onPressure(remembering(() -> {
            volatileThen[0] = allocator.stats().volatileBytes();
            allocator.freeAddress(held);
        }));
        assertNotEquals(0, allocator.allocateAddress(13 * MIB));
        assertEquals(1, told.size());
        assertEquals(MemoryPressure.CRITICAL, told.getFirst().level);
        assertEquals(0, volatileThen[0]);
        assertTrue(told.getFirst().headroomBytes < 4 * MIB, told::toString);
        assertTrue(told.getFirst().headroomBytes > 3 * MIB, told::toString);
    }

    @ParameterizedTest
    @ValueSource(longs = {48, 1000, 14_336})
    void slotsAreTriedAgainToo(long size) {
        final var blocks = new ArrayDeque<Long>();
        allocator.onPressure(remembering(() -> {
            while (!blocks.isEmpty()) {
                allocator.freeAddress(blocks.poll());
            }
        }));
        while (told.isEmpty()) {
            blocks.add(allocator.allocateAddress(size));
        }
        assertTrue(blocks.size() < 10, () -> "freed, so the next one is the first again: " + blocks.size());
    }

    @Test
    void nobodyIsToldWhileVolatileMemoryOrCachesCanMakeRoom() {
        allocator.onPressure(remembering(() -> { }));
        final var small = new ArrayList<Long>();
        for (int i = 0; i < 10_000; i++) {
            small.add(allocator.allocateAddress(1000));
        }
        small.forEach(allocator::freeAddress);
        assertTrue(allocator.stats().cachedBytes() > 0);
        allocator.freeAddress(allocator.allocateAddress(LIMIT - MIB));
        allocator.allocateAddress(LIMIT - MIB / 2);
        assertEquals(List.of(), told);
    }

    @Test
    void nobodyIsToldOfARequestThatCanNeverFit() {
        allocator.onPressure(remembering(() -> { }));
        assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(LIMIT + 1));
        assertEquals(List.of(), told);
        assertEquals(0, allocator.stats().limitHits());
    }

    @Test
    void allocationFailsWhenListenersMakeTooLittleRoom() {
        final long held = allocator.allocateAddress(4 * MIB);
        allocator.allocateAddress(8 * MIB);
        allocator.onPressure(remembering(() -> allocator.freeAddress(held)));
        final var error = assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(9 * MIB));
        final var stats = allocator.stats();
        assertEquals("%d bytes requested, %d allocated, %d volatile, %d committed, limit %d".formatted(
                9 * MIB, stats.allocatedBytes(), stats.volatileBytes(), stats.committedBytes(), LIMIT), error.getMessage());
        assertEquals(1, told.size());
        assertEquals(8 * MIB, stats.allocatedBytes());
    }

    /// Has no stack trace, because it is logged.
    private static final class Mistake extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Mistake() {
            super("a listener's mistake, which the test makes", null, false, false);
        }
    }

    @Test
    void whatAListenerThrowsKeepsNobodyFromBeingTold() {
        final long held = allocator.allocateAddress(12 * MIB);
        allocator.onPressure((_, _) -> {
            throw new Mistake();
        });
        allocator.onPressure(remembering(() -> allocator.freeAddress(held)));
        assertNotEquals(0, allocator.allocateAddress(13 * MIB));
        assertEquals(1, told.size());
    }

    @Test
    void listenerThatRunsShortItselfIsNotToldAgainFromWithin() {
        final long held = allocator.allocateAddress(12 * MIB);
        allocator.onPressure(remembering(() -> {
            assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(13 * MIB));
            allocator.freeAddress(held);
        }));
        assertNotEquals(0, allocator.allocateAddress(13 * MIB));
        assertEquals(1, told.size());
    }

    @Test
    void threadsThatSayTheyAreEqualAreTwo() throws InterruptedException {
        allocator.allocateAddress(12 * MIB);
        final Runnable allocation = () -> assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(13 * MIB));
        final var within = new EqualThread(allocation);
        allocator.onPressure(remembering(() -> {
            if (told.size() == 1) {
                within.start();
                join(within);
            }
        }));
        final var outer = new EqualThread(allocation);
        outer.start();
        outer.join();
        assertEquals(2, told.size());
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// A listener that frees the very block is a mistake of the program's, and takes nothing else along.
    @Test
    void blockThatIsFreedWhileItMovesLeavesNothingBehind() {
        final var block = allocator.allocate(2 * MIB, 1);
        final long other = allocator.allocateAddress(11 * MIB);
        allocator.onPressure(remembering(() -> {
            allocator.free(block);
            allocator.freeAddress(other);
            allocator.allocateVolatile(2 * MIB);                        // where the block was
        }));
        assertThrows(IllegalArgumentException.class, () -> allocator.reallocate(block, 12 * MIB));
        assertEquals(1, told.size());
        assertEquals(0, allocator.stats().allocatedBytes());
    }

    @Test
    void closedRegistrationIsToldNoMore() {
        allocator.allocateAddress(12 * MIB);
        final var twice = remembering(() -> { });
        final var first = allocator.onPressure(twice);
        final var second = allocator.onPressure(twice);
        assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(13 * MIB));
        assertEquals(2, told.size());
        first.close();
        first.close();
        assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(13 * MIB));
        assertEquals(3, told.size());
        second.close();
        assertThrows(OutOfMemoryError.class, () -> allocator.allocateAddress(13 * MIB));
        assertEquals(3, told.size());
    }

    @Test
    void closedAllocatorTakesNoListener() {
        final var other = OffHeapAllocator.builder().pressure().build();
        other.close();
        assertThrows(IllegalStateException.class, () -> other.onPressure((_, _) -> { }));
        assertThrows(NullPointerException.class, () -> allocator.onPressure(null));
    }
}
