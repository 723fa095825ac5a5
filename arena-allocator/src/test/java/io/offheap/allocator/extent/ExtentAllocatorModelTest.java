package io.offheap.allocator.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.source.PageKind;
import io.offheap.allocator.size.PageClasses;
import io.offheap.allocator.testkit.Rig;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Random programs over two shards against a model that knows pages only: whose each is, what has become of it
/// and what it must read.
class ExtentAllocatorModelTest {

    private static final int STEPS = 100_000;
    private static final int MOST_ACTIVE_PAGES = 2500;
    private static final int MOST_PAGES = (int) (Rig.LARGE / 4096);
    private static final int MOST_CLAIMED = 6;
    private static final long CLAIM_SLACK = 2L << 20;

    private enum Page { NONE, ACTIVE, VOLATILE, CLAIMED, PURGED, RETAINED }

    /// A run that a test has claimed, as a purger would.
    private static final class Claimed {
        final Extent extent;
        boolean adopted;

        Claimed(Extent extent) {
            this.extent = extent;
        }
    }

    private static final class Program {
        final Rig rig;
        final long seed;
        final SplittableRandom random;
        final long pageSize;
        final ExtentTable table = new ExtentTable();
        final List<ExtentAllocator> shards = new ArrayList<>();
        final List<Extent> active = new ArrayList<>();
        final List<Claimed> claimed = new ArrayList<>();
        final Page[] pages = new Page[MOST_PAGES];
        final int[] shardOf = new int[MOST_PAGES];
        final long[][] counts = new long[2][Page.values().length];
        final long[][] wanted = new long[2][2];         // pages, since the last moment and in the one before
        final long[] stamps = new long[MOST_PAGES];     // what the first word of each page reads
        long base;
        int carvedPages;
        int activePages;
        long nextStamp = 1;
        int step;

        Program(Rig rig, long seed) {
            this.rig = rig;
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.pageSize = rig.os.pageSize();
            Arrays.fill(pages, Page.NONE);
            for (int i = 0; i < 2; i++) {
                shards.add(new ExtentAllocator(rig.regions, table, rig.governor, Rig.EVENTS, pageSize, PageKind.BASE));
                rig.purger.addSource(shards.get(i).volatileRuns());
            }
        }

        void run(int steps) {
            try {
                for (step = 0; step < steps; step++) {
                    step();
                    checkSums();
                    if (step % 8 == 0) {
                        shards.forEach(ExtentAllocator::checkInvariants);
                    }
                }
                final long touched = count(Page.ACTIVE, Page.VOLATILE, Page.CLAIMED) * pageSize;
                assertEquals(touched, rig.regions.residentBytes(), "resident");
                for (int page = 0; page < carvedPages; page++) {
                    assertEquals(stamps[page], RawMemory.getLong(base + page * pageSize), pages[page] + " page " + page);
                }
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ", step " + step + ": " + e.getMessage(), e);
            }
        }

        private void step() {
            final int choice = random.nextInt(100);
            if (choice < 45) {
                final long size = 1 + random.nextInt(random.nextInt(8) == 0 ? 700 : 24);
                if (activePages + size <= MOST_ACTIVE_PAGES) {
                    allocate(random.nextInt(2), size, random.nextInt(4) == 0 ? 1L << random.nextInt(8) : 1);
                }
            } else if (choice < 85 && !active.isEmpty()) {
                free(active.get(random.nextInt(active.size())));
            } else if (choice < 86) {
                ageDemand(random.nextInt(2));
            } else if (choice < 90) {
                purge(1 + random.nextLong(random.nextInt(4) == 0 ? 8L << 20 : 64 * pageSize));
            } else if (choice < 94 && !active.isEmpty()) {
                shrink(active.get(random.nextInt(active.size())));
            } else if (choice < 97 && !active.isEmpty() && claimed.size() < MOST_CLAIMED) {
                claim(active.get(random.nextInt(active.size())));
            } else if (!claimed.isEmpty()) {
                goOn(claimed.get(random.nextInt(claimed.size())));
            }
        }

        private void allocate(int shard, long size, long alignment) {
            wanted[shard][0] = Math.max(wanted[shard][0], size);
            var extent = shards.get(shard).tryAllocateVolatile(size * pageSize, alignment * pageSize);
            final boolean wasVolatile = extent != null;
            if (!wasVolatile) {
                final long need = PageClasses.pagesOf(PageClasses.ceilingIndex(size + alignment - 1));
                assertFalse(holdsUncutRun(shard, need, size), "a volatile run was overlooked");
                final boolean couldServe = longest(shard, Page.PURGED) >= need || longest(shard, Page.RETAINED) >= need;
                extent = shards.get(shard).allocateNonResident(size * pageSize, alignment * pageSize);
                assertEquals(0, couldServe ? noteCarved(shard) : 0, "grown with a run to spare");
                noteCarved(shard);
            }
            assertEquals(size * pageSize, extent.size());
            assertEquals(0, extent.address() % (alignment * pageSize));
            final var from = pages[pageOf(extent)];
            assertTrue(wasVolatile ? from == Page.VOLATILE : from == Page.PURGED || from == Page.RETAINED, "was " + from);
            assertEquals(!wasVolatile, extent.isKnownZero());
            for (int page = pageOf(extent); page < pageOf(extent) + size; page++) {
                assertEquals(from, pages[page], "page " + page);
                assertEquals(shard, shardOf[page], "page " + page);
                final long address = base + page * pageSize;
                assertEquals(stamps[page], RawMemory.getLong(address), "contents of page " + page + ", which was " + from);
                set(page, Page.ACTIVE);
                stamps[page] = nextStamp++;
                RawMemory.putLong(address, stamps[page]);
            }
            extent.activate();
            active.add(extent);
            activePages += (int) size;
        }

        /// {@return pages carved since the last call, which are retained}
        private int noteCarved(int shard) {
            rig.regions.forEachCarved((address, size) -> base = address);
            final int carved = (int) (rig.regions.carvedBytes() / pageSize);
            final int fresh = carved - carvedPages;
            for (; carvedPages < carved; carvedPages++) {
                shardOf[carvedPages] = shard;
                counts[shard][Page.NONE.ordinal()]++;
                set(carvedPages, Page.RETAINED);
            }
            return fresh;
        }

        private void free(Extent extent) {
            forget(extent);
            set(extent.address(), extent.size(), Page.VOLATILE);
            assertTrue(extent.mark(rig.tick()));
            extent.owner().adopt(extent);
        }

        private void forget(Extent extent) {
            active.remove(extent);
            activePages -= (int) (extent.size() / pageSize);
        }

        private void purge(long wanted) {
            final long there = count(Page.VOLATILE) * pageSize;
            final int before = rig.purged.size();
            final boolean within = random.nextBoolean();
            final long given = within ? rig.purger.purgeWithin(wanted) : rig.purger.purge(wanted);
            assertTrue(within || given >= Math.min(wanted, there), given + " of " + there + " purged, wanted " + wanted);
            assertTrue(given <= (within ? wanted : wanted + CLAIM_SLACK), given + " purged, wanted " + wanted);
            long sum = 0;
            for (final var range : rig.purged.subList(before, rig.purged.size())) {
                sum += range.size();
                lose(range.address(), range.size(), Page.VOLATILE);
            }
            assertEquals(given, sum);
        }

        private void lose(long address, long size, Page expected) {
            for (int page = pageOf(address); page < pageOf(address + size); page++) {
                assertEquals(expected, pages[page], "purged page " + page);
                stamps[page] = 0;
            }
            set(address, size, Page.PURGED);
        }

        private void shrink(Extent extent) {
            final long size = extent.size() / pageSize;
            if (size > 1) {
                final long keep = 1 + random.nextLong(size - 1);
                set(extent.address() + keep * pageSize, (size - keep) * pageSize, Page.VOLATILE);
                assertTrue(extent.holdActive());
                extent.setMarkedAt(rig.tick());
                extent.owner().shrink(extent, keep * pageSize);
                extent.activate();
                assertEquals(keep * pageSize, extent.size());
                activePages -= (int) (size - keep);
            }
        }

        private void claim(Extent extent) {
            forget(extent);
            assertTrue(extent.mark(rig.tick()) && extent.claim());
            set(extent.address(), extent.size(), Page.CLAIMED);
            claimed.add(new Claimed(extent));
        }

        /// Adopts a claimed run or finishes its purge, in either order.
        private void goOn(Claimed its) {
            final var extent = its.extent;
            if (!its.adopted && random.nextBoolean()) {
                extent.owner().adopt(extent);
                its.adopted = true;
                return;
            }
            final long address = extent.address();
            final long size = extent.size();
            rig.os.advise(address, size, Advice.DONTNEED);
            extent.finish(true);
            extent.purgeFinished(true, size);
            if (!its.adopted) {
                extent.owner().adopt(extent);
            }
            lose(address, size, Page.CLAIMED);
            claimed.remove(its);
        }

        private void checkSums() {
            for (int shard = 0; shard < shards.size(); shard++) {
                final var stats = shards.get(shard).stats();
                final var owner = shards.get(shard);
                final long adopted = claimed.stream().filter(its -> its.adopted && its.extent.owner() == owner)
                        .mapToLong(its -> its.extent.size()).sum();
                assertEquals(count(shard, Page.VOLATILE) * pageSize + adopted, stats.volatileBytes(), "volatile");
                assertEquals(count(shard, Page.PURGED) * pageSize, stats.purgedBytes(), "purged");
                assertEquals(count(shard, Page.RETAINED) * pageSize, stats.retainedBytes(), "retained");
            }
            final long metadata = shards.stream().mapToLong(shard -> shard.stats().metadataBytes()).sum();
            assertEquals(count(Page.ACTIVE, Page.VOLATILE, Page.CLAIMED) * pageSize + metadata,
                    rig.governor.committedBytes(), "committed");
            assertEquals(activePages, count(Page.ACTIVE), "active");
        }

        private long count(Page... kinds) {
            long found = 0;
            for (final var kind : kinds) {
                found += count(0, kind) + count(1, kind);
            }
            return found;
        }

        private long count(int shard, Page kind) {
            return counts[shard][kind.ordinal()];
        }

        private long longest(int shard, Page kind) {
            long best = 0;
            long length = 0;
            for (int page = 0; page < carvedPages; page++) {
                length = pages[page] == kind && shardOf[page] == shard ? length + 1 : 0;
                best = Math.max(best, length);
            }
            return best;
        }

        /// {@return whether there is a volatile run that holds `need` pages and may be cut for `size`}
        private boolean holdsUncutRun(int shard, long need, long size) {
            final long most = Math.max(wanted[shard][0], wanted[shard][1]);
            long length = 0;
            for (int page = 0; page <= carvedPages; page++) {
                if (page < carvedPages && pages[page] == Page.VOLATILE && shardOf[page] == shard) {
                    length++;
                } else {
                    if (length >= need && (length < most || length - size >= most || 64 * size >= length)) {
                        return true;
                    }
                    length = 0;
                }
            }
            return false;
        }

        private void ageDemand(int shard) {
            shards.get(shard).ageDemand();
            wanted[shard][1] = wanted[shard][0];
            wanted[shard][0] = 0;
        }

        private void set(long address, long size, Page kind) {
            for (int page = pageOf(address); page < pageOf(address + size); page++) {
                set(page, kind);
            }
        }

        private void set(int page, Page kind) {
            counts[shardOf[page]][pages[page].ordinal()]--;
            counts[shardOf[page]][kind.ordinal()]++;
            pages[page] = kind;
        }

        private int pageOf(long address) {
            return (int) ((address - base) / pageSize);
        }

        private int pageOf(Extent extent) {
            return pageOf(extent.address());
        }
    }

    @Test
    void randomProgramAgreesWithTheModelOverFakeMemory() {
        try (var rig = Rig.largeFake()) {
            new Program(rig, 0x5eed1).run(STEPS);
        }
    }

    @Test
    void randomProgramAgreesWithTheModelOverRealMemory() {
        try (var rig = Rig.real()) {
            new Program(rig, 0x5eed2).run(STEPS / 4);
        }
    }

    @Test
    void shortProgramsAgreeWithTheModel() {
        for (long seed = 100; seed < 130; seed++) {
            try (var rig = Rig.real()) {
                new Program(rig, seed).run(500);
            }
        }
    }
}
