package io.offheap.allocator.shard;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.ExtentAllocator;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.slab.Bin;
import io.offheap.allocator.slab.Slab;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.source.RegionSource;

/// One shard: a bin for each size class over page runs of its own.
///
/// Immutable but for what its parts guard themselves; any thread may call any method, with no lock held.
public final class Shard implements Bin.SlabPages {

    private final Shards all;
    private final RegionSource regions;
    private final ExtentAllocator extents;
    private final Bin[] bins = new Bin[SizeClasses.COUNT];
    private final long pageSize;

    Shard(Shards all, RegionSource regions, ExtentAllocator extents, long pageSize) {
        this.all = all;
        this.regions = regions;
        this.extents = extents;
        this.pageSize = pageSize;
        for (int index = 0; index < bins.length; index++) {
            bins[index] = new Bin(this, index, SizeClasses.sizeOf(index), all.layout().slots(index));
        }
    }

    /// {@return the bin of a size class}
    public Bin bin(int sizeClass) {
        return bins[sizeClass];
    }

    /// {@return the page runs}
    public ExtentAllocator extents() {
        return extents;
    }

    /// Takes a run of pages: a volatile one of this shard, else of another, else one that is not resident.
    ///
    /// @param size      bytes, a positive multiple of the page size
    /// @param alignment of the start, bytes, a power of two
    /// @return a held run of exactly that size
    /// @throws OutOfMemoryError if it cannot be had
    public Extent allocateRun(long size, long alignment) {
        final var own = extents.tryAllocateVolatile(size, alignment);
        if (own != null) {
            return own;
        }
        final var foreign = all.tryAllocateVolatileFromOthers(this, size, alignment);
        return foreign != null ? foreign : extents.allocateNonResident(size, alignment);
    }

    @Override
    public Extent allocate(int sizeClass) {
        return allocateRun(all.layout().slabBytes(sizeClass), pageSize);
    }

    @Override
    public void publish(Extent extent, Slab slab, int sizeClass) {
        markSlotsFree(extent, sizeClass);
        extent.attach(slab);
        int index = 0;
        for (long address = extent.address(); address < extent.end(); address += pageSize) {
            regions.setEntry(address, PageEntry.slab(extent.id(), index++, sizeClass));
        }
        extent.activate();                              // not before: an active run without a slab is a large block
    }

    /// A slot that was never handed out must look as free as one that came back.
    private void markSlotsFree(Extent extent, int sizeClass) {
        final long slotSize = SizeClasses.sizeOf(sizeClass);
        long slot = extent.address();
        for (int left = all.layout().slots(sizeClass); left > 0; left--, slot += slotSize) {
            RawMemory.putLong(slot, slot ^ all.freeSlotKey());
        }
    }

    @Override
    public void release(Extent extent) {
        for (long address = extent.address() + pageSize; address < extent.end() - pageSize; address += pageSize) {
            regions.setEntry(address, PageEntry.NONE);
        }
        regions.setEntry(extent.address(), PageEntry.boundary(extent.id()));
        regions.setEntry(extent.end() - pageSize, PageEntry.boundary(extent.id()));
        extent.attach(null);
        final boolean marked = extent.mark(all.now());
        assert marked : extent;
        all.release(extent);
    }

    @Override
    public long slabBytes(int sizeClass) {
        return all.layout().slabBytes(sizeClass);
    }

    /// Walks the whole shard. O(everything in it).
    ///
    /// @return true
    /// @throws AssertionError naming the invariant
    public boolean checkInvariants() {
        for (final var bin : bins) {
            bin.checkInvariants();
        }
        return extents.checkInvariants();
    }
}
