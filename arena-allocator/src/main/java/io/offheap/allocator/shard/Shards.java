package io.offheap.allocator.shard;

import io.offheap.allocator.event.Events;
import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.ExtentAllocator;
import io.offheap.allocator.extent.ExtentTable;
import io.offheap.allocator.extent.LiveByte;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.Bin.SlabLookup;
import io.offheap.allocator.slab.Slab;
import io.offheap.allocator.slab.SlotBatch;
import io.offheap.allocator.slab.SlabLayout;
import io.offheap.allocator.slab.SlotVisitor;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.source.PageKind;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.source.RegionSource.FirstRegion;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.CoarseTicker;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/// All shards of one allocator and what they share: address space, numbers of runs, the purger.
///
/// What takes memory back here never fails for want of Java heap, and loses nothing: see [#give] and [#release].
///
/// Any thread may call any method; no lock may be held, except for lookups.
public final class Shards {

    /// With base pages of this size, bytes, a huge page has [RegionSource#REGION_ALIGNMENT] bytes.
    private static final long PAGE_SIZE_WITH_KNOWN_HUGE_PAGES = 4096;

    private final SystemMemory os;
    private final RegionSource regions;
    private final Governor governor;
    private final ExtentTable table = new ExtentTable();
    private final SlotClasses classes;
    private final SlabLayout layout;
    private final Purger purger;
    private final CoarseTicker ticker;
    private final Events events;
    private final FreedRuns freedRuns;
    private final List<Shard> shards;
    private final AtomicInteger nextShard = new AtomicInteger();

    /// Finds slabs; here, so that no batch allocates one.
    private final SlabLookup slabs = this::slabOf;

    /// Batches that slabs refused, in a list, the last one first.
    private final AtomicReference<SlotBatch> refused = new AtomicReference<>();

    /// @param events    are told of what was taken, and of growth
    /// @param freedRuns what becomes of freed runs
    /// @param largeRuns what runs of huge units are of; of base pages too where huge ones are not of the size that is known here
    /// @param count     how many shards, positive
    public Shards(SystemMemory os, RegionSource regions, Governor governor, Purger purger, CoarseTicker ticker,
            Events events, FreedRuns freedRuns, PageKind largeRuns, int count) {
        this.os = os;
        this.regions = regions;
        this.governor = governor;
        this.classes = new SlotClasses(os.pageSize());
        this.layout = new SlabLayout(os.pageSize());
        this.purger = purger;
        this.ticker = ticker;
        this.events = events;
        this.freedRuns = freedRuns;
        final boolean huge = largeRuns == PageKind.HUGE && os.pageSize() == PAGE_SIZE_WITH_KNOWN_HUGE_PAGES;
        this.shards = IntStream.range(0, count)
                .mapToObj(_ -> new Shard(this, regions, newExtents(PageKind.BASE),
                        huge ? newExtents(PageKind.HUGE) : null, os.pageSize()))
                .toList();
    }

    private ExtentAllocator newExtents(PageKind kind) {
        final var extents = new ExtentAllocator(regions, table, governor, events, os.pageSize(), kind);
        purger.addSource(extents.volatileRuns());
        return extents;
    }

    /// {@return a shard for a new cache: the next in turn}
    public Shard next() {
        return shards.get(Math.floorMod(nextShard.getAndIncrement(), shards.size()));
    }

    /// {@return all shards}
    public List<Shard> all() {
        return shards;
    }

    /// {@return which slots threads keep at hand}
    public SlotClasses classes() {
        return classes;
    }

    /// {@return how slabs are cut}
    public SlabLayout layout() {
        return layout;
    }

    /// {@return who is told of what happens}
    public Events events() {
        return events;
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

    /// Makes an active run a slot: from now on its address alone says its class.
    ///
    /// @param slotClass a class of runs, of exactly the run's size
    /// @return its address
    /// @throws OutOfMemoryError if its shadow cannot be had; the run is free then
    public long useAsSlot(Extent extent, int slotClass) {
        assert extent.size() == classes.sizeOf(slotClass) : extent + " as slot class " + slotClass;
        boolean done = false;
        try {
            prepareShadow(extent, slotClass);
            done = true;
        } finally {
            if (!done) {
                free(extent);
            }
        }
        regions.setEntry(extent.address(), slotsEntry(extent, slotClass));
        return extent.address();
    }

    private void free(Extent extent) {
        final boolean marked = extent.mark(now());
        assert marked : extent;
        release(extent);
    }

    /// Makes a held run a free one.
    void freeHeld(Extent extent) {
        extent.activate();
        free(extent);
    }

    /// {@return the page map word of pages with slots of a class}
    long slotsEntry(Extent extent, int slotClass) {
        return PageEntry.slots(extent.id(), slotClass, SlotClasses.cellShift(slotClass));
    }

    /// Sees to it that the shadow of a run may be written, once the governor agrees.
    ///
    /// @throws OutOfMemoryError if it does not
    void prepareShadow(Extent extent, int slotClass) {
        final int shift = SlotClasses.cellShift(slotClass);
        if (!regions.isShadowed() || extent.isShadowNoted(shift)) {
            return;
        }
        final long wanted = regions.unnotedShadow(extent.address(), extent.size(), shift);
        if (wanted > 0) {
            governor.acquire(wanted);
            governor.release(wanted - regions.noteShadow(extent.address(), extent.size(), shift));
        }
        extent.setShadowNoted(shift);
    }

    /// Marks a run that was a slot: its address is that of a free run from now on.
    ///
    /// @param address of the slot, which was freed
    /// @return the run, volatile and in nobody's hand
    public Extent freeRunSlot(long address) {
        final var extent = extentOf(regions.entryOf(address));
        regions.setEntry(address, PageEntry.boundary(extent.id()));
        final boolean marked = extent.mark(now());
        assert marked : extent;
        return extent;
    }

    /// Gives slots back to their bins, one lock for each bin that has some. Those that no slab can take for want of Java heap stay
    /// in the batch, which waits here until [#giveRefused].
    ///
    /// @param batch slots of any shard; the order is lost
    /// @return whether all were taken; if not, the batch is the caller's no more
    public boolean give(SlotBatch batch) {
        while (!batch.isDone()) {
            slabOf(batch.first()).bin().give(batch, slabs);
        }
        if (batch.count() == 0) {
            return true;
        }
        do {
            batch.setNext(refused.get());
        } while (!refused.compareAndSet(batch.next(), batch));
        return false;
    }

    /// Gives slots of one class back, whether they are cut from slabs or runs of their own: as [#give], or each as
    /// [#release].
    ///
    /// @return whether all were taken; if not, the batch is the caller's no more
    public boolean giveBack(SlotBatch batch) {
        if (!SlotClasses.isRun(batch.slotClass())) {
            return give(batch);
        }
        for (int i = 0; i < batch.count(); i++) {
            release(freeRunSlot(batch.slots()[i]));
        }
        return true;
    }

    /// Gives back again what slabs refused.
    public void giveRefused() {
        for (var batch = refused.getAndSet(null); batch != null; ) {
            final var next = batch.next();
            batch.setNext(null);
            batch.retry();
            give(batch);
            batch = next;
        }
    }

    /// {@return whether slabs have refused slots, which wait} A look from outside.
    public boolean hasRefused() {
        return refused.get() != null;
    }

    /// Adds the slots that wait here to a sum, by their class. Exact while no batch moves.
    public void addRefusedTo(long[] counts) {
        for (var batch = refused.get(); batch != null; batch = batch.next()) {
            counts[batch.slotClass()] += batch.count();
        }
    }

    /// Visits the slots that wait here. While no batch moves; for checks.
    public void forEachRefused(SlotVisitor visitor) {
        for (var batch = refused.get(); batch != null; batch = batch.next()) {
            for (int i = 0; i < batch.count(); i++) {
                visitor.visit(batch.slots()[i], batch.slotClass());
            }
        }
    }

    /// Makes a slot live again whose free failed.
    public void makeLive(long slot, int slotClass) {
        if (regions.isShadowed()) {
            RawMemory.putByte(regions.shadowOf(slot, SlotClasses.cellShift(slotClass)), LiveByte.of(slot));
            Reference.reachabilityFence(this);
        }
    }

    /// {@return whether a slot of a class begins at an address, and has been handed to a cache or a caller} For checks.
    public boolean hasHandedOut(long slot, int slotClass) {
        final long entry = entryOf(slot);
        final var extent = extentOf(entry);
        if (extent == null || !extent.isActive() || entry != slotsEntry(extent, slotClass)) {
            return false;
        }
        return extent.attachment() instanceof Slab slab
                ? slab.bin().hasHandedOut(slab, slot)
                : extent.address() == slot && extent.size() == classes.sizeOf(slotClass);
    }

    /// {@return whether the shadow says that a slot of a class is live} Where there is none, none is. For checks.
    public boolean isLive(long slot, int slotClass) {
        if (!regions.isShadowed()) {
            return false;
        }
        final byte told = RawMemory.getByte(regions.shadowOf(slot, SlotClasses.cellShift(slotClass)));
        Reference.reachabilityFence(this);
        return told != LiveByte.NONE;
    }

    /// {@return the region in which nearly all slots are}
    public FirstRegion firstRegion() {
        return regions.first();
    }

    /// Takes back a run that was marked and that no cache wants. Allocates nothing that it cannot do without.
    public void release(Extent extent) {
        softenIfLazy(extent);
        extent.owner().adopt(extent);
        if (freedRuns == FreedRuns.PURGED) {
            purgeNow();
        }
    }

    private void purgeNow() {
        try {
            purger.purgeWithin(Long.MAX_VALUE);         // what decays, at once
        } catch (OsException e) {
            assert purger.failures() > 0 : e;           // it stays volatile, and the next free tries again
        } catch (OutOfMemoryError _) {
            // no Java heap for a batch: as above
        }
    }

    /// {@return whether a marked run may stay in a cache} If so, and the kernel is to be told, it has been.
    public boolean mayCache(Extent extent) {
        softenIfLazy(extent);
        return freedRuns != FreedRuns.PURGED;
    }

    /// {@return whether slots that are runs may stay in a cache} Not if every free of a run is to tell the kernel.
    public boolean mayCacheSlots() {
        return freedRuns == FreedRuns.VOLATILE;
    }

    private void softenIfLazy(Extent extent) {
        if (freedRuns == FreedRuns.LAZY) {
            try {
                os.advise(extent.address(), extent.size(), Advice.FREE);
            } catch (OsException e) {
                assert e.call().startsWith("madvise") : e;  // it stays volatile, which is as good
            } catch (OutOfMemoryError _) {
                // no Java heap for the call: as above
            }
        }
    }

    Extent tryAllocateVolatileFromOthers(Shard own, PageKind kind, long size, long alignment) {
        for (final var shard : shards) {
            if (shard != own) {
                final var extent = shard.extents(kind).tryAllocateVolatile(size, alignment);
                if (extent != null) {
                    return extent;
                }
            }
        }
        return null;
    }

    /// Lets a moment pass: see [ExtentAllocator#ageDemand].
    public void ageDemand() {
        shards.forEach(shard -> shard.extents().forEach(ExtentAllocator::ageDemand));
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
