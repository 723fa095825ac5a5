package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.cache.ThreadCache;
import io.offheap.allocator.safety.BlockSource;
import io.offheap.memory.os.RawMemory;

/// Opens and closes arenas of one thread: each with its first block, and counted, so that the allocator stays open for it.
///
/// If the thread's cache has a block at hand, both happen there, in one step. Any thread; no lock may be held.
final class ConfinedArenas {

    private final Lifecycle lifecycle;
    private final Caches caches;
    private final ThreadCache[] cacheTable;
    private final int firstClass;
    private final boolean zeroesFreed;
    private final Blocks blocks;
    private final BlockSource source;
    private final HiddenBlocks hidden;

    /// @param cacheTable  where the calling thread's cache may be
    /// @param firstClass  the slot class of first blocks
    /// @param zeroesFreed whether what is freed is zeroed
    /// @param blocks      knows all blocks
    /// @param source      where first blocks come from that are not at hand
    /// @param hidden      where further blocks come from
    ConfinedArenas(Lifecycle lifecycle, Caches caches, ThreadCache[] cacheTable, int firstClass, boolean zeroesFreed, Blocks blocks,
            BlockSource source, HiddenBlocks hidden) {
        this.lifecycle = lifecycle;
        this.caches = caches;
        this.cacheTable = cacheTable;
        this.firstClass = firstClass;
        this.zeroesFreed = zeroesFreed;
        this.blocks = blocks;
        this.source = source;
        this.hidden = hidden;
    }

    /// {@return a new arena of the calling thread} Fast if a block is at hand.
    ///
    /// @throws OutOfMemoryError      if its first block cannot be had
    /// @throws IllegalStateException if the allocator is closed
    ConfinedArena open() {
        final ThreadCache cache = Caches.currentIn(cacheTable);
        final long atHand = cache == null ? 0 : cache.openArena(firstClass);
        final long first = atHand > 0 ? atHand : openSlow();
        final ThreadCache home = atHand > 0 ? cache : homeOf(first);
        return new ConfinedArena(this, hidden, home, first);    // the only one: with two the JIT could do without neither
    }

    /// {@return the first block of an arena, which counts as open}
    private long openSlow() {
        lifecycle.checkOpen();
        caches.arenaOpened();
        boolean done = false;
        try {
            final long first = source.allocateHidden(ConfinedArena.FIRST_BLOCK, 1, false);
            done = true;
            return first;
        } finally {
            if (!done) {
                caches.arenaClosed();
            }
        }
    }

    /// {@return the cache of the calling thread, if a block can go back there by the fast path, or null}
    private ThreadCache homeOf(long first) {
        return blocks.isNear(first) ? Caches.currentIn(cacheTable) : null;
    }

    /// Takes back the first block of an arena of the calling thread.
    ///
    /// @param home where it came from; null if it takes the slow path
    void closed(ThreadCache home, long first) {
        if (zeroesFreed) {
            RawMemory.zero(first, ConfinedArena.FIRST_BLOCK);
        }
        if (home == null || !home.closeArena(first, firstClass)) {
            closedSlow(first);
        }
    }

    private void closedSlow(long first) {
        source.freeHidden(first);
        caches.arenaClosed();
    }
}
