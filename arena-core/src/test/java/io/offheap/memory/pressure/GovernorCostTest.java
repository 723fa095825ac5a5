package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.PressureSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What asking costs, as a share of the growth that asks: real pages, real files.
@Timeout(600)
final class GovernorCostTest {

    private static final long MIB = 1L << 20;
    private static final long BURST = 256 * MIB;
    private static final long STEP = 64L << 10;

    /// The least of many rounds is some three times below this, also beside other work; it is printed.
    private static final double MOST = 0.01;

    private final SystemMemory os = Platform.memory();

    /// The first source that is asked: notes when a look begins.
    private static final class Marker implements PressureSource {
        private static final long NONE = -1;

        private long began = NONE;

        @Override
        public List<MemoryReading> readings() {
            began = System.nanoTime();
            return List.of();
        }

        /// {@return how long the look took, 0 if there was none}
        long elapsed() {
            final long nanos = began == NONE ? 0 : System.nanoTime() - began;
            began = NONE;
            return nanos;
        }

        @Override
        public Optional<MemoryReading> read() {
            return Optional.empty();
        }

        @Override
        public String name() {
            return "marker";
        }

        @Override
        public void close() {
            // nothing is open
        }
    }

    /// One burst of growth, and how much of its time was looking at limits.
    private double share(long roomBytes) {
        final var marker = new Marker();
        final var sources = new ArrayList<PressureSource>(List.of(marker));
        sources.addAll(PressureSources.detect(Platform.files()));
        final var budget = PressureSources.budget(Platform.files(), os.pageSize(), 1L << 40, "test");
        final long used = budget.read().orElseThrow().usageBytes();
        budget.close();
        sources.add(PressureSources.budget(Platform.files(), os.pageSize(), used + roomBytes, "test"));
        final long address = os.reserve(BURST);
        try {
            os.advise(address, BURST, SystemMemory.Advice.NOHUGEPAGE);
            final var nothing = new Nothing(address);
            final var governor = new Governor(Long.MAX_VALUE, Long.MAX_VALUE, sources, nothing);
            long looking = 0;
            final long start = System.nanoTime();
            for (long at = 0; at < BURST; at += STEP) {
                nothing.carved = at + STEP;
                governor.acquire(STEP);
                looking += marker.elapsed();
                for (long page = at; page < at + STEP; page += os.pageSize()) {
                    RawMemory.putByte(address + page, (byte) 1);
                }
            }
            return (double) looking / (System.nanoTime() - start);
        } finally {
            os.release(address, BURST);
            sources.forEach(PressureSource::close);
        }
    }

    /// Has nothing to purge, and says truly what is resident of what was ever taken from the region, as
    /// [io.offheap.memory.source.RegionSource#residentBytes] does.
    private final class Nothing implements Reclaimer {
        private final long address;
        private long carved;

        Nothing(long address) {
            this.address = address;
        }

        @Override
        public long reclaim(long bytes) {
            return 0;
        }

        @Override
        public long reclaimOrAwait(long bytes) {
            return 0;
        }

        @Override
        public void flushCaches() {}

        @Override
        public long residentBytes() {
            return os.residentBytes(address, carved);
        }
    }

    @Test
    void askingIsASmallPartOfGrowthFarFromALimitAndBeyondIt() {
        for (final long room : List.of(1L << 38, BURST, 0L)) {
            double least = 1;
            for (int round = 0; round < 20; round++) {
                least = Math.min(least, share(room));
            }
            System.out.printf("governor: looking was %.2f %% of growing by %d MiB, of which %s fit below the limit%n",
                    100 * least, BURST / MIB, room > BURST ? "all" : room / MIB + " MiB");
            assertTrue(least < MOST, "share " + least + " with room " + room);
        }
    }
}
