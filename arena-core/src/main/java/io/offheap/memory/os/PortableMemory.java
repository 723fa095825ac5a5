package io.offheap.memory.os;

import io.offheap.memory.util.AlignedMath;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// [SystemMemory] without an operating system: chunks of memory from the JDK's own arenas.
///
/// ```
///   reserve --> Chunk, an arena of its own --- released as a whole ---> arena closed
///                    |                    \--- some of it abandoned --> waits, zeroed --> a later reserve
///                    +-- DONTNEED: the pages are zeroed
/// ```
///
/// The JDK gives memory, never addresses alone: all that is reserved is resident, and purging zeroes pages instead of giving
/// them back. What is abandoned may still be touched through stale pointers, so it is not freed; it is handed out
/// again once more than [#KEPT_BYTES] wait.
///
/// - **Errors** are those of Linux: misaligned or empty ranges are EINVAL, foreign ones ENOMEM; what the JDK cannot have is ENOMEM.
/// - **Hints** (COLD, WILLNEED, huge pages, DONTDUMP and the like) are taken and have no effect.
/// - **Not there** (ENOSYS): batches, remapping, files, NUMA. Threads are not fenced.
///
/// ## Concurrency
/// Thread-safe. Chunks that wait are guarded by their queue; every chunk counts for itself.
final class PortableMemory implements SystemMemory {

    /// Of ours, since no system call hears of it.
    static final long PAGE_SIZE = 4096;

    /// How much abandoned memory waits before any of it is handed out again, bytes: some closed allocators' worth.
    static final long KEPT_BYTES = 64L << 20;

    /// By address. A chunk that waits is not in it: nothing in it may be asked for.
    private final ConcurrentNavigableMap<Long, Chunk> chunks = new ConcurrentSkipListMap<>();

    /// In the order in which they were abandoned. Its own lock guards it.
    private final Deque<Chunk> waiting = new ArrayDeque<>();

    /// Guarded by the lock of the queue.
    private long waitingBytes;

    /// One allocation of the JDK.
    private static final class Chunk {
        private final Arena arena;
        private final long address;
        private final long capacity;

        /// Bytes that were asked for; at most the capacity.
        private long size;

        /// Of the size, not given back yet. Guarded by the chunk.
        private long left;

        /// Whether some of it was abandoned. Guarded by the chunk.
        private boolean hasStalePointers;

        Chunk(Arena arena, long address, long capacity) {
            this.arena = arena;
            this.address = address;
            this.capacity = capacity;
        }

        /// {@return whether that was the last of it}
        synchronized boolean give(long bytes, boolean abandoned) {
            assert bytes <= left : "0x%x: %d bytes given back, %d left".formatted(address, bytes, left);
            left -= bytes;
            hasStalePointers |= abandoned;
            return left == 0;
        }

        synchronized boolean hasStalePointers() {
            return hasStalePointers;
        }

        synchronized void begin(long bytes) {
            size = bytes;
            left = bytes;
            hasStalePointers = false;
        }
    }

    @Override
    public long pageSize() {
        return PAGE_SIZE;
    }

    @Override
    public boolean reservesAddressesOnly() {
        return false;
    }

    @Override
    public long reserve(long size) {
        requireSize("reserve", 0, size);
        final var waited = takeWaiting(size);
        final var chunk = waited != null ? waited : allocate(size);
        chunk.begin(size);
        chunks.put(chunk.address, chunk);
        return chunk.address;
    }

    private static Chunk allocate(long size) {
        final var arena = Arena.ofShared();
        try {
            return new Chunk(arena, arena.allocate(size, PAGE_SIZE).address(), size);
        } catch (OutOfMemoryError e) {
            arena.close();
            final var failure = Errno.ENOMEM.of("reserve", size + " bytes");
            failure.initCause(e);
            throw failure;
        }
    }

    /// {@return the chunk that fits and has waited longest, zeroed again, or null} Less than half of one is not worth it.
    private Chunk takeWaiting(long size) {
        final var found = removeWaiting(size);
        if (found != null) {
            RawMemory.zero(found.address, found.capacity);              // a stale pointer may have led there
        }
        return found;
    }

    private Chunk removeWaiting(long size) {
        synchronized (waiting) {
            if (waitingBytes <= KEPT_BYTES) {
                return null;
            }
            for (final Iterator<Chunk> oldest = waiting.iterator(); oldest.hasNext(); ) {
                final var chunk = oldest.next();
                if (chunk.capacity / 2 < size && size <= chunk.capacity) {
                    oldest.remove();
                    waitingBytes -= chunk.capacity;
                    return chunk;
                }
            }
            return null;
        }
    }

    @Override
    public void release(long address, long size) {
        give(find("release", address, size), size, false);
    }

    @Override
    public void abandon(long address, long size) {
        final var chunk = find("abandon", address, size);
        RawMemory.zero(address, size);
        give(chunk, size, true);
    }

    private void give(Chunk chunk, long bytes, boolean abandoned) {
        if (!chunk.give(bytes, abandoned)) {
            return;
        }
        chunks.remove(chunk.address);
        if (!chunk.hasStalePointers()) {
            chunk.arena.close();
            return;
        }
        synchronized (waiting) {
            waiting.add(chunk);
            waitingBytes += chunk.capacity;
        }
    }

    /// {@return bytes of abandoned chunks that wait to be handed out again} For tests.
    long waitingBytes() {
        synchronized (waiting) {
            return waitingBytes;
        }
    }

    /// There is memory already.
    @Override
    public void commit(long address, long size) {
        find("commit", address, size);
    }

    @Override
    public void advise(long address, long size, Advice advice) {
        find("advise", address, size);
        switch (advice) {
            case DONTNEED -> RawMemory.zero(address, size);
            case REMOVE -> throw Errno.EINVAL.of("advise", Errno.range(address, size) + ", REMOVE");
            case FREE, COLD, PAGEOUT, WILLNEED, HUGEPAGE, NOHUGEPAGE, DONTDUMP -> { }
        }
    }

    @Override
    public boolean advisesInBatches() {
        return false;
    }

    @Override
    public long adviseAll(long[] addresses, long[] sizes, int count, Advice advice) {
        throw missing("adviseAll");
    }

    @Override
    public boolean fencesThreads() {
        return false;
    }

    @Override
    public void fenceThreads() {
        // says that it does not
    }

    /// {@return all of it}
    @Override
    public long residentBytes(long address, long size) {
        find("residentBytes", address, size);
        return size;
    }

    @Override
    public long remap(long address, long oldSize, long newSize) {
        throw missing("remap");
    }

    @Override
    public int createMemoryFile(String name) {
        throw missing("createMemoryFile");
    }

    @Override
    public void sealAgainstShrinking(int file) {
        throw missing("sealAgainstShrinking");
    }

    @Override
    public int openFile(String path) {
        throw missing("openFile");
    }

    @Override
    public void resizeFile(int file, long size) {
        throw missing("resizeFile");
    }

    @Override
    public void allocateFile(int file, long offset, long size) {
        throw missing("allocateFile");
    }

    @Override
    public void punchHole(int file, long offset, long size) {
        throw missing("punchHole");
    }

    @Override
    public long mapFile(int file, long offset, long size, boolean shared) {
        throw missing("mapFile");
    }

    @Override
    public void closeFile(int file) {
        throw missing("closeFile");
    }

    @Override
    public void bindToNodes(long address, long size, int mode, long nodeMask) {
        throw missing("bindToNodes");
    }

    @Override
    public int nodePolicyAt(long address) {
        throw missing("nodePolicyAt");
    }

    private static RuntimeException missing(String call) {
        return Errno.ENOSYS.of(call, "portable pages");
    }

    private static void requireSize(String call, long address, long size) {
        if (size <= 0 || !AlignedMath.isAligned(size, PAGE_SIZE) || !AlignedMath.isAligned(address, PAGE_SIZE)) {
            throw Errno.EINVAL.of(call, Errno.range(address, size));
        }
    }

    private Chunk find(String call, long address, long size) {
        requireSize(call, address, size);
        final var below = chunks.floorEntry(address);
        if (below == null || address - below.getKey() > below.getValue().size - size) {
            throw Errno.ENOMEM.of(call, Errno.range(address, size));
        }
        return below.getValue();
    }
}
