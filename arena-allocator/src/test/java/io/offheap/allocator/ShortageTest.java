package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.FakeTicker;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Buffers and arenas that have grown old and were dropped, below a limit that counts more than the allocator: where memory is short they
/// are found, if `System.gc()` may be called.
class ShortageTest {

    private static final long MIB = 1L << 20;
    private static final long LIMIT = 256 * MIB;
    private static final int SIZE = 64 << 10;
    private static final int OTHER_SIZE = 20 << 10;
    private static final long PHASE = 160 * MIB;

    /// A container in which there is nothing but what the allocator has committed.
    private static final class Container implements PressureSource {
        private volatile LongSupplier usage = () -> 0;

        @Override
        public String name() {
            return "container";
        }

        @Override
        public Optional<MemoryReading> read() {
            return Optional.of(new MemoryReading(LIMIT, usage.getAsLong()));
        }

        @Override
        public void close() {
            usage = () -> 0;
        }
    }

    private final Container container = new Container();
    private final FakeTicker ticker = new FakeTicker();
    private Backend backend;

    private Backend open(boolean explicitGc, Ticker clock) {
        final var builder = OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).directLimit(4 * LIMIT).explicitGc(explicitGc)
                .pressure(container);
        backend = new Backend(builder.options(), Platform.memory(), clock, false);
        container.usage = () -> backend.stats().committedBytes();
        return backend;
    }

    @AfterEach
    void close() {
        backend.checkInvariants();
        backend.close();
    }

    private List<ByteBuffer> oldBuffers(long bytes) {
        final var buffers = new ArrayList<ByteBuffer>();
        for (long sum = 0; sum < bytes; sum += SIZE) {
            buffers.add(backend.directBuffers.allocate(SIZE));
        }
        growOld();
        return buffers;
    }

    /// Moves what is reachable to where young collections do not look.
    private static void growOld() {
        System.gc();
        System.gc();
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream().mapToLong(bean -> Math.max(0, bean.getCollectionCount())).sum();
    }

    private void turn(MemoryPressure level) {
        backend.maintenance().maintain(level, 0);
    }

    @Test
    void droppedBuffersMakeRoomForOthersOfAnotherSize() {
        open(true, Ticker.SYSTEM);
        oldBuffers(PHASE).clear();
        final var kept = new ArrayList<ByteBuffer>();
        for (long sum = 0; sum < PHASE; sum += OTHER_SIZE) {
            kept.add(backend.directBuffers.allocate(OTHER_SIZE));
            assertTrue(kept.size() % 100 != 0 || backend.stats().committedBytes() < LIMIT, () -> backend.stats().page());
        }
        assertEquals(kept.size(), backend.directBuffers.count());
    }

    @Test
    void endedArenasMakeRoomForOthers() {
        open(true, Ticker.SYSTEM);
        final var lifecycle = backend.lifecycle;
        final var arenas = new ArrayList<Arena>();
        for (long sum = 0; sum < PHASE; sum += MIB) {
            final var arena = new AutoArena(lifecycle, backend.collected);
            arena.allocate(MIB);
            arenas.add(arena);
        }
        growOld();
        arenas.clear();
        for (long sum = 0; sum < PHASE; sum += 2 * MIB) {
            final var arena = new AutoArena(lifecycle, backend.collected);
            arena.allocate(2 * MIB);
            arenas.add(arena);
            assertTrue(backend.stats().committedBytes() < LIMIT, () -> backend.stats().page());
        }
    }

    @Test
    void programThatNeedsAllItHasPaysForFewCollections() {
        open(true, Ticker.SYSTEM);
        final var kept = oldBuffers(LIMIT);
        final long before = collections();
        for (long sum = 0; sum < 2 * LIMIT; sum += SIZE) {
            kept.add(backend.directBuffers.allocate(SIZE));
        }
        final long had = collections() - before;
        assertTrue(had <= 20, () -> had + " collections");     // 8, 16, 32 ... of 512 MiB, and those that heap garbage has had
        assertEquals(kept.size(), backend.directBuffers.count());
    }

    @Test
    void droppedBuffersAreFoundAtCriticalPressure() {
        open(true, ticker);
        final var buffers = oldBuffers(32 * MIB);
        buffers.subList(1, buffers.size()).clear();
        turn(MemoryPressure.SOME);
        assertEquals(32 * MIB / SIZE, backend.directBuffers.count());
        turn(MemoryPressure.CRITICAL);
        assertEquals(1, backend.directBuffers.count());
        assertEquals(0, backend.stats().volatileBytes());
        assertTrue(backend.stats().committedBytes() < 2 * MIB, () -> backend.stats().page());
        assertEquals(SIZE, buffers.getFirst().capacity());
    }

    @Test
    void whatIsVolatileGoesFirstAtCriticalPressure() {
        open(true, ticker);
        oldBuffers(32 * MIB).clear();
        final long address = backend.explicit.allocateAddress(64 * MIB, 1);
        backend.explicit.free(address);
        turn(MemoryPressure.CRITICAL);
        assertEquals(0, backend.stats().volatileBytes());
        assertEquals(32 * MIB / SIZE, backend.directBuffers.count());       // there was more to purge than may be garbage
        turn(MemoryPressure.CRITICAL);
        assertEquals(0, backend.directBuffers.count());
    }

    @Test
    void criticalPressureHasTheCollectorRunForAPartOfTheTime() {
        open(true, ticker);
        final var kept = oldBuffers(8 * MIB);
        turn(MemoryPressure.CRITICAL);
        kept.clear();
        turn(MemoryPressure.CRITICAL);
        assertEquals(8 * MIB / SIZE, backend.directBuffers.count());        // no time has passed
        ticker.advance(TimeUnit.MINUTES.toNanos(10));
        turn(MemoryPressure.CRITICAL);
        assertEquals(0, backend.directBuffers.count());
    }

    @Test
    void nobodyCallsTheCollectorUnlessItIsAllowed() {
        open(false, ticker);
        oldBuffers(32 * MIB).clear();
        turn(MemoryPressure.CRITICAL);
        assertEquals(32 * MIB / SIZE, backend.directBuffers.count());
        System.gc();
        turn(MemoryPressure.CRITICAL);
        assertEquals(0, backend.directBuffers.count());
    }
}
