package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.SlotStarts;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.util.AlignedMath;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// From an address to the live block that begins there, or to the reason why none does.
///
/// The page map says whether a slot or a large block can begin at an address. Whether a slot is live is
/// told by a *key*: a new slab has a word in each slot that only this allocator writes for this address,
/// allocating wipes it, and freeing writes it again. A slot that holds its key is looked for among the free ones before
/// anything is refused, so that a live block which holds these bits by chance is still live. A large block
/// is live while its state word says so.
///
/// With [Checks#OFF] slots are taken for live starts of slots, unseen.
///
/// Any thread; no lock may be held.
final class Blocks {

    /// What [#slotClass] answers when no slot can begin at an address.
    static final int NO_SLOT = -1;

    /// What the segments of blocks with an explicit lifetime have, and those of arenas and buffers have not.
    private static final MemorySegment.Scope FOR_EVER = Arena.global().scope();

    /// Each takes about a microsecond, and a batch of slots is rarely longer on its way than some of these.
    private static final int MOST_LOOKS = 1000;

    private final RegionSource regions;
    private final Shards shards;
    private final SlotClasses classes;
    private final SlotStarts starts;
    private final Caches caches;
    private final boolean checked;
    private final long largest;         // of the sizes that have a class; -1 if none is to be found

    // Copies of the first region's, so that the fast path loads from one object.
    private final long firstBase;
    private final long firstSize;
    private final long firstWords;

    private final long pageSize;
    private final long pageMask;
    private final int pageShift;
    private final long key;

    Blocks(RegionSource regions, Shards shards, Caches caches, Checks checks, long pageSize) {
        this(regions, shards, caches, checks == Checks.ON, pageSize,
                new SlotStarts(shards.classes()), shards.classes().largest());
    }

    /// {@return one that finds no slot, neither for an address nor for a size} For an allocator with a safety kit: each of its fast
    /// paths asks this one first, and takes the slow path, where the kit is.
    static Blocks blind(RegionSource regions, Shards shards, Caches caches, long pageSize) {
        return new Blocks(regions, shards, caches, true, pageSize, SlotStarts.none(), -1);
    }

    private Blocks(RegionSource regions, Shards shards, Caches caches, boolean checked, long pageSize, SlotStarts starts,
            long largest) {
        this.regions = regions;
        this.shards = shards;
        this.classes = shards.classes();
        this.starts = starts;
        this.key = shards.freeSlotKey();
        this.caches = caches;
        this.checked = checked;
        this.largest = largest;
        final var first = regions.first();
        this.firstBase = first.base();
        this.firstSize = first.size();
        this.firstWords = first.words();
        this.pageSize = pageSize;
        this.pageMask = pageSize - 1;
        this.pageShift = Long.numberOfTrailingZeros(pageSize);
    }

    /// {@return the class of the slot that begins at an address, or [#NO_SLOT]} Fast.
    int slotClass(long address) {
        final long entry = entryOf(address);
        final int kind = PageEntry.kind(entry);
        if (checked) {
            final long offset = ((long) PageEntry.pageIndex(entry) << pageShift) + (address & pageMask);
            return starts.isStart(kind, offset) ? PageEntry.slotClass(kind) : NO_SLOT;
        }
        return kind != PageEntry.BOUNDARY ? PageEntry.slotClass(kind) : NO_SLOT;
    }

    /// As [RegionSource#entryOf]. Fast.
    private long entryOf(long address) {
        final long offset = address - firstBase;
        return Long.compareUnsigned(offset, firstSize) < 0
                ? RawMemory.getLong(firstWords + (offset >>> pageShift) * Long.BYTES)
                : regions.entryOf(address);
    }

    /// {@return whether the slot at an address holds the key of a free one} Fast.
    boolean looksFree(long slot) {
        return checked && RawMemory.getLong(slot + Shards.FREE_SLOT_KEY_OFFSET) == (slot ^ key);
    }

    /// Writes the key of a free slot. Fast.
    void markFree(long slot) {
        if (checked) {
            RawMemory.putLong(slot + Shards.FREE_SLOT_KEY_OFFSET, slot ^ key);
        }
    }

    /// Wipes the key. Fast.
    void markLive(long slot) {
        if (checked) {
            RawMemory.putLong(slot + Shards.FREE_SLOT_KEY_OFFSET, 0);
        }
    }

    /// {@return the size class of the live slot at an address, or [#NO_SLOT] if no slot can begin there}
    ///
    /// @throws IllegalArgumentException if the slot is free
    int liveSlotClass(long address) {
        final int slotClass = slotClass(address);
        if (slotClass != NO_SLOT && looksFree(address) && isFree(address, slotClass)) {
            throw notLive(address);
        }
        return slotClass;
    }

    /// Looks for a slot that holds its key among the free ones. While others move slots between slabs and caches a look
    /// may miss it, so there are several; in doubt the key is believed.
    private boolean isFree(long address, int slotClass) {
        for (int looks = 0; looks < MOST_LOOKS; looks++) {
            final long quiet = caches.quiet();
            if (isInSlab(address, slotClass) || caches.isCached(address, slotClass)
                    || !looksFree(address)) {           // handed out meanwhile, so it was free when it was freed
                return true;
            }
            if (quiet >= 0 && caches.isQuietSince(quiet)) {
                return false;
            }
            Thread.yield();
        }
        return true;
    }

    /// {@return whether a slot lies free in its slab, or is no slot any more}
    private boolean isInSlab(long address, int slotClass) {
        if (SlotClasses.isRun(slotClass)) {
            return slotClass(address) != slotClass;
        }
        final var slab = shards.slabOf(address);
        return slab == null || slab.bin().isFree(slab, address);
    }

    /// {@return the live large block at an address}
    ///
    /// @throws IllegalArgumentException if there is none
    Extent liveLarge(long address) {
        final long entry = shards.entryOf(address);
        if (PageEntry.kind(entry) == PageEntry.BOUNDARY) {
            final var extent = shards.extentOf(entry);
            if (extent != null && extent.address() == address && extent.isActive() && extent.attachment() == null) {
                return extent;
            }
        }
        throw notLive(address);
    }

    static IllegalArgumentException notLive(long address) {
        return new IllegalArgumentException(
                "0x%x is not the address of a live block: foreign, inside a block, or freed already".formatted(address));
    }

    /// {@return the bytes that may be used of the live block at an address}
    ///
    /// @throws IllegalArgumentException if there is none
    long usableSize(long address) {
        final int slotClass = liveSlotClass(address);
        return slotClass != NO_SLOT
                ? classes.sizeOf(slotClass)
                : AlignedMath.alignUp(Math.max(1, liveLarge(address).requestedSize()), pageSize);
    }

    /// Checks that a segment is a live block as it was handed out.
    ///
    /// @throws IllegalArgumentException if it is not
    void checkHandedOut(MemorySegment segment) {
        checkExplicit(segment);
        final long address = segment.address();
        final int slotClass = liveSlotClass(address);
        final boolean fits = slotClass != NO_SLOT
                ? couldBeClass(segment.byteSize(), slotClass)
                : liveLarge(address).requestedSize() == segment.byteSize();
        if (!fits) {
            throw new IllegalArgumentException("the block at 0x%x was not handed out with %d bytes"
                    .formatted(address, segment.byteSize()));
        }
    }

    /// Checks that a segment may be a block of explicit lifetime.
    ///
    /// @throws IllegalArgumentException if it is not off-heap, or belongs to an arena or a buffer
    static void checkExplicit(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("not an off-heap segment: " + segment);
        }
        if (!segment.scope().equals(FOR_EVER)) {
            throw new IllegalArgumentException(
                    "the segment at 0x%x belongs to an arena or a buffer".formatted(segment.address()));
        }
    }

    /// {@return the class of the slot that a segment surely is, as it was handed out, or [#NO_SLOT] if it takes a closer
    /// look} Fast.
    int handedOutClass(MemorySegment segment) {
        final long byteSize = segment.byteSize();
        if (segment.scope() != FOR_EVER || !segment.isNative() || byteSize == 0 || byteSize > largest) {
            return NO_SLOT;
        }
        final long address = segment.address();
        final int slotClass = slotClass(address);
        return slotClass == classes.indexOf(byteSize) && !looksFree(address) ? slotClass : NO_SLOT;
    }

    /// {@return whether some alignment leads a request of a size to a slot class}
    boolean couldBeClass(long byteSize, int slotClass) {
        if (byteSize > classes.sizeOf(slotClass)) {
            return false;
        }
        for (long alignment = 1; alignment <= pageSize; alignment <<= 1) {
            if (slotClass(byteSize, alignment) == slotClass) {
                return true;
            }
        }
        return false;
    }

    /// {@return the smallest class whose slots hold a size and are aligned, or [#NO_SLOT] if there is none}
    int slotClass(long byteSize, long byteAlignment) {
        if (byteSize > largest || byteAlignment > pageSize) {
            return NO_SLOT;
        }
        final int slotClass = classes.indexOf(Math.max(byteSize, 1));
        return byteAlignment <= SizeClasses.QUANTUM ? slotClass : firstAligned(slotClass, byteAlignment);
    }

    /// A slab begins on a page, so slots are aligned to what divides their size.
    private int firstAligned(int from, long byteAlignment) {
        for (int slotClass = from; slotClass < classes.count(); slotClass++) {
            if (AlignedMath.isAligned(classes.sizeOf(slotClass), byteAlignment)) {
                return slotClass;
            }
        }
        return NO_SLOT;
    }
}
