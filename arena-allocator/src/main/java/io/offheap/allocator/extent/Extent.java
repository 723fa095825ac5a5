package io.offheap.allocator.extent;

import io.offheap.memory.purge.PurgeBatch;
import io.offheap.memory.purge.VolatileRun;

/// A run of pages handled as one, in one state. See [VolatileRun] for the states, [ExtentAllocator] for
/// who keeps which.
public final class Extent extends VolatileRun {

    /// In which set of its [ExtentAllocator] a free extent waits. The order is the order of preference.
    enum Tier {
        /// In none: handed out, in a cache, or being worked on.
        NONE,
        /// Free with memory.
        VOLATILE,
        /// Free, its memory was given back.
        PURGED,
        /// Free, never had memory.
        RETAINED
    }

    private final ExtentAllocator owner;
    private final int id;

    // Guarded by the owner's lock.
    Tier tier = Tier.NONE;
    int rung;                   // of the bucket it waits in
    Extent previous;
    Extent next;

    /// What the run is used for: the slab in it, the block that its owner lets go of, a mark that hides a large block, or null for another
    /// large block.
    /// Published by the page map words that lead here.
    private Object attachment;

    /// Bytes that the holder of a large block asked for; published like the attachment.
    private long requestedSize;

    /// The size of cells, as a shift, with which the shadow of the run was noted last; 0 if it was not. Published like the attachment. A byte, for
    /// which the JVM has a gap: runs of neighbours share lines of the cache, and more so if they are longer (docs/performance-history.md).
    private byte shadowShift;

    Extent(ExtentAllocator owner, int id, long address, long size) {
        super(address, size);
        this.owner = owner;
        this.id = id;
    }

    /// {@return the number by which page map words name this run}
    public int id() {
        return id;
    }

    /// {@return the allocator whose address space the run is part of}
    public ExtentAllocator owner() {
        return owner;
    }

    /// {@return what the run is used for, null for a large block that is not hidden}
    public Object attachment() {
        return attachment;
    }

    /// Says what an active run is used for.
    public void attach(Object newAttachment) {
        attachment = newAttachment;
    }

    /// {@return the bytes that the holder of a large block asked for}
    public long requestedSize() {
        return requestedSize;
    }

    /// Notes what the holder of a large block asked for.
    public void setRequestedSize(long bytes) {
        requestedSize = bytes;
    }

    /// {@return whether the shadow of the run was noted, with cells of `1 << shift` bytes: what is noted stays noted} If not, it may have been
    /// all the same.
    public boolean isShadowNoted(int shift) {
        return shadowShift == shift;
    }

    /// Remembers that the shadow of the run was noted.
    public void setShadowNoted(int shift) {
        shadowShift = (byte) shift;
    }

    void setExtent(long newAddress, long newSize) {
        shadowShift = 0;
        resize(newAddress, newSize);
    }

    @Override
    protected void purgeFinished(boolean purged, long bytes) {
        owner.settle(this, purged, bytes);
    }

    @Override
    protected int purgesFinished(PurgeBatch batch, int from, int end) {
        int to = from;
        while (to < end && batch.run(to) instanceof Extent extent && extent.owner == owner) {
            to++;
        }
        owner.settleAll(batch, from, to);
        return to;
    }
}
