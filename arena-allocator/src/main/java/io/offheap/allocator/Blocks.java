package io.offheap.allocator;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.LiveByte;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.util.AlignedMath;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/// From an address to the live block that begins there, or to the reason why none does.
///
/// The page map says whether an address is in a page of slots, or the first of a large block. Whether a live slot begins
/// there is told by the slot's byte in the shadow, out of the reach of who uses the block: it is 0 but while the slot
/// is live, and then tells apart the quanta of its cell, so one comparison refuses what is foreign, inside a block,
/// or freed. A large block is live while its state word says so.
///
/// The blocks of arenas and buffers are *hidden*: whoever has such a block is told of it by nobody but its arena or buffer. A hidden slot
/// is never live in the shadow, a hidden large block carries a mark ([LargeBlocks#HIDDEN]), so what a program may say of a block by its
/// address is refused of them. Their owners know what they have, and are answered by the page map alone.
///
/// With [Checks#OFF] slots are taken for live starts of slots, unseen.
///
/// Page map and shadow are there while the [RegionSource] is reachable, also when the allocator is closed. This holds it, and whatever
/// touches them by an address ends with a reachability fence, which is no instruction in compiled code.
///
/// Any thread; no lock may be held.
final class Blocks {

    /// What [#slotClass] answers when no slot can begin at an address.
    static final int NO_SLOT = -1;

    /// What the segments of blocks with an explicit lifetime have, and those of arenas and buffers have not.
    private static final MemorySegment.Scope FOR_EVER = Arena.global().scope();

    private final RegionSource regions;
    private final Shards shards;
    private final SlotClasses classes;
    private final boolean checked;
    private final long largest;         // of the sizes that have a class; -1 if none is to be found

    // Copies of the first region's, so that the fast path loads from one object.
    private final long firstBase;
    private final long firstSize;       // 0 if the fast ways are to find nothing
    private final long seenSize;        // the same if slots have a byte in the shadow, else 0
    private final long unseenSize;      // the same if they have none
    private final long nativeSize;      // the same if slot classes are those of the machine
    private final long firstWords;
    private final long firstShadow;

    private final long pageSize;
    private final int pageShift;

    Blocks(RegionSource regions, Shards shards, long pageSize) {
        this(regions, shards, pageSize, regions.first().size(), shards.classes().largest());
    }

    /// {@return one that finds no slot, neither for an address nor for a size} For an allocator with a safety kit: each of its fast
    /// paths asks this one first, and takes the slow path, where the kit is.
    static Blocks blind(RegionSource regions, Shards shards, long pageSize) {
        return new Blocks(regions, shards, pageSize, 0, NO_SLOT);
    }

    /// {@return one that takes no slot by the fast ways, [#take] and [#takeHandedOut]} For an allocator that does more with a block
    /// that is freed.
    static Blocks takingNone(RegionSource regions, Shards shards, long pageSize) {
        return new Blocks(regions, shards, pageSize, 0, shards.classes().largest());
    }

    private Blocks(RegionSource regions, Shards shards, long pageSize, long firstSize, long largest) {
        this.regions = regions;
        this.shards = shards;
        this.classes = shards.classes();
        this.checked = regions.isShadowed();
        this.largest = largest;
        final var first = regions.first();
        this.firstBase = first.base();
        this.firstSize = firstSize;
        this.seenSize = checked ? firstSize : 0;
        this.unseenSize = checked ? 0 : firstSize;
        this.nativeSize = classes.areNative() ? firstSize : 0;
        this.firstWords = first.words();
        this.firstShadow = first.shadow();
        this.pageSize = pageSize;
        this.pageShift = Long.numberOfTrailingZeros(pageSize);
    }

    /// {@return whether a slot is in the first region, where the fast paths are}
    boolean isNear(long slot) {
        return Long.compareUnsigned(slot - firstBase, firstSize) < 0;
    }

    /// Makes a live slot of the first region a free one, which the caller has from now on. Fast, with [Checks#ON]; with
    /// [Checks#OFF] it takes none.
    ///
    /// @return the kind of its page, or [#NO_SLOT] if no live slot begins there, or it takes a closer look, and then nothing has
    ///         changed
    int take(long address) {
        final long offset = address - firstBase;
        if (Long.compareUnsigned(offset, seenSize) >= 0) {
            return NO_SLOT;
        }
        final long entry = entryAt(offset);
        final long shadow = shadowOf(offset, seenSize, PageEntry.cellShift(entry));
        if (!isLive(address, shadow)) {
            return NO_SLOT;
        }
        setLiveByte(shadow, LiveByte.NONE);
        return PageEntry.kind(entry);
    }

    /// As [#take], with [Checks#OFF]; with [Checks#ON] it takes none.
    int takeUnseen(long address) {
        return kindWithin(unseenSize, address);
    }

    /// {@return the kind of the page of a hidden slot of the first region, which its owner frees, or [#NO_SLOT] if it takes a closer
    /// look} Fast, whatever the checks.
    ///
    /// @param address of a hidden block
    int takeHidden(long address) {
        return kindWithin(firstSize, address);
    }

    private int kindWithin(long regionSize, long address) {
        final long offset = address - firstBase;
        if (Long.compareUnsigned(offset, regionSize) >= 0) {
            return NO_SLOT;
        }
        final int kind = PageEntry.kind(entryAt(offset));
        return kind == PageEntry.BOUNDARY || kind == 0 ? NO_SLOT : kind;
    }

    /// Makes a live slot of any region a free one, which the caller has from now on.
    ///
    /// @return its class, or [#NO_SLOT] if no live slot begins there, and then nothing has changed
    int takeAnywhere(long address) {
        final int slotClass = slotClassAnywhere(address);
        if (checked && slotClass != NO_SLOT) {
            setLiveByte(regions.shadowOf(address, SlotClasses.cellShift(slotClass)), LiveByte.NONE);
        }
        return slotClass;
    }

    /// {@return the class of the live slot that begins at an address, or [#NO_SLOT]} Fast.
    int slotClass(long address) {
        final long offset = address - firstBase;
        if (Long.compareUnsigned(offset, firstSize) >= 0) {
            return slotClassAnywhere(address);
        }
        final long entry = entryAt(offset);
        if (!checked) {
            return classIn(entry);
        }
        return isLive(address, shadowOf(offset, firstSize, PageEntry.cellShift(entry))) ? liveClass(entry) : NO_SLOT;
    }

    /// {@return the class of a hidden slot, or [#NO_SLOT] if the block is large} Fast.
    ///
    /// @param address of a hidden block
    int hiddenClass(long address) {
        final long offset = address - firstBase;
        if (Long.compareUnsigned(offset, firstSize) < 0) {
            return classIn(entryAt(offset));
        }
        return largest == NO_SLOT ? NO_SLOT : classIn(regions.entryOf(address));
    }

    private int slotClassAnywhere(long address) {
        if (largest == NO_SLOT) {
            return NO_SLOT;
        }
        final long entry = regions.entryOf(address);
        if (!checked) {
            return classIn(entry);
        }
        final long shadow = regions.shadowOf(address, PageEntry.cellShift(entry));
        return shadow != 0 && isLive(address, shadow) ? liveClass(entry) : NO_SLOT;
    }

    /// {@return the class of slots in a page in which one is live}
    private static int liveClass(long entry) {
        return PageEntry.slotClass(PageEntry.kind(entry));
    }

    /// {@return the page map word at an offset in the first region}
    private long entryAt(long offset) {
        final long entry = RawMemory.getLong(RawMemory.inBounds(firstWords + (offset >>> pageShift) * Long.BYTES));
        Reference.reachabilityFence(this);
        return entry;
    }

    private static int classIn(long entry) {
        final int kind = PageEntry.kind(entry);
        return kind == PageEntry.BOUNDARY ? NO_SLOT : PageEntry.slotClass(kind);
    }

    /// {@return where the byte in the shadow of the first region is}
    private long shadowOf(long offset, long regionSize, int cellShift) {
        return RawMemory.inBounds(firstShadow + (offset + 2 * regionSize >>> cellShift));
    }

    private boolean isLive(long address, long shadow) {
        final byte told = RawMemory.getByte(shadow);
        Reference.reachabilityFence(this);
        return LiveByte.tellsOf(address, told);
    }

    private void setLiveByte(long shadow, byte told) {
        RawMemory.putByte(shadow, told);
        Reference.reachabilityFence(this);
    }

    /// Makes a slot live that the caller has, of any region. One that comes from a cache is, if it was taken by
    /// [io.offheap.allocator.cache.ThreadCache#popLive].
    void markLive(long slot, int slotClass) {
        if (checked) {
            setLiveByte(regions.shadowOf(slot, SlotClasses.cellShift(slotClass)), LiveByte.of(slot));
        }
    }

    /// {@return the live large block at an address}
    ///
    /// @throws IllegalArgumentException if there is none
    Extent liveLarge(long address) {
        return large(address, null);
    }

    /// {@return the hidden large block at an address}
    ///
    /// @throws IllegalArgumentException if there is none
    Extent hiddenLarge(long address) {
        return large(address, LargeBlocks.HIDDEN);
    }

    private Extent large(long address, Object attachment) {
        final long entry = shards.entryOf(address);
        if (PageEntry.kind(entry) == PageEntry.BOUNDARY) {
            final var extent = shards.extentOf(entry);
            if (extent != null && extent.address() == address && extent.isActive() && extent.attachment() == attachment) {
                return extent;
            }
        }
        throw notLive(address);
    }

    static IllegalArgumentException notLive(long address) {
        return new IllegalArgumentException(
                "0x%x is not the address of a live block: foreign, inside a block, of an arena or a buffer, or freed already"
                        .formatted(address));
    }

    /// {@return the bytes that may be used of the live block at an address}
    ///
    /// @throws IllegalArgumentException if there is none
    long usableSize(long address) {
        final int slotClass = slotClass(address);
        return slotClass != NO_SLOT
                ? classes.sizeOf(slotClass)
                : AlignedMath.alignUp(Math.max(1, liveLarge(address).requestedSize()), pageSize);
    }

    /// Checks that an address is that of a live block, and that it may have been handed out with a size.
    ///
    /// @throws IllegalArgumentException if it is not
    void checkHandedOut(long address, long byteSize) {
        final int slotClass = slotClass(address);
        final boolean fits = slotClass != NO_SLOT
                ? couldBeClass(byteSize, slotClass)
                : liveLarge(address).requestedSize() == byteSize;
        if (!fits) {
            throw new IllegalArgumentException("the block at 0x%x was not handed out with %d bytes".formatted(address, byteSize));
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

    /// {@return the class of the slot that a segment would be, as it was handed out, or [#NO_SLOT] if it is none, or large} Fast.
    static int claimedClass(MemorySegment segment) {
        final long byteSize = segment.byteSize();
        return segment.scope() == FOR_EVER && SlotClasses.hasNativeIndex(byteSize) ? SlotClasses.nativeIndexOf(byteSize) : NO_SLOT;
    }

    /// Makes the slot that a segment surely is, as it was handed out, a free one, which the caller has from now on. Fast.
    ///
    /// @param claimed what [#claimedClass] says of the segment
    /// @return the kind of its page, or [#NO_SLOT] if it takes a closer look, and then nothing has changed
    int takeHandedOut(long address, int claimed) {
        final long offset = address - firstBase;
        if (claimed == NO_SLOT || Long.compareUnsigned(offset, nativeSize) >= 0) {
            return NO_SLOT;
        }
        final long entry = entryAt(offset);
        final int kind = PageEntry.kind(entry);
        if (kind != PageEntry.kindOf(claimed)) {
            return NO_SLOT;
        }
        if (checked) {
            final long shadow = shadowOf(offset, nativeSize, PageEntry.cellShift(entry));
            if (!isLive(address, shadow)) {
                return NO_SLOT;
            }
            setLiveByte(shadow, LiveByte.NONE);
        }
        return kind;
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
