package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.DelegatingMemory;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `zeroOnFree`: nothing that a program wrote is found in memory that it has freed. Freed memory is looked at by address, where
/// nobody may look but a test.
@Tag("portable")
class ZeroOnFreeTest {

    private static final byte SECRET = 0x5e;

    private final OffHeapAllocator allocator = allocator(true);

    private static OffHeapAllocator allocator(boolean zeroed) {
        return OffHeapAllocator.builder().zeroOnFree(zeroed).decay(Duration.ofNanos(-1)).pressure().build();
    }

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private static void assertWiped(long address, long size) {
        assertEquals(0, secrets(address, size));
    }

    /// {@return bytes of a range that are the secret}
    private static long secrets(long address, long size) {
        long found = 0;
        for (long at = address; at < address + size; at++) {
            found += RawMemory.getByte(at) == SECRET ? 1 : 0;
        }
        return found;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 16, 100, 1000, 14_336, 20_000, 65_536, 65_537, 1_000_000, 20_000_000})
    void freedBlocksAreZero(long size) {
        final long address = allocator.allocateAddress(size);
        final long usable = allocator.usableSize(address);
        allocator.segmentOf(address).fill(SECRET);
        allocator.freeAddress(address);
        assertWiped(address, usable);

        final var segment = allocator.allocateUninitialized(size, 1);
        segment.fill(SECRET);
        allocator.free(segment);
        assertWiped(segment.address(), size);
    }

    @Test
    void withoutTheOptionTheyAreNot() {
        try (var other = allocator(false)) {
            final long address = other.allocateAddress(1000);
            RawMemory.segment(address, 1000).fill(SECRET);
            other.freeAddress(address);
            assertTrue(secrets(address, 1000) > 900);
        }
    }

    @Test
    void arenasLeaveNothing() {
        try (var group = allocator.sharedGroup(1)) {
            for (final var arena : new OffHeapArena[] {allocator.ofConfined(), allocator.ofShared(), group.ofShared()}) {
                final long[] sizes = {100, 1024, 3000, 8000, 70_000, 1_000_000};
                final long[] addresses = new long[sizes.length];
                for (int i = 0; i < sizes.length; i++) {
                    final var segment = arena.allocateUninitialized(sizes[i], 8);
                    segment.fill(SECRET);
                    addresses[i] = segment.address();
                }
                arena.close();
                for (int i = 0; i < sizes.length; i++) {
                    assertWiped(addresses[i], sizes[i]);
                }
            }
        }
    }

    @Test
    void buffersLeaveNothing() {
        final var buffer = allocator.allocateDirect(5000);
        final var segment = MemorySegment.ofBuffer(buffer);
        segment.fill(SECRET);
        allocator.free(buffer);
        assertWiped(segment.address(), 5000);
    }

    @Test
    void volatileBlocksLeaveNothing() {
        final var block = allocator.allocateVolatile(100_000);
        final long address;
        try (var pin = block.pin()) {
            pin.segment().fill(SECRET);
            address = pin.segment().address();
        }
        assertTrue(secrets(address, 100_000) > 99_000);                 // not freed yet, only let go of
        block.close();
        assertWiped(address, 100_000);
    }

    /// Memory whose operating system takes nothing back as long as it is told not to.
    private static final class Unwilling extends DelegatingMemory {

        private volatile Runnable beforeTaking = () -> { };

        Unwilling() {
            super(Platform.memory());
        }

        @Override
        public boolean advisesInBatches() {
            return false;
        }

        @Override
        public void advise(long address, long size, Advice advice) {
            if (advice == Advice.DONTNEED) {
                beforeTaking.run();
            }
            super.advise(address, size, advice);
        }
    }

    private static OffHeapAllocator over(Unwilling memory) {
        return new OffHeapAllocator(OffHeapAllocator.builder().zeroOnFree(true).decay(Duration.ofNanos(-1)).pressure().options(),
                memory, Ticker.SYSTEM, false);
    }

    @Test
    void largeBlockIsZeroAlsoWithoutJavaHeapToHaveItTaken() {
        final var memory = new Unwilling();
        try (var other = over(memory)) {
            final var block = other.allocateUninitialized(20_000_000, 1);
            block.fill(SECRET);
            memory.beforeTaking = () -> {
                throw new OutOfMemoryError("Java heap space, says the test");
            };
            other.free(block);
            memory.beforeTaking = () -> { };
            assertWiped(block.address(), 20_000_000);
            assertEquals(0, other.stats().allocatedBytes());
            assertTrue(other.checkInvariants());
        }
    }

    /// The close comes while a purger has the block, and then the operating system refuses to take it.
    @Test
    void volatileBlockThatIsClosedDuringARefusedPurgeLeavesNothing() throws InterruptedException {
        final var memory = new Unwilling();
        try (var other = over(memory)) {
            final var block = other.allocateVolatile(100_000);
            final long address;
            try (var pin = block.pin()) {
                pin.segment().fill(SECRET);
                address = pin.segment().address();
            }
            final var closing = Thread.ofPlatform().unstarted(block::close);
            memory.beforeTaking = () -> {
                memory.beforeTaking = () -> { };
                closing.start();
                while (closing.isAlive() && closing.getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                }
                throw Errno.EINVAL.of("madvise", "refused by the test");
            };
            assertThrows(OsException.class, other::purge);
            closing.join();
            assertWiped(address, 100_000);
            assertTrue(other.checkInvariants());
        }
    }

    @Test
    void whatIsMovedOrCutOffLeavesNothing() {
        final var small = allocator.allocate(1000, 1);
        small.fill(SECRET);
        final var moved = allocator.reallocate(small, 100_000);
        assertWiped(small.address(), 1000);
        assertEquals(SECRET, RawMemory.getByte(moved.address()));
        allocator.free(moved);

        final var large = allocator.allocate(10_000_000, 1);
        large.fill(SECRET);
        final var cut = allocator.reallocate(large, 100_000);
        assertEquals(SECRET, RawMemory.getByte(cut.address() + 99_999));
        assertWiped(large.address() + 4_000_000, 6_000_000);
        allocator.free(cut);
        assertWiped(large.address(), 10_000_000);
    }

    @Test
    void whatLooksFreedAndIsRefusedStaysAsItIs() {
        final var block = allocator.allocate(1000, 1);
        block.fill(SECRET);
        assertThrows(IllegalArgumentException.class,
                () -> allocator.freeAddress(block.address() + 16));
        assertTrue(secrets(block.address(), 1000) > 900);
        allocator.free(block);
    }
}
