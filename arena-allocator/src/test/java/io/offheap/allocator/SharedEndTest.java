package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Direct buffers of a program that drops all it has for a while, and then does something else.
@Tag("portable")
class SharedEndTest {

    private static final int CAPACITY = 256;
    private static final int DROPPED = 4 * Cohorts.LEAST_FOUND;
    private static final int BUFFERS = 1000;

    /// Without the daemon, whose sweeps would be some of the test's.
    private final OffHeapAllocator allocator = new OffHeapAllocator(
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().options(), Platform.memory(), Ticker.SYSTEM, false);

    @BeforeEach
    void dropUntilBuffersShareTheirEnd() {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!share(allocator.allocateDirect(CAPACITY), allocator.allocateDirect(CAPACITY))) {
            assertTrue(System.nanoTime() < deadline, "buffers do not share their end");
            drop();
        }
    }

    private void drop() {
        for (int i = 0; i < DROPPED; i++) {
            allocator.allocateDirect(CAPACITY).put(CAPACITY - 1, (byte) 0x5a);
        }
        System.gc();
    }

    private static boolean share(ByteBuffer one, ByteBuffer other) {
        return scope(one).equals(scope(other));
    }

    private static MemorySegment.Scope scope(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer).scope();
    }

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private List<ByteBuffer> allocate(int count) {
        final var buffers = new ArrayList<ByteBuffer>();
        for (int i = 0; i < count; i++) {
            final var buffer = allocator.allocateDirect(CAPACITY);
            assertEquals(-1, buffer.mismatch(ByteBuffer.allocate(CAPACITY)));
            buffers.add(stamp(buffer, i));
        }
        return buffers;
    }

    private static ByteBuffer stamp(ByteBuffer buffer, int number) {
        for (int i = 0; i < CAPACITY; i += Integer.BYTES) {
            buffer.putInt(i, number + i);
        }
        return buffer;
    }

    private static void assertStamped(ByteBuffer buffer, int number) {
        assertEquals(-1, stamp(ByteBuffer.allocate(CAPACITY), number).mismatch(buffer), () -> "buffer " + number);
    }

    @Test
    void eachIsZeroAndHasItsBytesForItself() {
        final var buffers = allocate(BUFFERS);
        for (int i = 0; i < BUFFERS; i++) {
            assertStamped(buffers.get(i), i);
        }
    }

    @Test
    void eachIsFreedByItself() {
        final var buffers = allocate(BUFFERS);
        final long count = allocator.stats().directBuffers();
        for (int i = 0; i < BUFFERS; i += 2) {
            allocator.free(buffers.get(i));
        }
        assertEquals(count - BUFFERS / 2, allocator.stats().directBuffers());
        allocate(BUFFERS);
        for (int i = 1; i < BUFFERS; i += 2) {
            assertStamped(buffers.get(i), i);
            allocator.free(buffers.get(i));
        }
    }

    @Test
    void secondFreeAndFreeOfAViewAreRefused() {
        final var buffers = allocate(BUFFERS);
        for (final var buffer : buffers) {
            assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer.duplicate()));
            assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer.slice(0, CAPACITY - 1)));
            allocator.free(buffer);
            assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer));
        }
        final var next = allocate(BUFFERS);
        for (final var buffer : buffers) {
            assertThrows(IllegalArgumentException.class, () -> allocator.free(buffer));
        }
        for (int i = 0; i < BUFFERS; i++) {
            assertStamped(next.get(i), i);
        }
    }

    @Test
    void oneThatIsKeptKeepsItsBytesAndACohortAtMost() {
        final var kept = allocate(BUFFERS).get(BUFFERS / 2);
        drop();
        drop();
        System.gc();
        allocator.purge();
        assertStamped(kept, BUFFERS / 2);
        final long count = allocator.stats().directBuffers();
        assertTrue(count <= Cohorts.size(CAPACITY), () -> count + " buffers");
    }

    @Test
    void buffersThatWereKeptEndIt() {
        final var kept = allocate(BUFFERS);
        drop();
        final var one = allocator.allocateDirect(CAPACITY);             // after a sweep, which finds that there are more
        assertNotEquals(scope(one), scope(allocator.allocateDirect(CAPACITY)));
        for (int i = 0; i < BUFFERS; i++) {
            assertStamped(kept.get(i), i);
        }
    }

    @Test
    void largeOnesHaveAnEndOfTheirOwn() {
        final int capacity = Cohorts.LARGEST + 1;
        for (int i = 0; i < BUFFERS; i++) {
            assertNotEquals(scope(allocator.allocateDirect(capacity)), scope(allocator.allocateDirect(capacity)));
        }
    }
}
