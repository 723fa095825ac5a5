package io.offheap.allocator.pin;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.event.Events;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.memory.VolatileMemory;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.pressure.Reclaimer;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.source.PageKind;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.types.Contents;
import io.offheap.memory.util.CoarseTicker;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;

/// The block that was let go of first is chosen for a purge, and used in the same moment: it is then not the oldest.
public final class AgeCases {

    private static final long PAGE = 4096;
    private static final SystemMemory OS = Platform.memory();
    private static final AtomicLong CLOCK = new AtomicLong(1);
    private static final CoarseTicker TICKER = new CoarseTicker(CLOCK::get);
    private static final Purger PURGER = new Purger(OS);
    private static final Governor GOVERNOR = new Governor(Long.MAX_VALUE, Long.MAX_VALUE, List.of(), new NoReclaimer());
    private static final Shards SHARDS = new Shards(OS, new RegionSource(OS, 16 << 20), GOVERNOR, new Purger(OS), TICKER,
            new Events("jcstress"), FreedRuns.VOLATILE, PageKind.BASE, 1);
    private static final Caches CACHES = new Caches(OS, SHARDS, GOVERNOR, 2);
    private static final VolatileBlocks BLOCKS = new VolatileBlocks(CACHES, SHARDS, GOVERNOR::acquire, _ -> { });

    static {
        PURGER.addSource(BLOCKS);                       // and nothing else: purges take blocks alone
    }

    private AgeCases() {}

    /// Without limits nobody asks it for memory.
    private static final class NoReclaimer implements Reclaimer {
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
            return 0;
        }
    }

    private static void tick() {
        CLOCK.incrementAndGet();
        TICKER.advance();
    }

    private static VolatileMemory newBlock() {
        tick();
        final var block = BLOCKS.create(CACHES.allocateRun(PAGE, PAGE), PAGE);
        block.pinConfined().close();
        return block;
    }

    /// Memory for one block is wanted while the older of two is used.
    @JCStressTest
    @State
    @Outcome(id = "INTACT, INTACT, PURGED", expect = ACCEPTABLE, desc = "Used first: the other one is the oldest then.")
    @Outcome(id = "PURGED, PURGED, INTACT", expect = ACCEPTABLE, desc = "Purged first, and told.")
    @Outcome(id = "INTACT, PURGED, INTACT", expect = FORBIDDEN, desc = "Chosen for its age before it was used, purged after: the age was stale.")
    @Outcome(id = "PURGED, .*, PURGED", expect = FORBIDDEN, desc = "More was taken than was wanted, or a loss told that has not happened.")
    @Outcome(expect = FORBIDDEN, desc = "Nothing was taken.")
    public static class StaleAge {
        private final VolatileMemory older = newBlock();
        private final VolatileMemory younger = newBlock();

        private static Contents look(VolatileMemory block) {
            try (var pin = block.pinConfined()) {
                return pin.contents();
            }
        }

        /// A new moment for whoever lets go.
        public StaleAge() {
            tick();
        }

        /// Uses the older one.
        @Actor
        public void use(LLL_Result r) {
            r.r1 = look(older);
        }

        /// Memory is wanted.
        @Actor
        public void purge() {
            PURGER.purge(PAGE);
        }

        /// Looks which one has gone.
        @Arbiter
        public void look(LLL_Result r) {
            r.r2 = look(older);
            r.r3 = look(younger);
            older.close();
            younger.close();
        }
    }
}
