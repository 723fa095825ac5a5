package io.offheap.allocator.extent;

import io.offheap.memory.util.RankedLock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// From run numbers to runs: two levels, so that a number keeps its place and readers need no lock.
///
/// A number is recycled when its run is merged away. Whoever reads a page map word sees the run that the
/// word was written for, because the run is entered before the word is written.
///
/// ## Concurrency
/// Writers hold the lock, of rank `RUN_TABLE`. Readers load plainly.
///
/// ## Invariants
/// - **T1** a number is in use exactly when its place holds a run with that number
public final class ExtentTable {

    private static final int LG_CHUNK = 12;
    private static final int CHUNK = 1 << LG_CHUNK;
    private static final int MOST_CHUNKS = 1 << 14;                     // 2^26 runs

    private final RankedLock lock = new RankedLock(RankedLock.Rank.RUN_TABLE);
    private final Extent[][] chunks = new Extent[MOST_CHUNKS][];

    // Guarded by the lock.
    private int used;                                                   // numbers ever given out; 0 is never one
    private int[] free = new int[64];                                   // has a place for each number in use
    private int freeCount;

    /// {@return the run with number `id`, null if there is none}
    public Extent get(int id) {
        final var chunk = chunks[id >>> LG_CHUNK];
        return chunk == null ? null : chunk[id & CHUNK - 1];
    }

    /// {@return a new run, held, with a number of its own}
    ///
    /// @throws OutOfMemoryError if there are too many, or the Java heap is full; nothing has changed then
    Extent create(ExtentAllocator owner, long address, long size) {
        lock.lock();
        try {
            final int id = freeCount > 0 ? free[freeCount - 1] : used + 1;
            if (id >= MOST_CHUNKS * CHUNK) {
                throw new OutOfMemoryError("more than " + MOST_CHUNKS * CHUNK + " runs of pages");
            }
            makePlace(id);
            final var extent = new Extent(owner, id, address, size);
            chunks[id >>> LG_CHUNK][id & CHUNK - 1] = extent;
            if (freeCount > 0) {
                freeCount--;
            } else {
                used = id;
            }
            return extent;
        } finally {
            lock.unlock();
        }
    }

    /// Also for the number of the run once it is free again.
    private void makePlace(int id) {
        assert lock.isHeldByCurrentThread();
        if (chunks[id >>> LG_CHUNK] == null) {
            chunks[id >>> LG_CHUNK] = new Extent[CHUNK];
        }
        if (id > free.length) {
            free = Arrays.copyOf(free, free.length * 2);
        }
    }

    /// Forgets a held run that no page map word names any more. Allocates nothing.
    void retire(Extent extent) {
        lock.lock();
        try {
            assert get(extent.id()) == extent : "T1: " + extent;
            chunks[extent.id() >>> LG_CHUNK][extent.id() & CHUNK - 1] = null;
            free[freeCount++] = extent.id();
        } finally {
            lock.unlock();
        }
    }

    /// {@return how many runs there are}
    public int size() {
        lock.lock();
        try {
            return used - freeCount;
        } finally {
            lock.unlock();
        }
    }

    /// {@return the runs that there are, in no order} O(runs); for checks.
    public List<Extent> all() {
        lock.lock();
        try {
            final var found = new ArrayList<Extent>();
            for (int id = 1; id <= used; id++) {
                final var extent = get(id);
                if (extent != null) {
                    assert extent.id() == id : "T1: " + extent;
                    found.add(extent);
                }
            }
            assert found.size() == used - freeCount : "T1: " + found.size() + " runs, " + (used - freeCount) + " numbers";
            return found;
        } finally {
            lock.unlock();
        }
    }
}
