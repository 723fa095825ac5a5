package io.offheap.allocator;

import io.offheap.memory.util.AlignedMath;
import io.offheap.memory.util.StackRoom;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The memory of an arena that any thread may use: blocks of the allocator whose bytes are handed out front to back.
///
/// ```
///   newest --> chunk 512 B --> chunk 256 B --> chunk 128 B --> the empty chunk
///   alone  --> 70 000 B --> 1 MiB --> the empty chunk
/// ```
///
/// A chunk is as large as the first request and each further one twice as large as the last, up to a bound, so that an arena
/// with one small segment holds one small block. What would waste much of a chunk is a block of its own.
///
/// A chunk is zeroed before anybody sees it. Zeroing what was handed out would be too late: the arena may be closed
/// meanwhile, and the memory be somebody else's.
///
/// Any thread may call any method, with no lock held. Both lists end in [#FREED] for good.
final class Chunks {

    private static final long SMALLEST = 64;
    private static final long LARGEST = 8 << 10;

    /// The end of a list, and the chunk that is always full.
    private static final Chunk EMPTY = new Chunk(0, 0, 0, null);

    /// The list of an arena whose memory went back.
    private static final Chunk FREED = new Chunk(0, 0, 0, null);

    private static final VarHandle NEXT;
    private static final VarHandle NEWEST;
    private static final VarHandle ALONE;

    static {
        try {
            final var lookup = MethodHandles.lookup();
            NEXT = lookup.findVarHandle(Chunk.class, "next", long.class);
            NEWEST = lookup.findVarHandle(Chunks.class, "newest", Chunk.class);
            ALONE = lookup.findVarHandle(Chunks.class, "alone", Chunk.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final class Chunk {
        final long address;
        final long end;
        final Chunk older;

        /// First free byte.
        private volatile long next;

        Chunk(long address, long size, long used, Chunk older) {
            this.address = address;
            this.end = address + size;
            this.next = address + used;
            this.older = older;
        }

        long size() {
            return end - address;
        }

        /// {@return an aligned address with `size` bytes, or 0 if there is no room}
        long take(long size, long alignment) {
            while (true) {
                final long from = next;
                final long address = AlignedMath.alignUp(from, alignment);
                if (address < from || size > end - address) {
                    return 0;
                }
                if (NEXT.compareAndSet(this, from, address + size)) {
                    return address;
                }
            }
        }
    }

    private final HiddenBlocks blocks;
    private final boolean isForEver;                    // so nobody has to free it

    private volatile Chunk newest = EMPTY;
    private volatile Chunk alone = EMPTY;

    private Chunks(HiddenBlocks blocks, boolean isForEver) {
        this.blocks = blocks;
        this.isForEver = isForEver;
    }

    /// {@return chunks of an arena that somebody closes}
    static Chunks of(HiddenBlocks blocks) {
        return new Chunks(blocks, false);
    }

    /// {@return chunks that end with the allocator}
    static Chunks forEver(HiddenBlocks blocks) {
        return new Chunks(blocks, true);
    }

    /// {@return the address of bytes that nobody else has}
    ///
    /// @param byteSize      0 or more; 0 gives an address of its own
    /// @param byteAlignment a power of two
    /// @param zeroed        whether they must be zero
    /// @throws OutOfMemoryError      if they cannot be had
    /// @throws IllegalStateException if the memory was freed
    long allocate(long byteSize, long byteAlignment, boolean zeroed) {
        final long size = Math.max(byteSize, 1);
        while (true) {
            final var chunk = newest;
            final long address = chunk.take(size, byteAlignment);
            if (address != 0) {
                return address;
            }
            checkNotFreed(chunk);
            if (isAlone(size, byteAlignment)) {
                return allocateAlone(size, byteAlignment, zeroed);
            }
            add(chunk, sizeAfter(chunk.size(), size), byteAlignment);
        }
    }

    private static void checkNotFreed(Chunk chunk) {
        if (chunk == FREED) {
            throw new IllegalStateException("Already closed");
        }
    }

    /// {@return whether a request would waste much of a chunk, and has a block of its own}
    static boolean isAlone(long size, long alignment) {
        return size > LARGEST / 2 || alignment > LARGEST / 2;
    }

    /// {@return the size of the chunk for a request that another one has no room for}
    ///
    /// @param last size of that one, 0 if there is none
    static long sizeAfter(long last, long request) {
        return Math.clamp(Math.max(2 * last, ceilingPowerOfTwo(request)), SMALLEST, LARGEST);
    }

    private static long ceilingPowerOfTwo(long value) {
        return value <= 1 ? 1 : Long.highestOneBit(value - 1) << 1;
    }

    /// Puts a new chunk before a full one, unless somebody else has.
    private void add(Chunk full, long size, long alignment) {
        StackRoom.requireMuch();
        final long address = block(size, alignment, true);
        final var chunk = new Chunk(address, size, 0, full);
        if (!NEWEST.compareAndSet(this, full, chunk)) {
            blocks.freeHidden(address);
        }
    }

    private long allocateAlone(long size, long alignment, boolean zeroed) {
        StackRoom.requireMuch();
        final long address = block(size, alignment, zeroed);
        while (true) {
            final var older = alone;
            if (older == FREED) {
                blocks.freeHidden(address);
                throw new IllegalStateException("Already closed");
            }
            if (ALONE.compareAndSet(this, older, new Chunk(address, size, size, older))) {
                return address;
            }
        }
    }

    private long block(long size, long alignment, boolean zeroed) {
        final long address = blocks.allocateHidden(size, alignment, zeroed);
        return isForEver ? blocks.leaveToCollector(address) : address;
    }

    /// Gives everything back. Nobody may be able to access it any more; an allocation at the same time throws.
    void free() {
        freeList((Chunk) NEWEST.getAndSet(this, FREED));
        freeList((Chunk) ALONE.getAndSet(this, FREED));
    }

    private void freeList(Chunk first) {
        for (var chunk = first; chunk != EMPTY && chunk != FREED; chunk = chunk.older) {
            blocks.freeHidden(chunk.address);
        }
    }
}
