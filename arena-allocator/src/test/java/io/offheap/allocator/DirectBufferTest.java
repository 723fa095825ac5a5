package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("portable")
class DirectBufferTest {

    private static final int CAPACITY = 100_000;

    /// Without the daemon: its turns are those of the tests.
    private final OffHeapAllocator allocator = new OffHeapAllocator(
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().options(), Platform.memory(), Ticker.SYSTEM, false);

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 1000, 14_337, 1_000_000})
    void newBufferIsLikeTheOneOfTheJdk(int capacity) {
        final var buffer = allocator.allocateDirect(capacity);
        final var model = ByteBuffer.allocateDirect(capacity);
        assertEquals(model, buffer);                                    // the same length of zeros
        assertEquals(capacity, buffer.capacity());
        assertEquals(0, buffer.position());
        assertEquals(capacity, buffer.limit());
        assertEquals(ByteOrder.BIG_ENDIAN, buffer.order());
        assertTrue(buffer.isDirect());
        assertFalse(buffer.isReadOnly());
        assertFalse(buffer.hasArray());
    }

    @Test
    void multiByteValuesAreBigEndian() {
        final var buffer = allocator.allocateDirect(8);
        buffer.putLong(0, 0x0102030405060708L);
        assertEquals(1, buffer.get(0));
        assertEquals(8, buffer.get(7));
    }

    @Test
    void buffersAreZeroAfterDirtyUse() {
        for (int i = 0; i < 10; i++) {
            final long address = allocator.allocateAddress(CAPACITY);
            allocator.segmentOf(address).fill((byte) 0x77);
            allocator.freeAddress(address);
            final var buffer = allocator.allocateDirect(CAPACITY);
            assertEquals(-1, buffer.mismatch(ByteBuffer.allocate(CAPACITY)));
        }
    }

    @Test
    void anyThreadMayUseIt() throws Exception {
        final var buffer = allocator.allocateDirect(8);
        final var thread = Thread.ofPlatform().start(() -> buffer.putInt(0, 42));
        thread.join();
        assertEquals(42, buffer.getInt(0));
    }

    @Test
    void memoryOfAnUnreachableBufferIsReclaimedByThePurge() throws Exception {
        final var queue = new ReferenceQueue<>();
        final var reference = phantom(queue);
        assertTrue(allocator.stats().allocatedBytes() >= CAPACITY);
        awaitCollected(queue, reference);
        assertTrue(awaitNothingAllocated(allocator::purge), () -> allocator.stats().page());
    }

    @Test
    void memoryOfAnUnreachableBufferIsReclaimedByTheDaemonsTurn() throws Exception {
        final var queue = new ReferenceQueue<>();
        final var reference = phantom(queue);
        awaitCollected(queue, reference);
        final var maintenance = allocator.maintenance();
        assertTrue(awaitNothingAllocated(() -> maintenance.maintain(MemoryPressure.NONE, Long.MAX_VALUE)),
                () -> allocator.stats().page());
    }

    @Test
    void memoryOfAnUnreachableBufferIsReclaimedByTheNextBuffer() throws Exception {
        final var queue = new ReferenceQueue<>();
        final var reference = phantom(queue);
        awaitCollected(queue, reference);
        assertTrue(awaitNothingAllocatedBut(16, () -> allocator.allocateDirect(0)), () -> allocator.stats().page());
    }

    @Test
    void turnOfTheDaemonThatTheEndOvertakesIsNoMistake() throws Exception {
        final var ended = new OffHeapAllocator(
                OffHeapAllocator.builder().pressure().options(), Platform.memory(), Ticker.SYSTEM, false);
        final var queue = new ReferenceQueue<>();
        final var maintenance = ended.maintenance();
        final var reference = new PhantomReference<>(ended.allocateDirect(CAPACITY), queue);
        awaitCollected(queue, reference);
        ended.close();
        assertEquals(Long.MAX_VALUE, maintenance.maintain(MemoryPressure.NONE, Long.MAX_VALUE));
    }

    @Test
    void capacityThatNoSegmentMayHaveIsOutOfMemory() {
        try (var unlimited = OffHeapAllocator.builder().directLimit(Long.MAX_VALUE).pressure().build()) {
            final var before = unlimited.stats();
            for (int capacity = Integer.MAX_VALUE - 7; capacity > 0; capacity++) {
                final int asked = capacity;
                final var error = assertThrows(OutOfMemoryError.class, () -> unlimited.allocateDirect(asked));
                assertTrue(error.getMessage().contains("capacity=" + asked), error::getMessage);
            }
            assertEquals(before, unlimited.stats());
        }
    }

    private PhantomReference<ByteBuffer> phantom(ReferenceQueue<Object> queue) {
        return new PhantomReference<>(allocator.allocateDirect(CAPACITY), queue);
    }

    @Test
    void sliceKeepsTheMemory() throws Exception {
        assertKeepsTheMemory(buffer -> buffer.slice(10, 20), view -> view.get(0));
    }

    @Test
    void duplicateKeepsTheMemory() throws Exception {
        assertKeepsTheMemory(ByteBuffer::duplicate, view -> view.get(10));
    }

    @Test
    void readOnlyViewKeepsTheMemory() throws Exception {
        assertKeepsTheMemory(ByteBuffer::asReadOnlyBuffer, view -> view.get(10));
    }

    @Test
    void sliceOfASliceKeepsTheMemory() throws Exception {
        assertKeepsTheMemory(buffer -> buffer.slice(5, 50).duplicate().slice(5, 20), view -> view.get(0));
    }

    @Test
    void viewOfLongsKeepsTheMemory() throws Exception {
        assertKeepsTheMemory(buffer -> buffer.slice(10, 8).asLongBuffer(), view -> (byte) (view.get(0) >>> 56));
    }

    @Test
    void segmentOfTheBufferKeepsTheMemory() throws Exception {
        assertKeepsTheMemory(buffer -> MemorySegment.ofBuffer(buffer).asSlice(10, 1),
                view -> view.get(ValueLayout.JAVA_BYTE, 0));
    }

    /// Of a first buffer, and of one in place of another that was freed, which is made in another way.
    ///
    /// @param <V>   what keeps the memory
    /// @param tenth reads the buffer's tenth byte
    private <V> void assertKeepsTheMemory(Function<ByteBuffer, V> toView, Function<V, Byte> tenth) throws Exception {
        assertViewKeepsTheMemory(toView, tenth);
        assertTrue(awaitNothingAllocated(allocator::purge));
        allocator.free(allocator.allocateDirect(CAPACITY));
        assertViewKeepsTheMemory(toView, tenth);
        assertTrue(awaitNothingAllocated(allocator::purge));
    }

    /// The buffer object is collected, and the view of it still reads what was written.
    ///
    /// @param <V>   what keeps the memory
    /// @param tenth reads the buffer's tenth byte
    private <V> void assertViewKeepsTheMemory(Function<ByteBuffer, V> toView, Function<V, Byte> tenth) throws Exception {
        final var queue = new ReferenceQueue<>();
        final var view = viewOf(toView, queue);
        awaitCollected(queue, view.buffer);
        for (int i = 0; i < 3; i++) {
            System.gc();
            allocator.purge();
        }
        assertTrue(allocator.stats().allocatedBytes() >= CAPACITY, () -> allocator.stats().page());
        final long overwriting = allocator.allocateAddress(CAPACITY);
        allocator.segmentOf(overwriting).fill((byte) 1);
        assertEquals((byte) 7, tenth.apply(view.view));
        Reference.reachabilityFence(view.view);
        allocator.freeAddress(overwriting);
    }

    private record View<V>(V view, PhantomReference<ByteBuffer> buffer) {}

    private <V> View<V> viewOf(Function<ByteBuffer, V> toView, ReferenceQueue<Object> queue) {
        final var buffer = allocator.allocateDirect(CAPACITY);
        buffer.put(10, (byte) 7);
        return new View<>(toView.apply(buffer), new PhantomReference<>(buffer, queue));
    }

    /// Waits until the collector has found the referent unreachable. A view may keep the buffer object itself, as an
    /// attachment: then it is not collected, and that is as good.
    private static void awaitCollected(ReferenceQueue<Object> queue, PhantomReference<?> reference) throws Exception {
        final long deadline = System.nanoTime() + Duration.ofMillis(500).toNanos();
        while (System.nanoTime() < deadline) {
            System.gc();
            if (queue.remove(50) == reference) {
                return;
            }
        }
    }

    private boolean awaitNothingAllocated(Runnable reclaim) {
        return awaitNothingAllocatedBut(0, reclaim);
    }

    /// Collects and reclaims until at most so many bytes are allocated, or 20 s have passed.
    private boolean awaitNothingAllocatedBut(long bytes, Runnable reclaim) {
        final long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < deadline) {
            System.gc();
            reclaim.run();
            if (allocator.stats().allocatedBytes() <= bytes) {
                return true;
            }
        }
        return false;
    }

    @Test
    void manyBuffersInALoopDoNotPileUp() {
        final long limit = 64L << 20;
        try (var limited = OffHeapAllocator.builder().hardLimit(limit).pressure().build()) {
            long allocated = 0;
            for (int i = 0; i < 2000; i++) {
                ByteBuffer buffer = null;
                for (int tries = 0; buffer == null; tries++) {
                    try {
                        buffer = limited.allocateDirect(1 << 20);
                    } catch (OutOfMemoryError e) {
                        assertTrue(tries < 1000, e::getMessage);
                        System.gc();                                    // off-heap memory does not make the collector run
                    }
                }
                buffer.put(0, (byte) i);
                allocated += buffer.capacity();
                assertNotNull(buffer);
            }
            assertEquals(2000L << 20, allocated);
            assertTrue(limited.stats().committedBytes() <= limit);
        }
    }

    @Test
    void bufferThatOutlivesTheAllocatorReadsZero() {
        final var other = OffHeapAllocator.builder().pressure().build();
        final var buffer = other.allocateDirect(CAPACITY);
        buffer.put(10, (byte) 7);
        other.close();
        assertEquals(0, buffer.get(10));
        assertThrows(IllegalStateException.class, () -> other.allocateDirect(1));
    }
}
