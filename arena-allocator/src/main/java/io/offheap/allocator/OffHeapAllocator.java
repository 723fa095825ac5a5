package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.cache.ThreadCache;
import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.pressure.MemoryDaemon;
import io.offheap.memory.pressure.PressureSources;
import io.offheap.memory.pressure.Reclaimer;
import io.offheap.memory.purge.Purger;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.AlignedMath;
import io.offheap.memory.util.CoarseTicker;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/// An allocator of off-heap memory that keeps freed memory ready for re-use and gives it back when memory
/// is short.
///
/// Small requests (up to [SizeClasses#LARGEST_SMALL] bytes) are slots of slabs, larger ones whole pages.
/// Freed pages are *volatile*: they stay resident and are handed out again without a system call and
/// without a fault, until the host, the container or an own limit runs short, or nobody wanted them for
/// the decay period; then the oldest are purged.
///
/// ## Lifetimes
/// - **Explicit**: [#allocate] and [#free], [#allocateAddress] and [#freeAddress]. The caller owns the
///   block until it frees it. Freeing an address that is not the start of a live block (foreign, interior,
///   freed before and not handed out again since) throws and changes nothing.
/// - **Scoped**: [#ofConfined]. Touching a segment after the arena is closed throws `IllegalStateException`.
/// - **By reachability**: [#allocateDirect].
///
/// Memory that is neither freed nor closed stays in use until [#close].
///
/// ## Limits
/// `active + volatile + metadata` bytes never exceed the hard limit. Before an allocation fails, everything
/// volatile is purged and the caller's caches are flushed.
///
/// ## Concurrency
/// Thread-safe. A block may be freed by another thread than the one that allocated it. A platform thread
/// works from a cache of its own; virtual threads share a few.
///
/// ## Cost
/// A small block at hand: a table lookup and a stack operation; no lock, no allocation, no system
/// call (docs/performance.md).
public final class OffHeapAllocator implements SegmentAllocator, AutoCloseable {

    /// No request is larger; what the address space of a process allows is less.
    private static final long LARGEST = 1L << 46;

    /// Address space is reserved for so many times the memory that may be used.
    private static final int RESERVE_FACTOR = 4;
    private static final long LARGEST_RESERVATION = 1L << 40;
    private static final long UNKNOWN_MEMORY = 16L << 30;

    private final AllocatorOptions options;
    private final long pageSize;

    private final CoarseTicker ticker;
    private final RegionSource regions;
    private final Purger purger;
    private final Governor governor;
    private final Shards shards;
    private final Caches caches;
    private final Blocks blocks;
    private final DirectBuffers directBuffers = new DirectBuffers(this);
    private final AutoCloseable registration;
    private final List<PressureSource> sources;

    /// Arenas that are open, or less than 0 once the allocator is closed.
    private final AtomicLong openArenas = new AtomicLong();
    private volatile boolean closed;

    private OffHeapAllocator(AllocatorOptions options) {
        this(options, Platform.memory(), Ticker.SYSTEM, true);
    }

    /// For tests: over any memory and clock.
    ///
    /// @param daemon whether the daemon looks after the allocator; otherwise nothing happens between calls
    OffHeapAllocator(AllocatorOptions options, SystemMemory os, Ticker clock, boolean daemon) {
        options.checkLimits(os.pageSize());
        this.options = options;
        this.pageSize = os.pageSize();
        this.ticker = new CoarseTicker(clock);
        this.sources = options.sources().orElseGet(() -> PressureSources.detect(Platform.files()));
        this.regions = reserve(os);
        this.purger = new Purger(os);
        this.governor = new Governor(options.softLimit(), options.hardLimit(), sources, new OwnMemory());
        this.shards = new Shards(os, regions, governor, purger, ticker, options.freedRuns(), options.shards());
        this.caches = new Caches(shards, governor, pageSize, Runtime.getRuntime().availableProcessors());
        this.purger.addSource(caches);
        this.blocks = new Blocks(shards, caches, pageSize);
        this.registration = daemon ? register() : () -> {};
    }

    private AutoCloseable register() {
        final var maintenance = maintenance();
        try {
            return MemoryDaemon.shared().register(maintenance);
        } catch (RuntimeException | Error e) {
            closeSources();
            regions.close();
            throw e;
        }
    }

    /// {@return what the daemon does for this allocator, from now on}
    Maintenance maintenance() {
        return new Maintenance(options, sources, ticker, shards, caches, purger, directBuffers);
    }

    private void closeSources() {
        if (options.sources().isEmpty()) {              // detected by us, so ours to close
            sources.forEach(PressureSource::close);
        }
    }

    private RegionSource reserve(SystemMemory os) {
        try {
            return new RegionSource(os, reservation());
        } catch (RuntimeException | Error e) {
            closeSources();
            throw e;
        }
    }

    private long reservation() {
        long memory = options.hardLimit();
        for (final var source : sources) {
            memory = Math.min(memory, source.read().map(MemoryReading::limitBytes).orElse(Long.MAX_VALUE));
        }
        memory = memory == Long.MAX_VALUE ? UNKNOWN_MEMORY : memory;
        return Math.min(memory, LARGEST_RESERVATION / RESERVE_FACTOR) * RESERVE_FACTOR;
    }

    /// {@return an allocator with the defaults: no own limits, a decay of 10 s, aware of its container}
    ///
    /// @throws UnsupportedOperationException if the platform is not Linux on x86-64 or AArch64
    /// @throws OutOfMemoryError              if no address space can be reserved
    /// @throws OsException                   if the operating system refuses to for another reason
    public static OffHeapAllocator create() {
        return builder().build();
    }

    /// {@return a builder with the defaults}
    public static Builder builder() {
        return new Builder();
    }

    /// Allocates a zero-filled block, which the caller frees with [#free]. Its segment is alive for ever and
    /// usable by every thread: malloc-like, it can be touched after it was freed, and must not be.
    ///
    /// @param byteSize      bytes, 0 or more; 0 gives an empty segment with an address of its own
    /// @param byteAlignment of the address, in bytes, a power of two; at least 16 is always kept
    /// @return a segment of exactly that size
    /// @throws IllegalArgumentException if the size is negative or the alignment no positive power of two
    /// @throws OutOfMemoryError         if the memory cannot be had, or size and alignment exceed what can be
    /// @throws IllegalStateException    if the allocator is closed
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        checkSizeAndAlignment(byteSize, byteAlignment);
        final int sizeClass = blocks.smallClass(byteSize, byteAlignment);
        if (sizeClass != Blocks.NO_SLOT) {
            final long address = allocateSlot(sizeClass);
            RawMemory.zero(address, byteSize);
            return RawMemory.segment(address, byteSize);
        }
        final var extent = allocateLarge(byteSize, byteAlignment);
        zeroUnlessKnown(extent, byteSize);
        return RawMemory.segment(extent.address(), byteSize);
    }

    /// Allocates a block as [#allocate] does, with unspecified contents.
    ///
    /// @param byteSize      bytes, 0 or more
    /// @param byteAlignment of the address, in bytes, a power of two
    /// @return a segment of exactly that size
    /// @throws IllegalArgumentException if the size is negative or the alignment no positive power of two
    /// @throws OutOfMemoryError         if the memory cannot be had, or size and alignment exceed what can be
    /// @throws IllegalStateException    if the allocator is closed
    public MemorySegment allocateUninitialized(long byteSize, long byteAlignment) {
        checkSizeAndAlignment(byteSize, byteAlignment);
        return RawMemory.segment(allocateBlock(byteSize, byteAlignment), byteSize);
    }

    /// Allocates a block by address: contents unspecified, aligned to 16 bytes.
    ///
    /// @param byteSize bytes, 0 or more; 0 gives an address of its own
    /// @return its address, never 0; freed with [#freeAddress]
    /// @throws IllegalArgumentException if the size is negative
    /// @throws OutOfMemoryError         if the memory cannot be had
    /// @throws IllegalStateException    if the allocator is closed
    public long allocateAddress(long byteSize) {
        if (byteSize > 0 && byteSize <= SizeClasses.LARGEST_SMALL) {
            return allocateSlot(SizeClasses.indexOf((int) byteSize));
        }
        checkSizeAndAlignment(byteSize, 1);
        return allocateBlock(byteSize, 1);
    }

    private long allocateSlot(int sizeClass) {
        final ThreadCache cache = caches.current();
        if (cache != null && !closed) {
            final long address = cache.pop(sizeClass);
            if (address != 0) {
                blocks.markLive(address);
                return address;
            }
        }
        return allocateSlotSlow(sizeClass);
    }

    private long allocateSlotSlow(int sizeClass) {
        checkOpen();
        final long address = caches.allocateSlot(sizeClass);
        blocks.markLive(address);
        return address;
    }

    /// Frees a block by its address, from any thread.
    ///
    /// @param address the address of a live block of this allocator
    /// @throws IllegalArgumentException if it is not: foreign, inside a block, or freed and not handed out
    ///                                  again since; nothing has changed then
    /// @throws IllegalStateException    if the allocator is closed
    public void freeAddress(long address) {
        final int sizeClass = blocks.slotClass(address);
        if (sizeClass != Blocks.NO_SLOT && !blocks.looksFree(address) && !closed) {
            freeSlot(address, sizeClass);
        } else {
            freeSlow(address);
        }
    }

    private void freeSlot(long address, int sizeClass) {
        blocks.markFree(address);
        final ThreadCache cache = caches.current();
        if (cache == null || !cache.push(address, sizeClass)) {
            caches.freeSlot(address, sizeClass);
        }
    }

    private void freeSlow(long address) {
        checkOpen();
        final int sizeClass = blocks.liveSlotClass(address);
        if (sizeClass != Blocks.NO_SLOT) {
            freeSlot(address, sizeClass);
            return;
        }
        final var extent = blocks.liveLarge(address);
        if (!extent.mark(ticker.nanos())) {
            throw Blocks.notLive(address);
        }
        caches.freeRun(extent);
    }

    /// Frees a block by its segment, from any thread.
    ///
    /// @param segment the segment as it was handed out: same address, same size
    /// @throws IllegalArgumentException if it is not a live block of this allocator, or has another size than
    ///                                  was handed out; nothing has changed then
    /// @throws IllegalStateException    if the allocator is closed
    public void free(MemorySegment segment) {
        checkOpen();
        blocks.checkHandedOut(segment);
        freeAddress(segment.address());
    }

    /// {@return the bytes that may be used at an address, at least as many as were asked for}
    ///
    /// @param address the address of a live block of this allocator
    /// @throws IllegalArgumentException if it is not
    /// @throws IllegalStateException    if the allocator is closed
    public long usableSize(long address) {
        checkOpen();
        return blocks.usableSize(address);
    }

    /// {@return the block at an address as a segment of its usable size} It lives as long as the block.
    ///
    /// @param address the address of a live block of this allocator
    /// @throws IllegalArgumentException if it is not
    /// @throws IllegalStateException    if the allocator is closed
    public MemorySegment segmentOf(long address) {
        return RawMemory.segment(address, usableSize(address));
    }

    /// Changes the size of a block, in place where the block has room, else by moving it.
    ///
    /// @param segment     the segment as it was handed out; on success it must not be used any more
    /// @param newByteSize bytes, 0 or more
    /// @return a segment of the new size that keeps the first `min(old, new)` bytes; what is new is unspecified,
    ///         and the address is aligned to 16 bytes only
    /// @throws IllegalArgumentException if the segment is not a live block as handed out, or the size is negative
    /// @throws OutOfMemoryError         if the memory cannot be had; the old block is as it was
    /// @throws IllegalStateException    if the allocator is closed
    public MemorySegment reallocate(MemorySegment segment, long newByteSize) {
        checkSizeAndAlignment(newByteSize, 1);
        checkOpen();
        blocks.checkHandedOut(segment);
        final long address = segment.address();
        if (resizeInPlace(address, newByteSize)) {
            return RawMemory.segment(address, newByteSize);
        }
        final long moved = allocateBlock(newByteSize, 1);
        RawMemory.copy(address, moved, Math.min(segment.byteSize(), newByteSize));
        freeAddress(address);
        return RawMemory.segment(moved, newByteSize);
    }

    private boolean resizeInPlace(long address, long newByteSize) {
        final int sizeClass = blocks.liveSlotClass(address);
        if (sizeClass != Blocks.NO_SLOT) {
            return blocks.couldBeClass(newByteSize, sizeClass);
        }
        final var extent = blocks.liveLarge(address);
        if (newByteSize <= SizeClasses.LARGEST_SMALL || newByteSize > extent.size()) {
            return false;
        }
        final long keepSize = AlignedMath.alignUp(newByteSize, pageSize);
        if (extent.size() - keepSize > extent.size() / 8 && extent.holdActive()) {
            try {
                extent.setMarkedAt(ticker.nanos());     // the end that is freed is as young as any
                extent.owner().shrink(extent, keepSize);
            } finally {
                extent.activate();
            }
        }
        extent.setRequestedSize(newByteSize);
        return true;
    }

    /// {@return a new arena of the calling thread} See [OffHeapArena].
    ///
    /// @throws IllegalStateException if the allocator is closed
    public OffHeapArena ofConfined() {
        for (long open = openArenas.get(); open >= 0; open = openArenas.get()) {
            if (openArenas.compareAndSet(open, open + 1)) {
                return new ConfinedArena(this);
            }
        }
        throw closedAlready();
    }

    void arenaClosed() {
        openArenas.decrementAndGet();
    }

    /// {@return a new direct buffer, as `ByteBuffer.allocateDirect` makes it} Zero-filled, big-endian, position 0;
    /// its memory is reclaimed when no view of it is reachable any more.
    ///
    /// @param capacity bytes, 0 or more
    /// @throws IllegalArgumentException if the capacity is negative
    /// @throws OutOfMemoryError         if the memory cannot be had
    /// @throws IllegalStateException    if the allocator is closed
    public ByteBuffer allocateDirect(int capacity) {
        checkSizeAndAlignment(capacity, 1);
        checkOpen();
        return directBuffers.allocate(capacity);
    }

    /// Gives back everything volatile now, and what the calling thread and ended threads have cached.
    ///
    /// @return bytes given back to the operating system
    /// @throws OsException           if the operating system refused to take any of it
    /// @throws IllegalStateException if the allocator is closed
    public long purge() {
        checkOpen();
        directBuffers.reclaim();
        caches.flushOwn();
        return purger.purge(Long.MAX_VALUE);
    }

    /// {@return what the allocator holds and has done} Stops nobody; asks the operating system for the
    /// resident bytes, about a nanosecond a page.
    ///
    /// @throws IllegalStateException if the allocator is closed
    public AllocatorStats stats() {
        checkOpen();
        return new StatsReader(options, regions, shards, caches, purger, governor).read();
    }

    /// Ends the allocator. Every block is gone; memory of explicit lifetime that is touched later reads zeros.
    /// Idempotent.
    ///
    /// @throws IllegalStateException if an arena is open; nothing has changed then
    /// @throws OsException           if the operating system refuses to take memory back; the allocator is
    ///                               closed all the same
    @Override
    public void close() {
        final long open = openArenas.compareAndExchange(0, Long.MIN_VALUE);
        if (open > 0) {
            throw new IllegalStateException(open + " arenas of the allocator are open");
        }
        if (open < 0) {
            return;
        }
        closed = true;
        try {
            registration.close();
        } catch (Exception e) {
            throw new AssertionError("a registration throws nothing checked", e);
        } finally {
            closeSources();
            regions.close();
        }
    }

    /// {@return a block of unspecified contents} Arguments are checked already.
    long allocateBlock(long byteSize, long byteAlignment) {
        final int sizeClass = blocks.smallClass(byteSize, byteAlignment);
        return sizeClass != Blocks.NO_SLOT ? allocateSlot(sizeClass) : allocateLarge(byteSize, byteAlignment).address();
    }

    /// {@return a zero-filled block}
    long allocateZeroedBlock(long byteSize) {
        return allocate(byteSize, 1).address();
    }

    private Extent allocateLarge(long byteSize, long byteAlignment) {
        checkOpen();
        final long size = AlignedMath.alignUp(Math.max(byteSize, 1), pageSize);
        final var extent = caches.allocateRun(size, Math.max(byteAlignment, pageSize));
        extent.setRequestedSize(byteSize);
        return extent;
    }

    private static void zeroUnlessKnown(Extent extent, long byteSize) {
        if (!extent.isKnownZero()) {
            RawMemory.zero(extent.address(), byteSize);
        }
    }

    static void checkSizeAndAlignment(long byteSize, long byteAlignment) {
        if (byteSize < 0) {
            throw new IllegalArgumentException("byteSize=" + byteSize + " is negative");
        }
        if (!AlignedMath.isPowerOfTwo(byteAlignment)) {
            throw new IllegalArgumentException("byteAlignment=" + byteAlignment + " is no positive power of two");
        }
        if (byteSize > LARGEST || byteAlignment > LARGEST) {
            throw new OutOfMemoryError("byteSize=" + byteSize + ", byteAlignment=" + byteAlignment
                    + ": more than can be addressed, " + LARGEST + " bytes");
        }
    }

    private void checkOpen() {
        if (closed) {
            throw closedAlready();
        }
    }

    private IllegalStateException closedAlready() {
        return new IllegalStateException("allocator " + options.name() + " is closed");
    }

    @Override
    public String toString() {
        return "OffHeapAllocator[" + options.name() + (closed ? ", closed]" : "]");
    }

    /// Walks everything. For tests, when nobody else uses the allocator.
    ///
    /// @return true
    /// @throws AssertionError naming the invariant
    boolean checkInvariants() {
        return new HeapChecker(regions, shards, caches, governor, stats()).check();
    }

    /// How the governor makes room here.
    private final class OwnMemory implements Reclaimer {

        @Override
        public long reclaim(long bytes) {
            try {
                return purger.purge(bytes);
            } catch (OsException e) {
                return 0;                               // counted as a failure; the allocation fails instead
            }
        }

        @Override
        public long reclaimOrAwait(long bytes) {
            try {
                return purger.purgeOrAwait(bytes);
            } catch (OsException e) {
                return 0;                               // as above
            }
        }

        @Override
        public void flushCaches() {
            directBuffers.reclaim();
            caches.flushOwn();
        }

        @Override
        public long residentBytes() {
            try {
                return regions.residentBytes();
            } catch (OsException e) {
                return 0;                               // the pessimistic answer
            }
        }
    }

    /// Builds an allocator. Not thread-safe; may be used again after [#build].
    public static final class Builder {

        private String name = "offheap";
        private long softLimit = AllocatorOptions.NO_LIMIT;
        private long hardLimit = AllocatorOptions.NO_LIMIT;
        private long decayNanos = AllocatorOptions.DEFAULT_DECAY.toNanos();
        private int shards = Runtime.getRuntime().availableProcessors();
        private boolean lazyFree;
        private Optional<List<PressureSource>> sources = Optional.empty();

        private Builder() {}

        /// Sets the name that shows in statistics and messages.
        ///
        /// @param newName not empty
        /// @throws IllegalArgumentException if it is empty
        public Builder name(String newName) {
            if (newName.isEmpty()) {
                throw new IllegalArgumentException("the name is empty");
            }
            name = newName;
            return this;
        }

        /// Sets what `active + volatile + metadata` bytes never exceed. Default: no limit of its own.
        ///
        /// @param bytes at least one page
        /// @throws IllegalArgumentException if it is not positive
        public Builder hardLimit(long bytes) {
            hardLimit = positive("hardLimit", bytes);
            return this;
        }

        /// Sets above how many bytes growth purges first. Default: no limit.
        ///
        /// @param bytes at least one page, at most the hard limit
        /// @throws IllegalArgumentException if it is not positive
        public Builder softLimit(long bytes) {
            softLimit = positive("softLimit", bytes);
            return this;
        }

        /// Sets how long unused memory stays while nobody is short of it. Default: 10 s.
        ///
        /// @param decay zero: not at all, freed pages are given back at every free; -1 (of nanoseconds,
        ///              milliseconds or seconds): for ever
        /// @throws IllegalArgumentException if it is negative otherwise, or longer than a year
        public Builder decay(Duration decay) {
            decayNanos = AllocatorOptions.decayNanos(decay);
            return this;
        }

        /// Sets whether the kernel is told of every freed run that it may take its memory (`MADV_FREE`), so that
        /// it can do so without us. Default: no; resident memory looks larger than it is, and each free of
        /// a run costs a system call. A decay of zero overrides it.
        public Builder lazyFree(boolean lazy) {
            lazyFree = lazy;
            return this;
        }

        /// Sets how many shards there are. Default: one for each processor that the process may use.
        ///
        /// @param count `1 .. 1024`
        /// @throws IllegalArgumentException if it is out of range
        public Builder shards(int count) {
            if (count < 1 || count > AllocatorOptions.MOST_SHARDS) {
                throw new IllegalArgumentException("shards=" + count + ", not 1 .. " + AllocatorOptions.MOST_SHARDS);
            }
            shards = count;
            return this;
        }

        /// Sets who knows how short memory is. Default: the limits of the container and of the host, as far
        /// as they can be read.
        ///
        /// @param newSources for example an [io.offheap.memory.MemoryBudget]; read for as long as the allocator
        ///                   lives, and closed by the caller afterwards. None: nobody
        public Builder pressure(PressureSource... newSources) {
            sources = Optional.of(List.of(newSources));
            return this;
        }

        /// {@return a new allocator}
        ///
        /// @throws IllegalArgumentException      if a limit is below one page or the soft one above the hard one
        /// @throws UnsupportedOperationException if the platform is not Linux on x86-64 or AArch64
        /// @throws OutOfMemoryError              if no address space can be reserved
        /// @throws OsException                   if the operating system refuses to for another reason
        public OffHeapAllocator build() {
            return new OffHeapAllocator(options());
        }

        AllocatorOptions options() {
            final var freedRuns = decayNanos == 0 ? FreedRuns.PURGED : lazyFree ? FreedRuns.LAZY : FreedRuns.VOLATILE;
            return new AllocatorOptions(name, softLimit, hardLimit, decayNanos, shards, freedRuns, sources);
        }

        private static long positive(String what, long bytes) {
            if (bytes <= 0) {
                throw new IllegalArgumentException(what + "=" + bytes + " is not positive");
            }
            return bytes;
        }
    }
}
