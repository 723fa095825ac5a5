package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.debug.Debugging;
import io.offheap.memory.os.Platform;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What buffers and automatic arenas have, and what they count with, adds up after each step; and what does not is found.
class CollectedCheckTest {

    private static final int STEPS = 500;
    private static final long SEED = 20261122;
    private static final int MOST_LIVE = 60;
    private static final int LARGEST = 100_000;
    private static final int HUGE = 400_000;
    private static final int CAPACITY = 1000;

    /// More than it takes until a berth is installed.
    private static final int MANY = 600;

    private enum Kind {
        PLAIN(builder -> builder),
        UNCHECKED(builder -> builder.checks(Checks.OFF)),
        ZEROING(builder -> builder.zeroOnFree(true)),
        LOW_LIMIT(builder -> builder.directLimit(300_000)),
        AT_THE_LIMIT(builder -> builder.directLimit(1 << 20)),
        DEBUGGED(builder -> builder.debug(Debugging.on()));

        private final UnaryOperator<OffHeapAllocator.Builder> options;

        Kind(UnaryOperator<OffHeapAllocator.Builder> options) {
            this.options = options;
        }

        Backend open() {
            final var builder = options.apply(OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure());
            return new Backend(builder.options(), Platform.memory(), Ticker.SYSTEM, false);
        }
    }

    private static long addressOf(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer).address();
    }

    @ParameterizedTest
    @EnumSource
    void itAddsUpAfterEachStep(Kind kind) {
        System.out.println("CollectedCheckTest seed " + SEED);
        final var random = new SplittableRandom(SEED);
        final var backend = kind.open();
        final var buffers = new ArrayList<ByteBuffer>();
        final var arenas = new ArrayList<Arena>();
        int refused = 0;
        for (int step = 0; step < STEPS; step++) {
            try {
                step(backend, random, buffers, arenas);
            } catch (OutOfMemoryError e) {
                refused++;
                buffers.clear();                        // they are garbage from now on
            }
            assertTrue(backend.checkInvariants(), "step " + step);
        }
        assertEquals(kind == Kind.LOW_LIMIT || kind == Kind.AT_THE_LIMIT, refused > 0, refused + " times at the limit");
        buffers.forEach(backend.directBuffers::free);
        backend.purge();
        assertTrue(backend.checkInvariants());
        backend.close();
    }

    private static void step(Backend backend, SplittableRandom random, List<ByteBuffer> buffers, List<Arena> arenas) {
        final int size = random.nextInt(1 << random.nextInt(1, 17)) % LARGEST;
        switch (random.nextInt(100)) {
            case 0 -> backend.purge();
            case 1 -> backend.collected.trim();
            case 2 -> backend.collected.maintain();
            case 3 -> backend.collected.reclaim();
            case 4 -> useInTurn(backend, size);
            case 5 -> {
                arenas.clear();
                System.gc();
            }
            case 6, 7, 8 -> arenas.add(new AutoArena(backend.lifecycle, backend.collected));
            case 9, 10, 11, 12, 13, 14, 15, 16 -> {
                if (!arenas.isEmpty()) {
                    arenas.get(random.nextInt(arenas.size())).allocate(size, 1L << random.nextInt(14));
                }
            }
            case 17 -> buffers.add(backend.directBuffers.allocate(HUGE));
            default -> {
                if (buffers.isEmpty() || buffers.size() < MOST_LIVE && random.nextBoolean()) {
                    buffers.add(backend.directBuffers.allocate(size));
                } else {
                    final var buffer = buffers.remove(random.nextInt(buffers.size()));
                    if (random.nextInt(4) > 0) {        // or the collector finds it
                        backend.directBuffers.free(buffer);
                    }
                }
            }
        }
    }

    private static void useInTurn(Backend backend, int capacity) {
        for (int i = 0; i < MANY; i++) {
            backend.directBuffers.free(backend.directBuffers.allocate(capacity));
        }
    }

    private static void assertFound(String invariant, Backend backend) {
        final var found = assertThrows(AssertionError.class, backend::checkInvariants).getMessage();
        assertTrue(found.startsWith(invariant), found);
    }

    @Test
    void bytesThatNobodyCountsWithAreFound() {
        final var backend = Kind.PLAIN.open();
        final var buffer = backend.directBuffers.allocate(CAPACITY);
        final var table = backend.collected.buffers();
        assertTrue(table.remove(addressOf(buffer), buffer, Blocks.NO_SLOT));
        assertFound("Z1", backend);
        table.add(addressOf(buffer), CAPACITY, Blocks.NO_SLOT, new BufferPlaces.Loose(buffer, MemorySegment.ofBuffer(buffer).scope()));
        assertTrue(backend.checkInvariants());
        backend.directBuffers.free(buffer);
        backend.close();
    }

    @Test
    void blockThatIsFreedUnderABufferIsFound() {
        final var backend = Kind.PLAIN.open();
        final var small = backend.directBuffers.allocate(CAPACITY);
        final var large = backend.directBuffers.allocate(LARGEST);
        backend.hidden.freeHidden(addressOf(small));
        assertFound("C2", backend);
        backend.purge();                                // out of the cache, and into its slab
        assertFound("Z2", backend);
        assertEquals(addressOf(small), backend.hidden.allocateHidden(CAPACITY, 1, false));
        assertTrue(backend.checkInvariants());
        backend.hidden.freeHidden(addressOf(large));
        assertFound("Z2", backend);
        assertEquals(addressOf(large), backend.hidden.allocateHidden(LARGEST, 1, false));
        assertTrue(backend.checkInvariants());
        backend.close();
    }

    @Test
    void blockOfABufferThatIsLiveForTheProgramIsFound() {
        final var backend = Kind.PLAIN.open();
        final var buffer = backend.directBuffers.allocate(CAPACITY);
        backend.blocks.markLive(addressOf(buffer), backend.blocks.slotClass(CAPACITY, 1));
        assertFound("Z2", backend);
        backend.close();
    }
}
