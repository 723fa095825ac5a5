package io.offheap.allocator;

import io.offheap.allocator.cache.ThreadCache;
import io.offheap.allocator.cache.ThreadCaches;
import io.offheap.allocator.debug.DebugReport;
import io.offheap.allocator.debug.Debugging;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.safety.SafetyKit;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.VolatileMemory;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.pressure.Reserve;
import io.offheap.memory.purge.Decay;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureListener;
import io.offheap.memory.types.PressureSource;
import io.offheap.memory.util.Arguments;
import io.offheap.memory.util.StackRoom;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

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
///   of an arena or a buffer, freed before and not handed out again since) throws and changes nothing.
/// - **Scoped**: [#ofConfined], [#ofShared], [#sharedGroup()]. Touching a segment after the arena is closed throws
///   `IllegalStateException`.
/// - **By reachability**: [#ofAuto], [#allocateDirect].
/// - **Of the allocator**: [#global].
/// - **While pinned**: [#allocateVolatile]. Memory pressure may take the contents while no pin is open.
///
/// Memory that is neither freed nor closed stays in use until [#close].
///
/// ## Limits
/// `active + volatile + metadata` bytes never exceed the hard limit. Before an allocation fails, everything
/// volatile is purged, the caller's caches are flushed, what that made volatile is purged too, and listeners are told
/// ([#onPressure]); then it is tried once more. A request for more than the whole limit of a container or of the host fails
/// at once.
///
/// ## Concurrency
/// Thread-safe. A block may be freed by another thread than the one that allocated it. A platform thread
/// works from a cache of its own; virtual threads share a few.
///
/// ## Cost
/// A small block at hand: a table lookup and a stack operation; no lock, no allocation, no system
/// call (docs/performance.md).
public final class OffHeapAllocator implements SegmentAllocator, AutoCloseable {

    // Copies of the backend's, so that the fast paths load from one object.
    private final ThreadCache[] cacheTable;
    private final ThreadCache[] popTable;
    private final ThreadCache[] backTable;
    private final Blocks blocks;
    private final ExplicitBlocks explicit;
    private final ConfinedArenas confinedArenas;
    private final int arenaClass;
    private final boolean zeroesFreed;
    private final DirectBuffers directBuffers;

    private final Lifecycle lifecycle;
    private final Backend backend;
    private final OffHeapArena global;

    private OffHeapAllocator(AllocatorOptions options) {
        this(options, Platform.memory(), Ticker.SYSTEM, true);
    }

    /// For tests: over any memory and clock.
    ///
    /// @param daemon whether the daemon looks after the allocator; otherwise nothing happens between calls
    OffHeapAllocator(AllocatorOptions options, SystemMemory os, Ticker clock, boolean daemon) {
        this.backend = new Backend(options, os, clock, daemon);
        this.cacheTable = backend.cacheTable;
        this.popTable = backend.popTable;
        this.backTable = backend.backTable;
        this.blocks = backend.blocks;
        this.explicit = backend.explicit;
        this.confinedArenas = backend.confinedArenas;
        this.arenaClass = backend.arenaClass;
        this.zeroesFreed = backend.zeroesFreed();
        this.directBuffers = backend.directBuffers;
        this.lifecycle = backend.lifecycle;
        this.global = new GlobalArena(lifecycle, backend.hidden);
    }

    /// {@return what the daemon does for this allocator, from now on}
    Maintenance maintenance() {
        return backend.maintenance();
    }

    /// {@return an allocator with the defaults: no own limits, a decay of 10 s, aware of its container}
    ///
    /// @throws UnsupportedOperationException if the platform is not supported (docs/platforms.md)
    /// @throws IllegalCallerException        if native access is denied to this library; the message names the flag
    /// @throws OutOfMemoryError              if no address space can be reserved
    /// @throws OsException                   if the operating system refuses to for another reason
    public static OffHeapAllocator create() {
        return builder().build();
    }

    /// {@return the allocator that the process has in common} Made by the first call, with the options of a builder from the system
    /// properties `io.offheap.name`, `.hardLimit`, `.softLimit`, `.reserve` (bytes, or with `k`, `m`, `g`, `t`), `.decay` (such
    /// as `PT10S`), `.shards`, `.lazyFree`, `.checks` (`on`, `off`), `.hugePages` (`madvise`, `never`), `.managementBeans`, `.coreDumps`
    /// and `.debug` ([Debugging#parse]; with it, what is live when the process ends is printed then). It cannot be closed.
    ///
    /// @throws IllegalArgumentException      if a property has a wrong value; the next call tries again
    /// @throws UnsupportedOperationException if the platform is not supported (docs/platforms.md)
    /// @throws IllegalCallerException        if native access is denied to this library; the message names the flag
    /// @throws OutOfMemoryError              if no address space can be reserved
    /// @throws OsException                   if the operating system refuses to for another reason
    public static OffHeapAllocator shared() {
        return SharedAllocator.get();
    }

    /// {@return a builder with the defaults}
    ///
    /// @throws IllegalArgumentException if the system property `io.offheap.debug` cannot be read
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
        if (ExplicitBlocks.isPlainSlot(byteSize, byteAlignment)) {
            final long address = ExplicitBlocks.popSlot(popTable, SlotClasses.nativeIndexOf(byteSize));
            if (address > 0) {
                RawMemory.zero(address, byteSize);
                return RawMemory.segment(address, byteSize);
            }
        }
        return explicit.allocateZeroed(byteSize, byteAlignment);
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
        if (ExplicitBlocks.isPlainSlot(byteSize, byteAlignment)) {
            final long address = ExplicitBlocks.popSlot(popTable, SlotClasses.nativeIndexOf(byteSize));
            if (address > 0) {
                return RawMemory.segment(address, byteSize);
            }
        }
        return explicit.allocateUninitialized(byteSize, byteAlignment);
    }

    /// Allocates a block by address: contents unspecified, aligned to 16 bytes.
    ///
    /// @param byteSize bytes, 0 or more; 0 gives an address of its own
    /// @return its address, never 0; freed with [#freeAddress]
    /// @throws IllegalArgumentException if the size is negative
    /// @throws OutOfMemoryError         if the memory cannot be had
    /// @throws IllegalStateException    if the allocator is closed
    public long allocateAddress(long byteSize) {
        if (SlotClasses.hasNativeIndex(byteSize)) {
            final long address = ExplicitBlocks.popSlot(popTable, SlotClasses.nativeIndexOf(byteSize));
            if (address > 0) {
                return address;
            }
        }
        return explicit.allocateAddress(byteSize, 1);
    }

    /// Frees a block by its address, from any thread.
    ///
    /// @param address the address of a live block of this allocator
    /// @throws IllegalArgumentException if it is not: foreign, inside a block, of an arena or a buffer, or freed
    ///                                  and not handed out again since; nothing has changed then
    /// @throws IllegalStateException    if the allocator is closed
    /// @throws OutOfMemoryError         if the Java heap is full and no place is left that needs none; the block is live then, as before
    public void freeAddress(long address) {
        final ThreadCache cache = ThreadCaches.currentIn(backTable);
        if (cache == null || !cache.takeBack(address)) {
            freeByLookup(cache, address);
        }
    }

    private void freeByLookup(ThreadCache cache, long address) {
        final int seen = blocks.take(address);
        final int kind = seen >= 0 ? seen : blocks.takeUnseen(address);
        if (kind >= 0) {
            freeSlot(cache, address, PageEntry.slotClass(kind));
        } else {
            explicit.free(address);
        }
    }

    private void freeSlot(ThreadCache cache, long address, int slotClass) {
        if (cache == null || !cache.push(address, slotClass)) {
            explicit.freeSlot(address, slotClass);
        }
    }

    /// Frees a block by its segment, from any thread.
    ///
    /// @param segment the segment as it was handed out: same address, same size
    /// @throws IllegalArgumentException if it is not a live block of this allocator, or has another size than
    ///                                  was handed out (of small blocks, whose size is not kept: a size of
    ///                                  another class); nothing has changed then
    /// @throws IllegalStateException    if the allocator is closed
    /// @throws OutOfMemoryError         if the Java heap is full and no place is left that needs none; the block is live then, as before
    public void free(MemorySegment segment) {
        final ThreadCache cache = ThreadCaches.currentIn(backTable);
        final long address = segment.address();
        final int claimed = Blocks.claimedClass(segment);
        if (cache == null || !cache.isFavourite(address, claimed) || !cache.takeBack(address)) {
            freeByLookup(cache, segment, claimed);
        }
    }

    private void freeByLookup(ThreadCache cache, MemorySegment segment, int claimed) {
        final int kind = blocks.takeHandedOut(segment.address(), claimed);
        if (kind >= 0) {
            freeSlot(cache, segment.address(), PageEntry.slotClass(kind));
        } else {
            explicit.free(segment);
        }
    }

    /// {@return the bytes that may be used at an address, at least as many as were asked for}
    ///
    /// @param address the address of a live block of this allocator
    /// @throws IllegalArgumentException if it is not
    /// @throws IllegalStateException    if the allocator is closed
    public long usableSize(long address) {
        return explicit.usableSize(address);
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
        Requests.check(newByteSize, 1);
        explicit.checkUsable(segment);
        final var resized = RawMemory.segment(segment.address(), newByteSize);          // before it is: there may be no Java heap for it
        if (explicit.resizeInPlace(segment, newByteSize)) {
            return resized;
        }
        StackRoom.requireMuch();
        return replace(segment, explicit.allocateAddress(newByteSize, 1), newByteSize);
    }

    /// Moves a block and frees it; or frees where it would have moved to, if that cannot be.
    private MemorySegment replace(MemorySegment segment, long moved, long newByteSize) {
        boolean done = false;
        try {
            final var replacement = RawMemory.segment(moved, newByteSize);
            RawMemory.copy(segment.address(), moved, Math.min(segment.byteSize(), newByteSize));
            freeAddress(segment.address());
            done = true;
            return replacement;
        } finally {
            if (!done) {
                freeAddress(moved);
            }
        }
    }

    /// {@return a new arena of the calling thread} See [OffHeapArena].
    ///
    /// @throws IllegalStateException if the allocator is closed
    public OffHeapArena ofConfined() {
        return new ConfinedArena(this);                 // the only one: with two the JIT could do without neither
    }

    /// {@return the cache of the calling thread, or null if it is not at hand}
    ThreadCache ownCache() {
        return ThreadCaches.currentIn(cacheTable);
    }

    /// Counts an arena of the calling thread as open, if there is a block at hand.
    ///
    /// @param cache of the calling thread, or null
    /// @return its first block, or 0 or less, and then no arena is open
    long openArena(ThreadCache cache) {
        return cache == null ? 0 : cache.openArena(arenaClass);
    }

    /// Takes back the first block of an arena of the calling thread, which is open no more.
    ///
    /// @param firstCache where the block goes by the fast way, or null
    void arenaClosed(ThreadCache firstCache, long first) {
        if (zeroesFreed) {
            RawMemory.zero(first, ConfinedArena.FIRST_BLOCK);
        }
        if (firstCache == null || !firstCache.closeArena(first, arenaClass)) {
            confinedArenas.closed(firstCache, first);
        }
    }

    ConfinedArenas confinedArenas() {
        return confinedArenas;
    }

    /// {@return a new arena that any thread may use and close} See [OffHeapArena]. Its close stops all threads of the JVM for a
    /// moment, as that of `Arena.ofShared` does, 20 us to 16 ms: [#sharedGroup()] does that once for many arenas.
    ///
    /// The allocator cannot be closed while it is open.
    ///
    /// @throws IllegalStateException if the allocator is closed
    public OffHeapArena ofShared() {
        StackRoom.requireMuch();
        return backend.openArenas.open(() -> new SharedArena(backend.hidden, backend.openArenas));
    }

    /// {@return a group that opens shared arenas, of which 64 end together} See [ArenaGroup] for what they promise.
    ///
    /// @throws IllegalStateException if the allocator is closed
    public ArenaGroup sharedGroup() {
        return sharedGroup(ArenaGroup.USUAL_BATCH);
    }

    /// {@return a group that opens shared arenas, of which so many end together} See [ArenaGroup] for what they promise.
    ///
    /// @param batchSize `1 .. 65536` arenas
    /// @throws IllegalArgumentException if it is out of range
    /// @throws IllegalStateException    if the allocator is closed
    public ArenaGroup sharedGroup(int batchSize) {
        if (batchSize < 1 || batchSize > ArenaGroup.LARGEST_BATCH) {
            throw new IllegalArgumentException("batchSize=" + batchSize + ", not 1 .. " + ArenaGroup.LARGEST_BATCH);
        }
        StackRoom.requireMuch();
        return backend.openArenas.open(() -> new ArenaGroup(backend.hidden, backend.openArenas, batchSize));
    }

    /// {@return a new arena that any thread may use, and that ends when nothing of it is reachable any more} Its `close` throws
    /// `UnsupportedOperationException`. What automatic arenas and direct buffers hold together is bounded: see
    /// [Builder#directLimit]. The end of the allocator does not wait for it; its segments read zeros then.
    ///
    /// @throws IllegalStateException if the allocator is closed
    public OffHeapArena ofAuto() {
        lifecycle.checkOpen();
        return new AutoArena(lifecycle, backend.collected);
    }

    /// {@return the arena that any thread may use and that lives as long as the allocator} The same at every call. Its `close`
    /// throws `UnsupportedOperationException`, its scope is that of `Arena.global()`. After the end of the allocator its segments
    /// read zeros, and it allocates no more.
    public OffHeapArena global() {
        return global;
    }

    /// {@return a new direct buffer, as `ByteBuffer.allocateDirect` makes it} Zero-filled, big-endian, position 0;
    /// its memory is reclaimed when nothing of it (view, slice, segment) is reachable any more, or by [#free(ByteBuffer)].
    ///
    /// Where nearly all buffers were dropped of late, up to 32 of 2 KiB or less, 32 KiB at most, may be reclaimed together, when nothing of any
    /// of them is reachable; segments of them have the same scope then.
    ///
    /// What direct buffers and automatic arenas hold is bounded ([Builder#directLimit], [Builder#hardLimit]). At the bound the call has
    /// the garbage collector run and waits for what it finds, about a second at most, before it fails.
    ///
    /// @param capacity bytes, 0 or more
    /// @throws IllegalArgumentException if the capacity is negative
    /// @throws OutOfMemoryError         if the memory cannot be had
    /// @throws IllegalStateException    if the allocator is closed
    public ByteBuffer allocateDirect(int capacity) {
        Requests.checkCapacity(capacity);
        lifecycle.checkOpen();
        StackRoom.requireLittle();
        try {
            return directBuffers.allocate(capacity);
        } catch (RuntimeException | AssertionError e) {
            throw lifecycle.unlessClosed(e);
        }
    }

    /// Frees the memory of a direct buffer before the collector would. Nobody has to: exactly one of this and the collector
    /// does it.
    ///
    /// Like `free` of a segment it ends nobody's access: the buffer, its views and segments must not be used any more, nor be
    /// in use by a channel.
    ///
    /// @param buffer as [#allocateDirect] handed it out, in any state; not a view, slice or duplicate of it
    /// @throws IllegalArgumentException if it is no live buffer of this allocator as it was handed out: foreign, a view, or freed
    ///                                  already; nothing has changed then
    /// @throws IllegalStateException    if the allocator is closed
    public void free(ByteBuffer buffer) {
        lifecycle.checkOpen();
        StackRoom.requireLittle();
        try {
            directBuffers.free(buffer);
        } catch (RuntimeException | AssertionError e) {
            throw lifecycle.unlessClosed(e);
        }
    }

    /// Allocates a block whose contents are let go of while it is not pinned. It is zero-filled, and volatile from the
    /// start; [VolatileMemory] says what is promised.
    ///
    /// It takes whole pages, and what is not pinned is purged by age together with freed memory: before growth at a limit,
    /// under pressure, and by [#purge]; not by decay, since its contents are worth something.
    ///
    /// @param byteSize bytes, 0 or more
    /// @return the block, which the caller closes; the end of the allocator closes it too
    /// @throws IllegalArgumentException if the size is negative
    /// @throws OutOfMemoryError         if the memory cannot be had
    /// @throws IllegalStateException    if the allocator is closed
    public VolatileMemory allocateVolatile(long byteSize) {
        Requests.check(byteSize, 1);
        return backend.allocateVolatile(byteSize);
    }

    /// Gives back everything volatile now, and what the calling thread and ended threads have cached. What others are
    /// giving back at this moment is waited for, so that it is gone too afterwards.
    ///
    /// @return bytes given back to the operating system
    /// @throws OsException           if the operating system refused to take any of it
    /// @throws IllegalStateException if the allocator is closed
    public long purge() {
        return backend.purge();
    }

    /// Has a listener told when this allocator's memory is short:
    ///
    /// - whenever the level of pressure changes, and every second while it is CRITICAL, after this allocator has given
    ///   back what the level asks for; the daemon calls the listener. Falling back to NONE is told too;
    /// - before an allocation fails at the hard limit, after caches were flushed and everything volatile was
    ///   purged. The allocation is tried once more then; its thread calls the listener.
    ///
    /// @param listener told from now on
    /// @return its place, to be closed when it is to be told no more
    /// @throws IllegalStateException if the allocator is closed
    public PressureListener.Registration onPressure(PressureListener listener) {
        lifecycle.checkOpen();
        return backend.listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    /// {@return what the safety kit knows, nothing if debugging is off} All blocks that it keeps are checked first, which takes as long
    /// as reading them; nobody is stopped. See [Builder#debug].
    ///
    /// @throws IllegalStateException if the allocator is closed
    public Optional<DebugReport> debugReport() {
        return lifecycle.whileOpen(() -> Optional.ofNullable(backend.kit).map(SafetyKit::report));
    }

    /// {@return what the allocator holds and has done} Stops nobody; asks the operating system for the
    /// resident bytes, about a nanosecond a page.
    ///
    /// @throws IllegalStateException if the allocator is closed
    public AllocatorStats stats() {
        return backend.stats();
    }

    /// Ends the allocator. Every block is gone; memory of explicit lifetime that is touched later reads zeros.
    /// Volatile blocks are closed. Idempotent.
    ///
    /// @throws IllegalStateException if an arena is open or a volatile block pinned; nothing has changed then
    /// @throws OsException           if the operating system refuses to take memory back; the allocator is
    ///                               closed all the same
    /// @throws UnsupportedOperationException if it is [#shared]; nothing has changed then
    @Override
    public void close() {
        if (SharedAllocator.is(this)) {
            throw new UnsupportedOperationException("the allocator " + backend.name() + " belongs to the whole process");
        }
        backend.close();
    }

    @Override
    public String toString() {
        return "OffHeapAllocator[" + backend.name() + (lifecycle.isClosed() ? ", closed]" : "]");
    }

    /// Walks everything. For tests, when nobody else uses the allocator; the daemon may be at work in between, which
    /// is told from a mistake by the statistics, and then all is checked again.
    ///
    /// @return true
    /// @throws AssertionError naming the invariant
    boolean checkInvariants() {
        return backend.checkInvariants();
    }

    /// Builds an allocator. Not thread-safe; may be used again after [#build].
    public static final class Builder {

        private String name = "offheap";
        private long softLimit = AllocatorOptions.NO_LIMIT;
        private long hardLimit = AllocatorOptions.NO_LIMIT;
        private Reserve reserve = Reserve.DEFAULT;
        private long decayNanos = AllocatorOptions.DEFAULT_DECAY.toNanos();
        private int shards = Runtime.getRuntime().availableProcessors();
        private boolean lazyFree;
        private Checks checks = Checks.ON;
        private HugePages hugePages = HugePages.MADVISE;
        private boolean managementBeans = true;
        private OptionalLong directLimit = OptionalLong.empty();
        private boolean explicitGc;
        private boolean zeroOnFree;
        private boolean coreDumps = true;
        private Debugging debug = Debugging.fromProperty();
        private Optional<List<PressureSource>> sources = Optional.empty();

        private Builder() {}

        /// Sets the name that shows in statistics and messages.
        ///
        /// @param newName not empty
        /// @throws IllegalArgumentException if it is empty
        public Builder name(String newName) {
            name = Arguments.name(newName);
            return this;
        }

        /// Sets what `active + volatile + metadata` bytes never exceed. Default: no limit of its own.
        ///
        /// @param bytes at least one page
        /// @throws IllegalArgumentException if it is not positive
        public Builder hardLimit(long bytes) {
            hardLimit = Arguments.positive("hardLimit", bytes);
            return this;
        }

        /// Sets above how many bytes growth purges first. Default: no limit.
        ///
        /// @param bytes at least one page, at most the hard limit
        /// @throws IllegalArgumentException if it is not positive
        public Builder softLimit(long bytes) {
            softLimit = Arguments.positive("softLimit", bytes);
            return this;
        }

        /// Sets how much room is kept free below each limit that others count against too, such as a container's: growth
        /// that would use it purges first. Default: the larger of 32 MiB and 5 % of the limit, at most a quarter of it.
        /// It does not apply to the hard and the soft limit, which are exact.
        ///
        /// @param bytes 0 or more; more than half of a limit counts as half of it
        /// @throws IllegalArgumentException if it is negative
        public Builder reserve(long bytes) {
            reserve = Reserve.of(bytes);
            return this;
        }

        /// Sets how long unused memory stays while nobody is short of it. Default: 10 s.
        ///
        /// @param decay zero: not at all, freed pages are given back at every free; -1 (of nanoseconds,
        ///              milliseconds or seconds): for ever
        /// @throws IllegalArgumentException if it is negative otherwise, or longer than a year
        public Builder decay(Duration decay) {
            decayNanos = Decay.periodNanos(decay);
            return this;
        }

        /// Sets whether the kernel is told of every freed run that it may take its memory (`MADV_FREE`), so that
        /// it can do so without us. Default: no; resident memory looks larger than it is, and each free of
        /// a run costs a system call. A decay of zero overrides it.
        public Builder lazyFree(boolean lazy) {
            lazyFree = lazy;
            return this;
        }

        /// Sets whether frees are checked. Default: [Checks#ON].
        ///
        /// @param newChecks not null
        public Builder checks(Checks newChecks) {
            checks = Objects.requireNonNull(newChecks, "checks");
            return this;
        }

        /// Sets whether large blocks are backed by huge pages. Default: [HugePages#MADVISE].
        ///
        /// @param newHugePages not null
        public Builder hugePages(HugePages newHugePages) {
            hugePages = Objects.requireNonNull(newHugePages, "hugePages");
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

        /// Sets whether the allocator shows as management beans ([AllocatorMXBean]), where the JVM has the module
        /// `java.management`. Default: yes. The first use of management in a process costs some 100 ms.
        public Builder managementBeans(boolean shown) {
            managementBeans = shown;
            return this;
        }

        /// Sets how many bytes direct buffers and automatic arenas may hold, together: what is in use, what the
        /// collector has not found yet, and what it has and the next ones may take. At the limit the collector is made to run before an
        /// allocation fails. From 1 MiB on small blocks count with the slots they take, below with what was asked for. Default: what bounds the JDK's own, `-XX:MaxDirectMemorySize`, where the runtime has the module
        /// `jdk.management` to tell of it, else as much as the heap may have. To ask costs the first allocator of a process some 50 ms,
        /// unless it has used management before.
        ///
        /// @param bytes at least 1
        /// @throws IllegalArgumentException if it is not positive
        public Builder directLimit(long bytes) {
            directLimit = OptionalLong.of(Arguments.positive("directLimit", bytes));
            return this;
        }

        /// Sets whether `System.gc()`, a full collection, may be called for direct buffers and automatic arenas that were dropped:
        ///
        /// - before an allocation fails at [#directLimit], or at the hard limit, that they stand in the way of, as the JDK does it for its own
        ///   buffers. If it may not be, young collections are provoked, by filling the young generation, which find what was dropped soon after
        ///   it was allocated, and, where the heap has 256 MiB or less, then one of the old generation, by filling that;
        /// - when the container or the host is short of memory and nothing is volatile any more: by the thread that wants a further buffer or
        ///   block of such an arena, and by the daemon while the level is `CRITICAL`. If it may not be, nothing is done: what would provoke
        ///   a collection makes memory resident. Where such a collection finds less than an eighth of what they have, the next one comes after
        ///   twice as much growth, or time.
        ///
        /// Default: no.
        public Builder explicitGc(boolean called) {
            explicitGc = called;
            return this;
        }

        /// Sets whether blocks are overwritten with zeros when they are freed, so that what was in them neither lies about in memory
        /// nor shows in uninitialized memory: keys, passwords, what people entrust to a service. Default: no. It costs what zeroing costs,
        /// 6 ns for 64 bytes and some 10 us for 1 MiB, where a free costs a few.
        ///
        /// It holds for all surfaces: blocks, arenas at their close, buffers and volatile blocks, and for the end that `reallocate` cuts
        /// off in place; not for what the end of a block keeps unused while it is in use. 16 MiB and more are given back to the
        /// operating system instead, which zeroes pages before anybody gets them.
        public Builder zeroOnFree(boolean zeroed) {
            zeroOnFree = zeroed;
            return this;
        }

        /// Sets whether core dumps of the process show the memory of the allocator. Default: yes. Without it a dump is as small as if
        /// the allocator were empty, and tells nothing of what is in it (`MADV_DONTDUMP`); with portable pages, or a kernel
        /// that refuses, dumps show it all the same.
        public Builder coreDumps(boolean shown) {
            coreDumps = shown;
            return this;
        }

        /// Sets what the safety kit does: records where sampled blocks come from, finds out what is written where it must not be, and says
        /// what was never freed (docs/debugging.md). Default: what the system property `io.offheap.debug` says ([Debugging#parse]),
        /// else nothing.
        ///
        /// @param newDebug not null
        public Builder debug(Debugging newDebug) {
            debug = Objects.requireNonNull(newDebug, "debug");
            return this;
        }

        /// {@return a new allocator}
        ///
        /// @throws IllegalArgumentException      if a limit is below one page or the soft one above the hard one
        /// @throws UnsupportedOperationException if the platform is not supported (docs/platforms.md)
        /// @throws IllegalCallerException        if native access is denied to this library; the message names the flag
        /// @throws OutOfMemoryError              if no address space can be reserved
        /// @throws OsException                   if the operating system refuses to for another reason
        public OffHeapAllocator build() {
            return new OffHeapAllocator(options());
        }

        AllocatorOptions options() {
            final var freedRuns = decayNanos == 0 ? FreedRuns.PURGED : lazyFree ? FreedRuns.LAZY : FreedRuns.VOLATILE;
            return new AllocatorOptions(name, softLimit, hardLimit, reserve, decayNanos, shards, freedRuns, checks,
                    hugePages, sources, managementBeans, directLimit.orElseGet(DirectMemoryOption::bytes), explicitGc, zeroOnFree,
                    coreDumps, debug);
        }
    }
}
