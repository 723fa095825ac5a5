package io.offheap.allocator.shard;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.ExtentAllocator;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.slab.Bin;
import io.offheap.allocator.slab.Slab;
import io.offheap.memory.source.PageKind;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.util.AlignedMath;
import java.util.List;

/// One shard: a bin for each size class over page runs of its own.
///
/// Immutable but for what its parts guard themselves; any thread may call any method, with no lock held.
public final class Shard implements Bin.SlabPages {

    /// Of a run of huge pages at most one part in so many may be what was not asked for.
    private static final int SMALL_PART = 8;

    private final Shards all;
    private final RegionSource regions;
    private final ExtentAllocator extents;
    private final ExtentAllocator hugeExtents;          // null without huge pages
    private final Bin[] bins = new Bin[SizeClasses.COUNT];
    private final long pageSize;

    /// @param hugeExtents runs of huge pages, or null
    Shard(Shards all, RegionSource regions, ExtentAllocator extents, ExtentAllocator hugeExtents, long pageSize) {
        this.all = all;
        this.regions = regions;
        this.extents = extents;
        this.hugeExtents = hugeExtents;
        this.pageSize = pageSize;
        for (int index = 0; index < bins.length; index++) {
            bins[index] = new Bin(this, index, SizeClasses.sizeOf(index), all.layout().slots(index));
        }
    }

    /// {@return the bin of a size class}
    public Bin bin(int sizeClass) {
        return bins[sizeClass];
    }

    /// {@return the runs of base pages, and those of huge pages if there are any}
    public List<ExtentAllocator> extents() {
        return hugeExtents == null ? List.of(extents) : List.of(extents, hugeExtents);
    }

    ExtentAllocator extents(PageKind kind) {
        return kind == PageKind.HUGE ? hugeExtents : extents;
    }

    /// Takes a run of pages: a volatile one of this shard, else of another, else one that is not resident. Of huge pages
    /// if the size fills them well, and of base pages if those cannot be had.
    ///
    /// @param size      bytes, a positive multiple of the page size
    /// @param alignment of the start, bytes, a power of two
    /// @return a held run of at least that size; exactly that size unless it is of huge pages
    /// @throws OutOfMemoryError if it cannot be had
    public Extent allocateRun(long size, long alignment) {
        if (hugeExtents != null && fillsUnits(size)) {
            try {
                return allocateRun(AlignedMath.alignUp(size, hugeExtents.unit()), alignment, PageKind.HUGE);
            } catch (OutOfMemoryError e) {
                // the base pages say so again, if they are short too
            }
        }
        return allocateRun(size, alignment, PageKind.BASE);
    }

    /// {@return whether at most a part of the last unit stays unused that is small against the whole}
    private boolean fillsUnits(long size) {
        return size >= hugeExtents.unit() && AlignedMath.alignUp(size, hugeExtents.unit()) - size <= size / SMALL_PART;
    }

    private Extent allocateRun(long size, long alignment, PageKind kind) {
        final var own = extents(kind).tryAllocateVolatile(size, alignment);
        if (own != null) {
            return own;
        }
        final var foreign = all.tryAllocateVolatileFromOthers(this, kind, size, alignment);
        return foreign != null ? foreign : extents(kind).allocateNonResident(size, alignment);
    }

    @Override
    public Extent allocate(int sizeClass) {
        final var extent = allocateRun(all.layout().slabBytes(sizeClass), pageSize, PageKind.BASE);
        boolean done = false;
        try {
            all.prepareShadow(extent, sizeClass);
            done = true;
            return extent;
        } finally {
            if (!done) {
                all.freeHeld(extent);
            }
        }
    }

    @Override
    public void publish(Extent extent, Slab slab, int sizeClass) {
        extent.attach(slab);
        final long entry = all.slotsEntry(extent, sizeClass);
        for (long address = extent.address(); address < extent.end(); address += pageSize) {
            regions.setEntry(address, entry);
        }
        extent.activate();                              // not before: an active run without a slab is a large block
    }

    @Override
    public void discard(Extent extent) {
        all.freeHeld(extent);
    }

    @Override
    public void release(Extent extent) {
        for (long address = extent.address() + pageSize; address < extent.end() - pageSize; address += pageSize) {
            regions.setEntry(address, PageEntry.NONE);
        }
        regions.setEntry(extent.address(), PageEntry.boundary(extent.id()));
        regions.setEntry(extent.end() - pageSize, PageEntry.boundary(extent.id()));
        final boolean marked = extent.mark(all.now());
        assert marked : extent;
        extent.attach(null);                            // not before: an active run without a slab is a large block
        all.release(extent);
    }

    @Override
    public void handedOut(int sizeClass, int slots) {
        final long slotSize = SizeClasses.sizeOf(sizeClass);
        all.events().taken(slotSize, slots * slotSize);
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
        extents().forEach(ExtentAllocator::checkInvariants);
        return true;
    }
}
