package io.offheap.memory.source;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.RankedLock;
import java.lang.ref.Reference;
import java.util.Arrays;

/// The address space of one allocator: reserved in large regions, carved from the bottom up, never given
/// back piecemeal.
///
/// ```
///   region:  | carved: page map words say what each page is  | wilderness: never touched |
///            base                                            base + carved               base + size
/// ```
///
/// One region is reserved at the start, several times as large as the memory that may be used, so that
/// fragmentation of addresses does not matter and the lookup of an address is one subtraction, one
/// comparison and one load. Where address space is short (`ulimit -v`, strict overcommit), the first
/// region is halved until it fits and leaves as much for others ([Reservations]), and further ones are added when it is
/// full. Where addresses come with memory ([SystemMemory#reservesAddressesOnly]) all regions are small at first; what is
/// added grows with what there is, so that they stay few.
///
/// ## After close
/// What was carved stays reserved for the life of the process and reads as zero, because nobody can know
/// that no stale pointer leads there. The wilderness is released.
///
/// Page maps and shadows read as zero too, and stay for as long as the source is reachable: a lookup may be under way, or begin
/// late. Only who has the source, or something that holds it, looks into them, and has it until it is done, by a
/// reachability fence where it works with their addresses ([#first], [#shadowOf]). So they can be released when the collector finds
/// the source unreachable; the next source that is made does that. A source that is not closed keeps everything: blocks of
/// it may be in use by who has nothing but their addresses.
///
/// ## Concurrency
/// Lookups take no lock. Carving takes one, of rank `REGIONS`, also across the `mmap` of a further region:
/// rare, and whoever else wants to carve then needs it too.
public final class RegionSource {

    /// Regions start on this boundary, the size of a huge page on x86-64 and on AArch64 with 4 KiB pages.
    public static final long REGION_ALIGNMENT = 2L << 20;

    /// Cells of a shadow have `1 << SMALLEST_CELL_SHIFT` bytes at least.
    public static final int SMALLEST_CELL_SHIFT = 4;

    /// Cells of a shadow have `1 << LARGEST_CELL_SHIFT` bytes at most.
    public static final int LARGEST_CELL_SHIFT = 11;

    /// No region is smaller, unless the operating system has no more.
    static final long SMALLEST_REGION = 16L << 20;

    /// A further region has at least so much of what all others have: a share of it, as a divisor.
    private static final long GROWTH_DIVISOR = 8;

    private final SystemMemory os;
    private final boolean dumped;
    private final int pageShift;
    private final RankedLock lock = new RankedLock(RankedLock.Rank.REGIONS);
    private final Region first;

    // Copies of the first region's, so that a lookup loads from one object.
    private final long firstBase;
    private final long firstSize;
    private final long firstWords;      // where the words of its page map are
    private final boolean isShadowed;

    private volatile Region[] all;      // copied on write, under the lock
    private boolean closed;             // guarded by the lock
    private long shadowBytes;           // guarded by the lock

    /// Reserves the first region, without a shadow; core dumps show what is in it.
    ///
    /// @param os          what reserves
    /// @param wantedBytes how much address space to try for first; halved until it is granted
    /// @throws OutOfMemoryError if not even a small region can be reserved
    /// @throws OsException      if reserving is refused for another reason
    public RegionSource(SystemMemory os, long wantedBytes) {
        this(os, wantedBytes, false, true);
    }

    /// Reserves the first region.
    ///
    /// @param os          what reserves
    /// @param wantedBytes how much address space to try for first; halved until it is granted
    /// @param isShadowed  whether regions of base pages have a shadow: [#shadowOf]
    /// @param dumped      whether core dumps show what is in the regions; page maps and shadows are always in them
    /// @throws OutOfMemoryError if not even a small region can be reserved
    /// @throws OsException      if reserving is refused for another reason
    public RegionSource(SystemMemory os, long wantedBytes, boolean isShadowed, boolean dumped) {
        Remains.releaseUnreachable();
        this.os = os;
        this.isShadowed = isShadowed;
        this.dumped = dumped;
        this.pageShift = Long.numberOfTrailingZeros(os.pageSize());
        final long ahead = os.reservesAddressesOnly() ? wantedBytes : SMALLEST_REGION;
        this.first = reserve(Math.max(ahead, SMALLEST_REGION), SMALLEST_REGION, PageKind.BASE);
        this.firstBase = first.base;
        this.firstSize = first.size;
        this.firstWords = first.pages.address();
        this.all = new Region[] {first};
    }

    /// Where the words of the first region are, for callers that look one up without a load of it: page `i` from `base` has
    /// its word at `words + 8 i`, and the byte for `address` in the shadow for cells of `1 << shift` bytes is at
    /// `shadow + (address - base + 2 size >> shift)`.
    ///
    /// Words and shadow are there while the source is reachable.
    ///
    /// @param base   the first address
    /// @param size   bytes
    /// @param words  address of the words
    /// @param shadow address of the shadow, 0 if there is none
    /// @param pageShift `1 << pageShift` bytes are a page
    public record FirstRegion(long base, long size, long words, long shadow, int pageShift) {

        /// {@return where the word of the page of an address in the region is}
        public long wordOf(long address) {
            return words + (address - base >>> pageShift) * Long.BYTES;
        }
    }

    /// {@return the first region, in which nearly all addresses are; [#entryOf] knows the others}
    public FirstRegion first() {
        return new FirstRegion(firstBase, firstSize, firstWords, isShadowed ? first.shadow.origin() : 0, pageShift);
    }

    /// {@return the word of the page that holds `address`, 0 if the address is none of ours} Any address
    /// may be asked for.
    public long entryOf(long address) {
        final long offset = address - firstBase;
        if (Long.compareUnsigned(offset, firstSize) < 0) {
            final long entry = RawMemory.getLong(firstWords + (offset >>> pageShift) * Long.BYTES);
            Reference.reachabilityFence(this);
            return entry;
        }
        return entryInFurtherRegion(address);
    }

    private long entryInFurtherRegion(long address) {
        final var region = regionOf(address);
        final long entry = region == null ? 0 : region.pages.get((address - region.base) >>> pageShift);
        Reference.reachabilityFence(this);
        return entry;
    }

    /// Sets the word of the page that holds `address`, an address that was carved.
    public void setEntry(long address, long entry) {
        final long offset = address - firstBase;
        if (Long.compareUnsigned(offset, firstSize) < 0) {
            RawMemory.putLong(firstWords + (offset >>> pageShift) * Long.BYTES, entry);
        } else {
            final var region = regionOf(address);
            region.pages.set((address - region.base) >>> pageShift, entry);
        }
        Reference.reachabilityFence(this);
    }

    /// {@return whether there is a shadow}
    public boolean isShadowed() {
        return isShadowed;
    }

    /// {@return where the shadow has its byte for the cell that holds an address: 0 if the address is none of ours or the
    /// region has no shadow} Any address may be asked for. The byte is 0 unless somebody has written it; it is
    /// there while the source is reachable.
    ///
    /// @param shift `1 << shift` bytes are a cell
    public long shadowOf(long address, int shift) {
        final var region = regionOf(address);
        return region == null || region.shadow == null ? 0 : region.shadow.byteOf(address - region.base, shift);
    }

    /// {@return bytes that the shadow would take anew if that of a range were written, or more if others are noting some of it} The
    /// parameters are as in [#noteShadow]. Without the lock: what is noted stays noted.
    public long unnotedShadow(long address, long size, int shift) {
        final var region = regionOf(address);
        return region.shadow.unnoted(address - region.base, size, shift);
    }

    /// Notes that the shadow of a range will be written, in whole pages.
    ///
    /// @param address start of a range that was carved of base pages
    /// @param size    of the range, bytes, positive
    /// @param shift   `1 << shift` bytes are a cell
    /// @return bytes of shadow that were not noted before
    public long noteShadow(long address, long size, int shift) {
        lock.lock();
        try {
            final var region = regionOf(address);
            final long bytes = region.shadow.note(address - region.base, size, shift);
            shadowBytes += bytes;
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /// {@return bytes of shadow that were noted}
    public long shadowBytes() {
        lock.lock();
        try {
            return shadowBytes;
        } finally {
            lock.unlock();
        }
    }

    private Region regionOf(long address) {
        for (final var region : all) {
            final long offset = address - region.base;
            if (0 <= offset && offset < region.size) {
                return region;
            }
        }
        return null;
    }

    /// Carves address space that was never used: it reads as zero and has no memory behind it.
    ///
    /// @param size      bytes, a positive multiple of the page size
    /// @param alignment a power of two, at least the page size
    /// @param kind      what is to back it
    /// @return its start; what alignment skipped is lost
    /// @throws OutOfMemoryError      if a further region cannot be had, for whatever reason
    /// @throws IllegalStateException if the source is closed
    public long carve(long size, long alignment, PageKind kind) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the allocator is closed");
            }
            for (final var region : all) {
                final long address = region.kind == kind ? region.carve(size, alignment) : 0;
                if (address != 0) {
                    return address;
                }
            }
            final long needed = Math.addExact(size, alignment);
            final long wanted = Math.max(first.size, carvedBytes() / GROWTH_DIVISOR);
            final var regions = Arrays.copyOf(all, all.length + 1);
            final var further = reserve(Math.max(wanted, needed), needed, kind);
            regions[all.length] = further;
            all = regions;
            return further.carve(size, alignment);
        } catch (ArithmeticException e) {
            throw new OutOfMemoryError("no address space for " + size + " bytes aligned to " + alignment);
        } catch (OsException e) {
            throw Reservations.outOfAddresses(e, size);
        } finally {
            lock.unlock();
        }
    }

    private Region reserve(long wantedBytes, long neededBytes, PageKind kind) {
        return Reservations.halving(os, wantedBytes, neededBytes, REGION_ALIGNMENT,
                size -> Region.reserve(os, size, kind, isShadowed && kind == PageKind.BASE, dumped));
    }

    /// {@return bytes that were carved: everything that may have memory behind it}
    public long carvedBytes() {
        long sum = 0;
        for (final var region : all) {
            sum += region.carved();
        }
        return sum;
    }

    /// {@return whether [#residentBytes] tells what is used from what is not} If not, all that was carved is resident.
    public boolean measuresResidency() {
        return os.reservesAddressesOnly();
    }

    /// {@return bytes of the carved address space that have memory behind them} Asks the operating system:
    /// about a nanosecond a page.
    public long residentBytes() {
        long sum = 0;
        for (final var region : all) {
            final long carved = region.carved();
            if (carved > 0) {
                sum += os.residentBytes(region.base, carved);
            }
        }
        return sum;
    }

    /// Calls the visitor with start and size of what was carved of each region.
    public void forEachCarved(RangeVisitor visitor) {
        for (final var region : all) {
            visitor.visit(region.base, region.carved());
        }
    }

    /// Gives all memory back and releases what was never carved. What was carved reads as zero from now on
    /// and is foreign to [#entryOf]. Page maps and shadows go when the source is unreachable. Idempotent.
    ///
    /// @throws OsException the last refusal of the operating system; everything was tried all the same
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        OsException refusal = null;
        for (final var region : all) {
            try {
                region.close(os);
            } catch (OsException e) {
                refusal = e;
            }
            region.leaveTables(this, os);
        }
        if (refusal != null) {
            throw refusal;
        }
    }

    /// Takes one range of addresses.
    @FunctionalInterface
    public interface RangeVisitor {
        /// @param address start in bytes
        /// @param size    bytes, 0 or more
        void visit(long address, long size);
    }
}
