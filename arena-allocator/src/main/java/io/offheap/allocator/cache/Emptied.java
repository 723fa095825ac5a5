package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.slab.SlotBatch;

/// What was in a cache: taken out in one go, given back afterwards with the cache in use again.
final class Emptied {

    private final SlotBatch[] slots;
    private final SlotBatch aside;
    private final Extent[] extents;

    /// Takes everything out, or nothing.
    ///
    /// @param aside the slot aside of all stacks, or null
    /// @throws OutOfMemoryError if the Java heap is full; nothing has changed then
    Emptied(SlotStacks stacks, RunCache runs, SlotBatch aside) {
        this.aside = aside;
        slots = stacks.newBatches();
        extents = new Extent[runs.count()];
        stacks.takeAll(slots);
        runs.takeAll(extents);
    }

    /// Gives slots to their bins and runs to their shards. No lock may be held. Never fails.
    void giveBack(Shards shards) {
        for (final var batch : slots) {
            shards.giveBack(batch);
        }
        if (aside != null) {
            shards.giveBack(aside);
        }
        for (final var extent : extents) {
            shards.release(extent);
        }
    }
}
