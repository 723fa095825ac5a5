package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.extent.Extent;
import io.offheap.memory.pressure.LimitReachedError;
import io.offheap.memory.util.AlignedMath;
import io.offheap.memory.util.CoarseTicker;

/// Blocks that have no slot class: a run of pages for each, which remembers what was asked for.
///
/// Any thread; no lock may be held. Arguments are checked already, and that the allocator is open.
final class LargeBlocks {

    /// What is attached to the run of a hidden block.
    static final Object HIDDEN = "hidden";

    /// A block that shrinks keeps up to this part of its run rather than split it.
    private static final int KEPT_PART = 8;

    private final Caches caches;
    private final LastResort lastResort;
    private final Zeroing zeroing;
    private final CoarseTicker ticker;
    private final long pageSize;

    LargeBlocks(Caches caches, LastResort lastResort, Zeroing zeroing, CoarseTicker ticker, long pageSize) {
        this.caches = caches;
        this.lastResort = lastResort;
        this.zeroing = zeroing;
        this.ticker = ticker;
        this.pageSize = pageSize;
    }

    /// {@return the address of a new block}
    ///
    /// @throws OutOfMemoryError if the memory cannot be had
    long allocate(long byteSize, long byteAlignment, boolean zeroed) {
        return newBlock(byteSize, byteAlignment, zeroed).address();
    }

    /// {@return the address of a new hidden block}
    ///
    /// @throws OutOfMemoryError if the memory cannot be had
    long allocateHidden(long byteSize, long byteAlignment, boolean zeroed) {
        final var extent = newBlock(byteSize, byteAlignment, zeroed);
        extent.attach(HIDDEN);
        return extent.address();
    }

    private Extent newBlock(long byteSize, long byteAlignment, boolean zeroed) {
        final var extent = allocate(byteSize, byteAlignment);
        if (zeroed) {
            zeroing.zeroUnlessKnown(extent, byteSize);
        }
        return extent;
    }

    /// {@return the run of a new block, active, of unspecified contents}
    ///
    /// @throws OutOfMemoryError if the memory cannot be had
    Extent allocate(long byteSize, long byteAlignment) {
        final long size = AlignedMath.alignUp(Math.max(byteSize, 1), pageSize);
        final var extent = takeRun(byteSize, size, Math.max(byteAlignment, pageSize));
        extent.setRequestedSize(byteSize);
        return extent;
    }

    private Extent takeRun(long byteSize, long size, long alignment) {
        try {
            return caches.allocateRun(size, alignment);
        } catch (LimitReachedError e) {
            return lastResort.retry(e, byteSize, () -> caches.allocateRun(size, alignment));
        }
    }

    /// Frees a block.
    ///
    /// @param extent the run of a live or a hidden block
    /// @throws IllegalArgumentException if somebody else has freed it meanwhile
    void free(Extent extent) {
        if (zeroing.zeroesFreed() && extent.holdActive()) {
            zeroing.wipe(extent);
            extent.activate();
        }
        if (!extent.mark(ticker.nanos())) {
            throw Blocks.notLive(extent.address());
        }
        extent.attach(null);                            // if it was hidden, it is now nobody's and so need not be
        caches.freeRun(extent);
    }

    /// Gives back a run that has not become a block.
    void giveBack(Extent extent) {
        if (extent.mark(ticker.nanos())) {
            caches.freeRun(extent);
        }
    }

    /// Changes the size of a block where it lies: into a neighbour that is free, or by giving up its end.
    ///
    /// @param extent      the run of a live block
    /// @param newByteSize too large for a slot
    /// @return false, and nothing has changed, if the block has to move
    boolean resize(Extent extent, long newByteSize) {
        final var extents = extent.owner();
        final long newSize = AlignedMath.alignUp(newByteSize, extents.unit());
        final boolean grows = newSize > extent.size();
        if ((grows || extent.size() - newSize > extent.size() / KEPT_PART) && extent.holdActive()) {
            try {
                if (grows && !extents.extend(extent, newSize)) {
                    return false;
                }
                if (!grows) {
                    zeroing.wipe(extent.address() + newSize, extent.size() - newSize);
                    extent.setMarkedAt(ticker.nanos()); // the end that is freed is as young as any
                    extents.shrink(extent, newSize);
                }
            } finally {
                extent.activate();
            }
        }
        extent.setRequestedSize(newByteSize);
        return newSize <= extent.size();
    }
}
