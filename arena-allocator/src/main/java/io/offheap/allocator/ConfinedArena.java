package io.offheap.allocator;

import io.offheap.allocator.cache.ThreadCache;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.AlignedMath;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// An arena of one thread: takes blocks from the allocator and hands out their bytes front to back.
///
/// Its segments borrow the scope of a confined arena of the JDK, which knows how to refuse an access after
/// the end and a close during a downcall. Blocks go back only when that arena has been closed, so the
/// memory is used again only when no access is possible any more.
///
/// The first block comes with the arena and goes with it in one step each, so that the whole life of a small arena is
/// small enough for the JIT to see through, and none of its objects is made.
final class ConfinedArena implements OffHeapArena {

    /// Bytes of the first block; each further one is twice as large, up to the last.
    static final int FIRST_BLOCK = 1 << 10;
    private static final int LAST_BLOCK = 8 << 10;

    private static final long[] NONE = {};

    private final OffHeapAllocator allocator;
    private final ThreadCache firstCache;       // where the first block goes back to; null for a virtual thread, or if that is slow
    private final Thread owner = Thread.currentThread();
    private final Arena session = Arena.ofConfined();
    private final long first;

    private long second;                // the block after the first, 0 if there is none
    private long next;                  // first free byte of the current block
    private long end;                   // of the current block
    private long[] further = NONE;      // blocks after the second
    private int furtherCount;
    private int lastBlock = FIRST_BLOCK;

    /// Opens an arena of the calling thread. That comes last: with a block at hand nothing can fail any more for want of Java heap, and leave
    /// an arena that counts as open.
    ///
    /// @param allocator where its blocks come from, and what counts it
    ConfinedArena(OffHeapAllocator allocator) {
        this.allocator = allocator;
        final ThreadCache cache = allocator.ownCache();
        final long atHand = allocator.openArena(cache);
        this.first = atHand > 0 ? atHand : allocator.confinedArenas().open();
        this.firstCache = atHand > 0 ? cache : allocator.confinedArenas().cacheFor(first);
        this.next = first;
        this.end = first + FIRST_BLOCK;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        final long atHand = takeAtHand(byteSize, byteAlignment);
        final long address = atHand != 0 ? zero(atHand, byteSize) : takeSlow(byteSize, byteAlignment, true);
        return RawMemory.segment(address, byteSize, session);
    }

    @Override
    public MemorySegment allocateUninitialized(long byteSize, long byteAlignment) {
        final long atHand = takeAtHand(byteSize, byteAlignment);
        final long address = atHand != 0 ? atHand : takeSlow(byteSize, byteAlignment, false);
        return RawMemory.segment(address, byteSize, session);
    }

    private static long zero(long address, long size) {
        RawMemory.zero(address, size);
        return address;
    }

    /// {@return the address of bytes of the current block, or 0 if it takes a closer look}
    private long takeAtHand(long byteSize, long byteAlignment) {
        if (isUsable() && byteSize > 0 && byteSize <= FIRST_BLOCK && AlignedMath.isPowerOfTwo(byteAlignment)) {
            final long address = AlignedMath.alignUp(next, Math.max(byteAlignment, 1));
            if (byteSize <= end - address) {
                next = address + byteSize;
                return address;
            }
        }
        return 0;
    }

    /// The second block, if it is for one segment, is taken here: a call more, and the JIT does make objects of an arena for one large segment.
    private long takeSlow(long byteSize, long byteAlignment, boolean zeroed) {
        Requests.checkArguments(byteSize, byteAlignment);
        checkUsable();
        Requests.checkAddressable(byteSize, byteAlignment);
        if (byteSize > FIRST_BLOCK && second == 0) {
            second = allocator.confinedArenas().hidden().allocateHidden(byteSize, byteAlignment, zeroed);
            return second;
        }
        final long size = Math.max(byteSize, 1);        // an empty segment has an address of its own
        final long address = AlignedMath.alignUp(next, Math.max(byteAlignment, 1));
        if (address >= next && size <= end - address) {
            next = address + size;
            return zeroed ? zero(address, size) : address;
        }
        return takeFromNewBlock(size, byteAlignment, zeroed);
    }

    private long takeFromNewBlock(long size, long byteAlignment, boolean zeroed) {
        final int blockSize = Math.min(2 * lastBlock, LAST_BLOCK);
        if (size > blockSize / 2 || byteAlignment > blockSize / 2) {
            return takeBlock(size, byteAlignment, zeroed);
        }
        final long address = takeBlock(blockSize, byteAlignment, false);
        next = address + size;
        end = address + blockSize;
        lastBlock = blockSize;
        return zeroed ? zero(address, size) : address;
    }

    /// {@return the address of a block that goes with the arena} A large one may be known to read as zero, and is not zeroed again then.
    private long takeBlock(long size, long byteAlignment, boolean zeroed) {
        if (second != 0) {
            return takeFurther(size, byteAlignment, zeroed);
        }
        second = allocator.confinedArenas().hidden().allocateHidden(size, byteAlignment, zeroed);
        return second;
    }

    private long takeFurther(long size, long byteAlignment, boolean zeroed) {
        if (furtherCount == further.length) {
            further = Arrays.copyOf(further, Math.max(4, 2 * furtherCount));
        }
        final long address = allocator.confinedArenas().hidden().allocateHidden(size, byteAlignment, zeroed);
        further[furtherCount++] = address;
        return address;
    }

    private boolean isUsable() {
        return Thread.currentThread() == owner && session.scope().isAlive();
    }

    private void checkUsable() {
        if (!isUsable()) {
            throw notUsable();
        }
    }

    private RuntimeException notUsable() {
        return Thread.currentThread() != owner
                ? new WrongThreadException(
                        "Attempted access outside owning thread: " + Thread.currentThread() + ", the owner is " + owner)
                : new IllegalStateException("Already closed");
    }

    @Override
    public MemorySegment.Scope scope() {
        return session.scope();
    }

    @Override
    public void close() {
        checkUsable();
        try {
            session.close();
        } catch (RuntimeException | Error e) {
            if (!session.scope().isAlive()) {
                freeAll();                              // an action of the program's, run at the end, has thrown
            }
            throw e;
        }
        freeAll();
    }

    private void freeAll() {
        if (second != 0) {
            freeOthersToo();
        } else {
            allocator.arenaClosed(firstCache, first);
        }
    }

    /// The arena is open no more, also if a block cannot be given back.
    private void freeOthersToo() {
        try {
            final var blocks = allocator.confinedArenas().hidden();
            blocks.freeHidden(second);
            for (int i = 0; i < furtherCount; i++) {
                blocks.freeHidden(further[i]);
            }
        } finally {
            allocator.arenaClosed(firstCache, first);
        }
    }
}
