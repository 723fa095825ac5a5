package io.offheap.memory.frame;

import io.offheap.memory.types.OsException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Which frame is taken next: of the free ones of a pool, and of those that were never carved.
///
/// ```
///   pool  dirty frames: have memory and old contents
///         clean frames: have none any more
///         rest of its window, or for the first pool of the region: never carved
/// ```
///
/// A pool has the frames of one NUMA policy, which the kernel places a window at a time. The first has none, and carves
/// frame by frame. A frame that becomes free belongs to the pool that carved it.
///
/// Guarded by the lock of the domain.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **I12** a free frame has no references, and is in one list of its pool, once; dirty and clean ones are as many as are counted
final class FreeFrames {

    private static final int NONE = FrameTable.NONE;

    /// Frames that a pool takes at a time: 2 MiB at pages of 4 KiB. Each window of a policy costs two of the kernel's
    /// mappings, so there are no smaller ones.
    private static final int WINDOW = 512;

    /// Frames of one NUMA policy. The first pool has none, and takes frame by frame.
    private static final class Pool {
        final int mode;
        final long nodeMask;
        int clean = NONE;
        int dirty = NONE;
        int next;
        int end;

        Pool(int mode, long nodeMask) {
            this.mode = mode;
            this.nodeMask = nodeMask;
        }
    }

    private final FrameRegion region;
    private final FrameTable table;
    private final List<Pool> pools = new ArrayList<>(List.of(new Pool(0, 0)));

    /// Windows of the pools but the first, by their first frame: all other frames are the first pool's.
    private final TreeMap<Integer, Pool> windows = new TreeMap<>();

    /// The first frame that belongs to nobody's window.
    private int top;

    private int carved;
    private int cleanCount;
    private int dirtyCount;
    private long refusals;

    /// None, and none carved.
    ///
    /// @param region where they are
    /// @param table  has room for each that is carved, and links the lists
    FreeFrames(FrameRegion region, FrameTable table) {
        this.region = region;
        this.table = table;
    }

    /// Makes a pool of frames that the kernel places by a NUMA policy (`mbind`).
    ///
    /// @return its number for [#take]; 0, the pool without a policy, if no whole window is left
    /// @throws OsException if the kernel refuses; nothing has changed then
    int newPool(int mode, long nodeMask) {
        final var pool = new Pool(mode, nodeMask);
        if (!openWindow(pool)) {
            return 0;
        }
        pools.add(pool);
        return pools.size() - 1;
    }

    private boolean openWindow(Pool pool) {
        if (region.capacity() - top < WINDOW) {
            return false;
        }
        region.bindToNodes(top, WINDOW, pool.mode, pool.nodeMask);
        pool.next = top;
        pool.end = top + WINDOW;
        windows.put(top, pool);
        top += WINDOW;
        return true;
    }

    private Pool poolOf(int frame) {
        final var window = windows.isEmpty() ? null : windows.floorEntry(frame);
        return window != null && frame < window.getKey() + WINDOW ? window.getValue() : pools.getFirst();
    }

    /// Takes one of those that there are: the caller has made sure of that.
    ///
    /// @param wanted number of the pool; if it has none left, another's frame is as good as none
    /// @param zero   whether it must read as zero; otherwise its contents are unspecified
    int take(int wanted, boolean zero) {
        int frame = take(pools.get(wanted), zero);
        for (int other = 0; frame == NONE; other++) {
            frame = take(pools.get(other), zero);
        }
        return frame;
    }

    private int take(Pool pool, boolean zero) {
        if (pool.dirty != NONE) {                                       // zeroing one costs less than a page fault
            final int frame = popDirty(pool);
            if (zero) {
                region.zero(frame);
            }
            return frame;
        }
        if (pool.clean != NONE) {
            return popClean(pool);
        }
        return carve(pool);
    }

    private int popClean(Pool pool) {
        final int frame = pool.clean;
        pool.clean = table.next(frame);
        cleanCount--;
        return frame;
    }

    private int popDirty(Pool pool) {
        final int frame = pool.dirty;
        pool.dirty = table.next(frame);
        dirtyCount--;
        return frame;
    }

    private int carve(Pool pool) {
        if (pool == pools.getFirst()) {
            return top == region.capacity() ? NONE : carveTop();
        }
        if (pool.next == pool.end && !reopen(pool)) {
            return NONE;
        }
        table.makeRoom(pool.next);
        carved++;
        return pool.next++;
    }

    private int carveTop() {
        table.makeRoom(top);
        carved++;
        return top++;
    }

    /// What the kernel did once it does again; if not, frames come from elsewhere.
    private boolean reopen(Pool pool) {
        try {
            return openWindow(pool);
        } catch (OsException refused) {
            refusals++;
            return false;
        }
    }

    /// Makes a frame free that has memory.
    void addDirty(int frame) {
        final var pool = poolOf(frame);
        table.setNext(frame, pool.dirty);
        pool.dirty = frame;
        dirtyCount++;
    }

    /// Makes a frame free that has no memory.
    void addClean(int frame) {
        final var pool = poolOf(frame);
        table.setNext(frame, pool.clean);
        pool.clean = frame;
        cleanCount++;
    }

    /// Takes frames that have memory, as many as there is place for, or all.
    void takeDirty(Taken taken) {
        for (final var pool : pools) {
            while (!taken.isFull() && pool.dirty != NONE) {
                taken.add(popDirty(pool));
            }
        }
    }

    /// Takes frames that have no memory, of the first pool, as many as there is place for, or all; without Java heap fewer.
    void takeBare(Taken taken) {
        final var pool = pools.getFirst();
        try {
            while (!taken.isFull() && pool.clean != NONE) {
                taken.add(popClean(pool));
            }
            while (!taken.isFull() && top < region.capacity()) {
                taken.add(carveTop());
            }
        } catch (OutOfMemoryError heapIsFull) {
            assert top < region.capacity();                             // then those that there are
        }
    }

    /// {@return how many have memory}
    int dirty() {
        return dirtyCount;
    }

    /// {@return how many were carved and have no memory any more}
    int clean() {
        return cleanCount;
    }

    /// {@return how many frames were ever taken} They need not be the first, if there are pools.
    int carved() {
        return carved;
    }

    /// {@return the end of the frames that were carved, or may be by a pool that has its window}
    int top() {
        return top;
    }

    /// {@return how often the kernel refused another window}
    long refusals() {
        return refusals;
    }

    /// Recomputes I12. O(free).
    ///
    /// @return true
    /// @throws AssertionError naming what is wrong
    boolean checkInvariants() {
        int cleanLength = 0;
        int dirtyLength = 0;
        for (final var pool : pools) {
            cleanLength += length(pool, pool.clean);
            dirtyLength += length(pool, pool.dirty);
        }
        if (cleanLength != cleanCount || dirtyLength != dirtyCount) {
            throw new AssertionError("I12: %d clean (%d), %d dirty (%d)"
                    .formatted(cleanLength, cleanCount, dirtyLength, dirtyCount));
        }
        return true;
    }

    private int length(Pool pool, int head) {
        int length = 0;
        for (int frame = head; frame != NONE; frame = table.next(frame)) {
            if (table.references(frame) != 0 || poolOf(frame) != pool || ++length > carved) {
                throw new AssertionError("I12: frame " + frame + " is free and in use, free twice, or in the wrong pool");
            }
        }
        return length;
    }
}
