package io.offheap.allocator.slab;

import io.offheap.memory.source.PageKind;
import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.ExtentAllocator;
import io.offheap.allocator.extent.ExtentTable;
import io.offheap.allocator.testkit.Rig;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/// Runs for slabs without a shard, and the lookup of a slot without a page map.
final class SlabTestKit implements Bin.SlabPages, AutoCloseable {

    static final int PAGE = 4096;

    final Rig rig = Rig.fake();
    final TreeMap<Long, Slab> published = new TreeMap<>();
    final List<Extent> released = new ArrayList<>();
    Runnable beforeAllocate = () -> { };
    private final ExtentAllocator extents =
            new ExtentAllocator(rig.regions, new ExtentTable(), rig.governor, Rig.EVENTS, PAGE, PageKind.BASE);
    private final long slabBytes;
    long handedOut;

    /// Whether the Java heap has no bitmap for the next slab that was full.
    BooleanSupplier heapIsFull = () -> false;

    /// Runs that were allocated for a slab which was not made.
    final List<Extent> discarded = new ArrayList<>();

    SlabTestKit(long slabBytes) {
        this.slabBytes = slabBytes;
    }

    @Override
    public Extent allocate(int sizeClass) {
        beforeAllocate.run();
        final var extent = extents.allocateNonResident(slabBytes, PAGE);
        extent.activate();
        return extent;
    }

    @Override
    public void publish(Extent extent, Slab slab, int sizeClass) {
        published.put(extent.address(), slab);
    }

    @Override
    public void discard(Extent extent) {
        discarded.add(extent);
    }

    @Override
    public long[] newBitmap(int words) {
        if (heapIsFull.getAsBoolean()) {
            throw new OutOfMemoryError("made by the test");
        }
        return new long[words];
    }

    @Override
    public void release(Extent extent) {
        if (published.remove(extent.address()) == null) {
            throw new AssertionError("released twice: " + extent);
        }
        released.add(extent);
    }

    @Override
    public void handedOut(int sizeClass, int slots) {
        handedOut += slots;
    }

    @Override
    public long slabBytes(int sizeClass) {
        return slabBytes;
    }

    Slab slabOf(long address) {
        return published.floorEntry(address).getValue();
    }

    @Override
    public void close() {
        rig.close();
    }
}
