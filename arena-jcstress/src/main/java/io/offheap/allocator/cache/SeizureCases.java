package io.offheap.allocator.cache;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.allocator.event.Events;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.jcstress.Independent;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.pressure.Reclaimer;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.source.PageKind;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.util.CoarseTicker;
import java.util.List;
import java.util.stream.LongStream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/// The daemon empties the cache of a thread that is using it: the owner pays for no fence, the daemon makes all pass one.
public final class SeizureCases {

    private static final SystemMemory OS = Platform.memory();
    private static final Shards SHARDS = newShards();
    private static final int CLASS = 4;

    /// The first slot: slots are only numbers here, but of the first region.
    private static final long FIRST = SHARDS.firstRegion().base();

    private SeizureCases() {}

    private static Shards newShards() {
        final var purger = new Purger(OS);
        final var governor = new Governor(Long.MAX_VALUE, Long.MAX_VALUE, List.of(), new Reclaimer() {
            @Override
            public long reclaim(long bytes) {
                return purger.purge(bytes);
            }

            @Override
            public long reclaimOrAwait(long bytes) {
                return purger.purgeOrAwait(bytes);
            }

            @Override
            public void flushCaches() {}

            @Override
            public long residentBytes() {
                return 0;
            }
        });
        return new Shards(OS, new RegionSource(OS, 16 << 20), governor, purger, new CoarseTicker(System::nanoTime),
                new Events("jcstress"), FreedRuns.VOLATILE, PageKind.BASE, 1);
    }

    /// {@return a cache with so many slots, from [#FIRST] on}
    private static ThreadCache cacheOf(int count) {
        final var cache = new ThreadCache(SHARDS, new SlotDepot(SHARDS), new Transit(), null);
        cache.stacks().open(CLASS);
        for (int i = 0; i < count; i++) {
            cache.push(FIRST + i, CLASS);
        }
        return cache;
    }

    /// Does what the daemon does to a cache that looks idle.
    ///
    /// @return the slots that were taken out; none if the owner was busy
    private static long[] seizeAndEmpty(ThreadCache cache) {
        cache.seize();
        OS.fenceThreads();
        var taken = new long[0];
        if (!cache.isBusy()) {
            taken = takeAll(cache);
            cache.stacks().closeAll();
        }
        cache.letGo();
        return taken;
    }

    private static long[] takeAll(ThreadCache cache) {
        final int count = cache.stacks().count(CLASS);
        final boolean isAside = cache.asideClass != OwnLine.NONE;
        final var all = new long[isAside ? count + 1 : count];
        cache.stacks().takeOldest(CLASS, all, count);
        if (isAside) {
            all[count] = cache.favourite;
            cache.asideClass = OwnLine.NONE;
        }
        return all;
    }

    /// {@return how often a slot is in the cache and among those that were taken out}
    private static int places(long slot, ThreadCache cache, long[] taken) {
        final var left = takeAll(cache);
        for (final long one : left) {
            cache.push(one, CLASS);                     // as they were: others are asked for too
        }
        return (int) LongStream.concat(LongStream.of(left), LongStream.of(taken)).filter(one -> one == slot).count();
    }

    /// The owner takes a slot.
    @JCStressTest
    @State
    @Outcome(id = "popped, 0", expect = ACCEPTABLE, desc = "The owner has it: it came first, or the cache was left alone.")
    @Outcome(id = "none, 1", expect = ACCEPTABLE, desc = "The daemon has taken it out, or the owner was kept out for the moment.")
    @Outcome(id = "popped, [1-9]", expect = FORBIDDEN, desc = "One slot in two hands: two blocks in one place.")
    @Outcome(expect = FORBIDDEN, desc = "The slot is lost.")
    public static class Pop implements Independent {
        private final ThreadCache cache = cacheOf(1);
        private long[] taken;

        /// The owner allocates.
        @Actor
        public void pop(LL_Result r) {
            r.r1 = cache.pop(CLASS) == FIRST ? "popped" : "none";
        }

        /// The daemon empties.
        @Actor
        public void seize() {
            taken = seizeAndEmpty(cache);
        }

        /// Looks for the slot.
        @Arbiter
        public void look(LL_Result r) {
            r.r2 = places(FIRST, cache, taken);
        }
    }

    /// The owner gives a slot back.
    @JCStressTest
    @State
    @Outcome(id = "kept, 1", expect = ACCEPTABLE, desc = "In the cache, or taken out again by the daemon.")
    @Outcome(id = "refused, 0", expect = ACCEPTABLE, desc = "The owner was kept out, and takes the slow way.")
    @Outcome(id = "kept, 0", expect = FORBIDDEN, desc = "The slot is lost.")
    @Outcome(expect = FORBIDDEN, desc = "One slot in two places.")
    public static class Push implements Independent {
        private final ThreadCache cache = cacheOf(0);
        private long[] taken;

        /// The owner frees.
        @Actor
        public void push(LL_Result r) {
            r.r1 = cache.push(FIRST, CLASS) ? "kept" : "refused";
        }

        /// The daemon empties.
        @Actor
        public void seize() {
            taken = seizeAndEmpty(cache);
        }

        /// Looks for the slot.
        @Arbiter
        public void look(LL_Result r) {
            r.r2 = places(FIRST, cache, taken);
        }
    }

    /// The owner takes and gives back all the time.
    @JCStressTest
    @State
    @Outcome(id = "each once, emptied", expect = ACCEPTABLE, desc = "The daemon has met the owner between two steps.")
    @Outcome(id = "each once, left alone", expect = ACCEPTABLE, desc = "The owner was busy, so the cache is not idle.")
    @Outcome(expect = FORBIDDEN, desc = "A slot is lost or in two places.")
    public static class Work implements Independent {
        private static final int SLOTS = 8;
        private static final int STEPS = 200;
        private final ThreadCache cache = cacheOf(SLOTS);
        private long kept;                              // slots in the owner's hand, a bit each
        private boolean twice;
        private long[] taken;

        /// The owner allocates and frees.
        @Actor
        public void work() {
            for (int i = 0; i < STEPS; i++) {
                final long slot = cache.pop(CLASS);
                if (slot != 0 && !cache.takeBack(slot) && !cache.push(slot, CLASS)) {
                    twice |= (kept & bit(slot)) != 0;
                    kept |= bit(slot);
                }
            }
        }

        /// The daemon empties.
        @Actor
        public void seize() {
            taken = seizeAndEmpty(cache);
        }

        private static long bit(long slot) {
            return 1L << (slot - FIRST);
        }

        /// Looks for all slots.
        @Arbiter
        public void look(LL_Result r) {
            r.r1 = twice ? "twice" : "each once";
            for (long slot = FIRST; slot < FIRST + SLOTS; slot++) {
                final int inHand = (kept & bit(slot)) != 0 ? 1 : 0;
                if (inHand + places(slot, cache, taken) != 1) {
                    r.r1 = "slot " + slot + " in " + (inHand + places(slot, cache, taken)) + " places";
                }
            }
            r.r2 = taken.length > 0 ? "emptied" : "left alone";
        }
    }
}
