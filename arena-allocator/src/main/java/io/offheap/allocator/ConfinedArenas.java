package io.offheap.allocator;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.cache.ThreadCache;
import io.offheap.allocator.cache.ThreadCaches;
import io.offheap.allocator.safety.BlockSource;
import io.offheap.memory.util.StackRoom;

/// Opens and closes arenas of one thread whose first block is not at the thread's hand, or finds no place there; each is counted, so that
/// the allocator stays open for it. [OffHeapAllocator] has the fast way of both.
///
/// Any thread; no lock may be held.
final class ConfinedArenas {

    private final Lifecycle lifecycle;
    private final Caches caches;
    private final ThreadCache[] cacheTable;
    private final Blocks blocks;
    private final BlockSource source;
    private final HiddenBlocks hidden;

    /// @param cacheTable where the calling thread's cache may be
    /// @param blocks     knows all blocks
    /// @param source     where first blocks come from
    /// @param hidden     where further blocks come from
    ConfinedArenas(Lifecycle lifecycle, Caches caches, ThreadCache[] cacheTable, Blocks blocks, BlockSource source, HiddenBlocks hidden) {
        this.lifecycle = lifecycle;
        this.caches = caches;
        this.cacheTable = cacheTable;
        this.blocks = blocks;
        this.source = source;
        this.hidden = hidden;
    }

    /// {@return where further blocks come from}
    HiddenBlocks hidden() {
        return hidden;
    }

    /// Counts an arena of the calling thread as open.
    ///
    /// @return its first block
    /// @throws OutOfMemoryError      if that cannot be had
    /// @throws IllegalStateException if the allocator is closed
    long open() {
        lifecycle.checkOpen();
        StackRoom.requireMuch();
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

    /// {@return the cache of the calling thread, if a first block can go back there by the fast way, or null}
    ThreadCache cacheFor(long first) {
        return blocks.isNear(first) ? ThreadCaches.currentIn(cacheTable) : null;
    }

    /// Takes back the first block of an arena of the calling thread, which is open no more, also if the block cannot be given back.
    ///
    /// @param firstCache as [#cacheFor] said
    void closed(ThreadCache firstCache, long first) {
        try {
            source.freeHidden(first);
        } finally {
            if (firstCache != null) {
                firstCache.arenaClosed();               // needs no Java heap
            } else {
                caches.arenaClosed();
            }
        }
    }
}
