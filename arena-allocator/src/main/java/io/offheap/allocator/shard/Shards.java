package io.offheap.allocator.shard;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.ExtentAllocator;
import io.offheap.allocator.extent.ExtentTable;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.slab.Bin;
import io.offheap.allocator.slab.Slab;
import io.offheap.allocator.slab.SlabLayout;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.CoarseTicker;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// All shards of one allocator and what they share: address space, numbers of runs, the purger.
///
/// Any thread may call any method; no lock may be held, except for lookups.
public final class Shards {

    private final SystemMemory os;
    private final RegionSource regions;
    private final ExtentTable table = new ExtentTable();
    private final SlabLayout layout;
    private final Purger purger;
    private final CoarseTicker ticker;
    private final FreedRuns freedRuns;
    private final List<Shard> shards;
    private final AtomicInteger nextShard = new AtomicInteger();
    private final long freeSlotKey = new SplittableRandom().nextLong();

    /// @param count     how many shards, positive
    /// @param freedRuns what becomes of freed runs
    public Shards(SystemMemory os, RegionSource regions, Governor governor, Purger purger, CoarseTicker ticker,
            FreedRuns freedRuns, int count) {
        this.os = os;
        this.regions = regions;
        this.layout = new SlabLayout(os.pageSize());
        this.purger = purger;
        this.ticker = ticker;
        this.freedRuns = freedRuns;
        this.shards = IntStream.range(0, count)
                .mapToObj(_ -> new Shard(this, regions,
                        new ExtentAllocator(regions, table, governor, os.pageSize()), os.pageSize()))
                .toList();
        for (final var shard : shards) {
            purger.addSource(shard.extents());
        }
    }

    /// {@return a shard for a new cache: the next in turn}
    public Shard next() {
        return shards.get(Math.floorMod(nextShard.getAndIncrement(), shards.size()));
    }

    /// {@return all shards}
    public List<Shard> all() {
        return shards;
    }

    /// {@return how slabs are cut}
    public SlabLayout layout() {
        return layout;
    }

    /// {@return what a free slot holds in its first word, combined with its address by exclusive or}
    public long freeSlotKey() {
        return freeSlotKey;
    }

    /// {@return the time for marks}
    public long now() {
        return ticker.nanos();
    }

    /// {@return the page map word of an address, any address}
    public long entryOf(long address) {
        return regions.entryOf(address);
    }

    /// {@return the run that a page map word names, null if it names none}
    public Extent extentOf(long entry) {
        return table.get(PageEntry.id(entry));
    }

    /// {@return the slab that an address handed out by a bin lies in, null if it has been given back}
    public Slab slabOf(long address) {
        final var extent = extentOf(regions.entryOf(address));
        return extent == null ? null : (Slab) extent.attachment();
    }

    /// Gives slots back to their bins, one lock for each bin that has some.
    ///
    /// @param addresses slots of one size class, of any shard; the order is lost
    /// @param count     how many
    /// @param sizeClass their class
    public void give(long[] addresses, int count, int sizeClass) {
        int left = count;
        while (left > 0) {
            final Bin bin = slabOf(addresses[0]).bin();
            left = bin.give(addresses, left, this::slabOf);
        }
    }

    /// Takes back a run that was marked and that no cache wants.
    public void release(Extent extent) {
        softenIfLazy(extent);
        extent.owner().adopt(extent);
        if (freedRuns == FreedRuns.PURGED) {
            purgeNow();
        }
    }

    private void purgeNow() {
        try {
            purger.purge(Long.MAX_VALUE);
        } catch (OsException e) {
            assert purger.failures() > 0 : e;           // it stays volatile, and the next free tries again
        }
    }

    /// {@return whether a marked run may stay in a cache} If so, and the kernel is to be told, it has been.
    public boolean mayCache(Extent extent) {
        softenIfLazy(extent);
        return freedRuns != FreedRuns.PURGED;
    }

    private void softenIfLazy(Extent extent) {
        if (freedRuns == FreedRuns.LAZY) {
            try {
                os.advise(extent.address(), extent.size(), Advice.FREE);
            } catch (OsException e) {
                assert e.call().startsWith("madvise") : e;  // it stays volatile, which is as good
            }
        }
    }

    Extent tryAllocateVolatileFromOthers(Shard own, long size, long alignment) {
        for (final var shard : shards) {
            if (shard != own) {
                final var extent = shard.extents().tryAllocateVolatile(size, alignment);
                if (extent != null) {
                    return extent;
                }
            }
        }
        return null;
    }

    /// {@return every run of pages, in no order} For checks.
    public List<Extent> extents() {
        return table.all();
    }

    /// Walks everything.
    ///
    /// @return true
    /// @throws AssertionError naming the invariant
    public boolean checkInvariants() {
        shards.forEach(Shard::checkInvariants);
        return true;
    }
}
