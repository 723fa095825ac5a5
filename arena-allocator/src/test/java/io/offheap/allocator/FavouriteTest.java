package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A block that a thread has allocated and freed by turns, when something else happens to it.
class FavouriteTest {

    private static final int SIZE = 64;
    private static final int OTHER_SIZE = 128;

    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).shards(1).pressure().build();

    @AfterEach
    void close() {
        assertEquals(0, allocator.stats().allocatedBytes());
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    /// {@return a live block that was handed out and freed several times, to and by this thread}
    private long favourite() {
        for (int i = 0; i < 4; i++) {
            allocator.freeAddress(allocator.allocateAddress(SIZE));
        }
        return allocator.allocateAddress(SIZE);
    }

    private static void elsewhere(Runnable work) throws InterruptedException {
        final var thread = Thread.ofPlatform().start(work);
        thread.join();
    }

    @Test
    void secondAndInteriorFreesThrow() {
        final long block = favourite();
        assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(block + 16));
        allocator.freeAddress(block);
        assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(block));
        assertEquals(block, allocator.allocateAddress(SIZE));
        allocator.freeAddress(block);
        assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(0));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(MemorySegment.NULL));
    }

    @Test
    void freeByAnotherThreadIsTheOnlyOne() throws InterruptedException {
        final long block = favourite();
        elsewhere(() -> allocator.freeAddress(block));
        assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(block));
        final long next = allocator.allocateAddress(SIZE);
        allocator.freeAddress(next);
        assertThrows(IllegalArgumentException.class, () -> allocator.freeAddress(next));
    }

    /// Its page may be another slab's by the time it is freed: the favourite's class is not asked then.
    @Test
    void addressThatIsABlockOfAnotherClassByNowIsFreedAsThat() throws InterruptedException {
        final long block = favourite();
        elsewhere(() -> allocator.freeAddress(block));
        allocator.purge();
        final long other = allocator.allocateAddress(OTHER_SIZE);
        assertEquals(block, other, "the same page, and its first slot");
        assertEquals(OTHER_SIZE, allocator.usableSize(other));
        allocator.freeAddress(other);
        assertTrue(allocator.checkInvariants());
        final long again = allocator.allocateAddress(SIZE);
        assertNotEquals(other, again);
        allocator.freeAddress(again);
    }

    @Test
    void otherSegmentsAreRefused() {
        for (int i = 0; i < 4; i++) {
            allocator.free(allocator.allocate(SIZE));
        }
        final var block = allocator.allocate(SIZE);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(block.asSlice(SIZE / 2)));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(MemorySegment.ofArray(new byte[SIZE])));
        allocator.free(block);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(block));
    }
}
