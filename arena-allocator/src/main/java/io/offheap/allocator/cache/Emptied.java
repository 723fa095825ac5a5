package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SlotClasses;
import java.util.ArrayList;
import java.util.List;

/// What was in a cache: taken out in one go, given back afterwards with the cache in use again.
final class Emptied {

    private final long[][] slots;
    private final List<Extent> extents = new ArrayList<>();

    Emptied(SlotStacks stacks, RunCache runs) {
        slots = stacks.takeAll();
        runs.drainTo(extents);
    }

    /// Gives slots to their bins and runs to their shards. No lock may be held.
    void giveBack(Shards shards) {
        for (int slotClass = 0; slotClass < slots.length; slotClass++) {
            if (SlotClasses.isRun(slotClass)) {
                for (final long address : slots[slotClass]) {
                    shards.release(shards.freeRunSlot(address));
                }
            } else {
                shards.give(slots[slotClass], slots[slotClass].length, slotClass);
            }
        }
        extents.forEach(shards::release);
    }
}
