package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("portable")
class ConfinedArenaTest {

    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().build();

    @AfterEach
    void everythingIsGivenBack() {
        assertEquals(0, allocator.stats().allocatedBytes());
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private static Throwable thrownElsewhere(Runnable call) throws InterruptedException {
        final var thrown = new Throwable[1];
        final var thread = Thread.ofPlatform().start(() -> {
            try {
                call.run();
            } catch (Throwable e) {
                thrown[0] = e;
            }
        });
        thread.join();
        return thrown[0];
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 7, 100, 512, 513, 1024, 1025, 2048, 5000, 8192, 14_337, 65_536, 1_000_000})
    void segmentsHaveExactlyTheirSizeAndAreZero(long size) {
        for (int round = 0; round < 3; round++) {
            try (var arena = allocator.ofConfined()) {
                for (int i = 0; i < 5; i++) {
                    final var segment = arena.allocate(size);
                    assertEquals(size, segment.byteSize());
                    for (long at = 0; at < size; at++) {
                        assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, at));
                    }
                    segment.fill((byte) 0x99);
                    assertThrows(IndexOutOfBoundsException.class, () -> segment.get(ValueLayout.JAVA_BYTE, size));
                }
            }
        }
    }

    @Test
    void segmentsAreAlignedAndDisjoint() {
        final long seed = 0xa7e7a;
        final var random = new SplittableRandom(seed);
        try (var arena = allocator.ofConfined()) {
            final var segments = new ArrayList<MemorySegment>();
            for (int i = 0; i < 500; i++) {
                final long size = random.nextLong(0, 1L << random.nextInt(1, 15));
                final long alignment = 1L << random.nextInt(0, 15);
                final var context = "seed " + seed + ", segment " + i + ": " + size + " aligned to " + alignment;
                final var segment = random.nextBoolean()
                        ? arena.allocate(size, alignment) : arena.allocateUninitialized(size, alignment);
                assertEquals(0, segment.address() % alignment, context);
                assertEquals(size, segment.byteSize(), context);
                segment.fill((byte) i);
                for (final var other : segments) {
                    assertTrue(segment.address() + size <= other.address()
                            || other.address() + other.byteSize() <= segment.address(), () -> context + " on " + other);
                }
                segments.add(segment);
            }
            for (int i = 0; i < segments.size(); i++) {
                for (long at = 0; at < segments.get(i).byteSize(); at++) {
                    assertEquals((byte) i, segments.get(i).get(ValueLayout.JAVA_BYTE, at));
                }
            }
        }
    }

    @Test
    void segmentThatCannotBeHadChangesNothing() {
        try (var small = OffHeapAllocator.builder().hardLimit(64 << 20).pressure().build()) {
            try (var arena = small.ofConfined()) {
                final long before = small.stats().allocatedBytes();
                for (int i = 0; i < 2; i++) {
                    assertThrows(OutOfMemoryError.class, () -> arena.allocate(1L << 30));
                    assertEquals(before, small.stats().allocatedBytes());
                }
                final var first = arena.allocate(100_000);
                final long block = small.stats().allocatedBytes() - before;
                assertThrows(OutOfMemoryError.class, () -> arena.allocate(1L << 30));
                final var second = arena.allocate(100_000);
                assertTrue(first.asOverlappingSlice(second).isEmpty());
                assertEquals(before + 2 * block, small.stats().allocatedBytes());
            }
            assertEquals(0, small.stats().allocatedBytes());
        }
    }

    @Test
    void emptySegmentsHaveAddressesOfTheirOwn() {
        try (var arena = allocator.ofConfined()) {
            final var addresses = new HashSet<Long>();
            for (int i = 0; i < 3000; i++) {
                final var segment = arena.allocate(0);
                assertEquals(0, segment.byteSize());
                assertNotEquals(0, segment.address());
                assertTrue(addresses.add(segment.address()));
                assertTrue(addresses.add(arena.allocate(1).address()));
            }
        }
    }

    @Test
    void accessAfterCloseThrows() {
        final MemorySegment segment;
        final MemorySegment slice;
        try (var arena = allocator.ofConfined()) {
            segment = arena.allocate(100);
            slice = segment.asSlice(10, 10);
            assertTrue(segment.scope().isAlive());
        }
        assertFalse(segment.scope().isAlive());
        assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
        assertThrows(IllegalStateException.class, () -> slice.set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
        assertThrows(IllegalStateException.class, () -> segment.fill((byte) 1));
    }

    @Test
    void everythingIsRefusedAfterClose() {
        final var arena = allocator.ofConfined();
        arena.allocate(10);
        arena.close();
        assertThrows(IllegalStateException.class, () -> arena.allocate(10));
        assertThrows(IllegalStateException.class, () -> arena.allocate(1_000_000));
        assertThrows(IllegalStateException.class, () -> arena.allocateUninitialized(0, 1));
        assertThrows(IllegalStateException.class, arena::close);
        assertFalse(arena.scope().isAlive());
    }

    @Test
    void secondCloseFreesNothingAgain() {
        final var arena = allocator.ofConfined();
        final long address = arena.allocate(100).address();
        arena.close();
        final long reused = allocator.allocateAddress(1024);
        assertEquals(address, reused, "the block should have been free");
        RawMemory.putLong(reused, 5);
        assertThrows(IllegalStateException.class, arena::close);
        assertEquals(5, RawMemory.getLong(reused));
        allocator.freeAddress(reused);
    }

    @Test
    void otherThreadsAreRefused() throws Exception {
        try (var arena = allocator.ofConfined()) {
            final var segment = arena.allocate(10);
            final var thrown = thrownElsewhere(() -> arena.allocate(10));
            assertEquals(WrongThreadException.class, thrown.getClass());
            assertTrue(thrown.getMessage().startsWith("Attempted access outside owning thread"), thrown::getMessage);
            assertEquals(WrongThreadException.class, thrownElsewhere(() -> arena.allocateUninitialized(10, 1)).getClass());
            assertEquals(WrongThreadException.class, thrownElsewhere(arena::close).getClass());
            assertEquals(WrongThreadException.class,
                    thrownElsewhere(() -> segment.get(ValueLayout.JAVA_BYTE, 0)).getClass());
            assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, 0));
            assertTrue(arena.scope().isAlive());
        }
    }

    @Test
    void otherThreadsThatAreRefusedTakeNothing() throws Exception {
        try (var arena = allocator.ofConfined()) {
            final long first = arena.allocate(16).address();
            final var before = allocator.stats();
            for (final long size : new long[] {16, 100_000}) {
                assertEquals(WrongThreadException.class, thrownElsewhere(() -> arena.allocate(size)).getClass());
            }
            assertEquals(before, allocator.stats());
            assertEquals(first + 16, arena.allocate(16).address());
        }
    }

    @Test
    void scopeIsThatOfItsSegmentsAndOfNobodyElse() {
        try (var arena = allocator.ofConfined(); var other = allocator.ofConfined()) {
            assertEquals(arena.scope(), arena.allocate(10).scope());
            assertEquals(arena.scope(), arena.allocateUninitialized(100_000, 8).scope());
            assertSame(arena.scope(), arena.scope());
            assertNotEquals(arena.scope(), other.scope());
            assertTrue(arena.allocate(1).isAccessibleBy(Thread.currentThread()));
            assertFalse(arena.allocate(1).isAccessibleBy(new Thread()));
        }
    }

    @Test
    void allocatorIsNotClosedWhileAnArenaIsOpen() {
        final var arena = allocator.ofConfined();
        final var segment = arena.allocate(10);
        final var refused = assertThrows(IllegalStateException.class, allocator::close);
        assertTrue(refused.getMessage().contains("1 arena"), refused.getMessage());
        segment.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        assertEquals(10, arena.allocate(10).byteSize());
        arena.close();
    }

    @Test
    void nestedArenasLiveIndependently() {
        try (var outer = allocator.ofConfined()) {
            final var kept = outer.allocate(2000);
            kept.fill((byte) 3);
            for (int i = 0; i < 100; i++) {
                try (var inner = allocator.ofConfined()) {
                    inner.allocate(5000).fill((byte) 4);
                }
            }
            for (long at = 0; at < 2000; at++) {
                assertEquals(3, kept.get(ValueLayout.JAVA_BYTE, at));
            }
        }
    }

    @Test
    void virtualThreadsHaveArenasToo() throws Exception {
        final var sum = new FutureTask<>(() -> {
            try (Arena arena = allocator.ofConfined()) {
                final var numbers = arena.allocate(ValueLayout.JAVA_INT, 1000);
                Thread.yield();
                for (int i = 0; i < 1000; i++) {
                    numbers.setAtIndex(ValueLayout.JAVA_INT, i, i);
                }
                return numbers.getAtIndex(ValueLayout.JAVA_INT, 999);
            }
        });
        Thread.ofVirtual().start(sum);
        assertEquals(999, sum.get());
    }

    @Test
    void arenaThatAllocatedNothingHoldsABlockUntilItIsClosed() {
        final var arena = allocator.ofConfined();
        assertEquals(ConfinedArena.FIRST_BLOCK, allocator.stats().allocatedBytes());
        arena.close();
        assertEquals(0, allocator.stats().allocatedBytes());
    }

    /// The first block comes from the thread's cache or from beyond it, and is counted either way.
    @Test
    void arenasAreCountedWhetherTheirFirstBlockIsAtHandOrNot() {
        final var open = new ArrayDeque<OffHeapArena>();
        for (int i = 0; i < 300; i++) {
            open.push(allocator.ofConfined());
        }
        while (!open.isEmpty()) {
            final var refusal = assertThrows(IllegalStateException.class, allocator::close);
            assertTrue(refusal.getMessage().startsWith(open.size() + " arenas"), refusal.getMessage());
            open.pop().close();
        }
        assertEquals(0, allocator.stats().allocatedBytes());
    }
}
