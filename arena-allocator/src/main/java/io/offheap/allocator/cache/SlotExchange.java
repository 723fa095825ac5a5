package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shard;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.allocator.slab.SlotBatch;
import java.util.function.LongPredicate;

/// How slots come to the stacks of one thread that have none, and leave those that are full.
///
/// ```
///   a stack is empty:  stack <-- home, or else depot, or else the bin of the thread's shard      as many as half of it holds
///   a stack is full:   stack --> home, or else depot, or else the bins they came from            the older half
/// ```
///
/// A stack that runs both empty and full grows instead, and so does one whose slots go to other threads or come from them: what
/// moves costs each side a lock.
///
/// For the cache's owner, which is busy with the cache only while its stacks are touched ([Seizable#enter]), not while
/// slots are fetched or given back.
final class SlotExchange {

    private final ThreadCache cache;
    private final SlotStacks stacks;
    private final Shard shard;
    private final Shards shards;
    private final SlotDepot depot;
    private final SlotDepot home;       // of the shard
    private final Transit transit;

    /// Whether a slot is of another shard; here, so that no flush allocates one.
    private final LongPredicate isFar = this::isFar;

    /// Outside of the cache; null after slabs refused what was in it.
    private SlotBatch batch = new SlotBatch(SlotStacks.MOST_SLOTS);

    /// Outside of the cache too; null where there is none. As long as half of the largest stack of runs, and a run beside it.
    private final Extent[] runs = new Extent[SlotStacks.MOST_RUN_SLOTS / 2 + 1];

    /// Classes whose stack was found empty since it was last found full; a bit each.
    private long missed;

    SlotExchange(ThreadCache cache, SlotStacks stacks, Shard shard, Shards shards, SlotDepot depot, Transit transit) {
        this.cache = cache;
        this.stacks = stacks;
        this.shard = shard;
        this.shards = shards;
        this.depot = depot;
        this.home = depot.homeOf(shard);
        this.transit = transit;
    }

    /// {@return a slot of a small class, from the shard if none is at hand} No lock may be held.
    ///
    /// @throws OutOfMemoryError if it cannot be had
    long popOrFill(int slotClass) {
        final int wanted;
        cache.enter();
        try {
            cache.bringBackAside();
            final long address = stacks.pop(slotClass);
            if (address != 0) {
                return address;
            }
            stacks.open(slotClass);
            missed |= 1L << slotClass;
            wanted = Math.max(stacks.fillCount(slotClass), 1);
        } finally {
            cache.exit();
        }
        final long[] fetched = batch().slots();
        transit.begin();
        try {
            return fill(fetched, slotClass, wanted);
        } finally {
            transit.end();
        }
    }

    /// {@return the batch}
    ///
    /// @throws OutOfMemoryError if there is none, and the Java heap is full
    private SlotBatch batch() {
        if (batch == null) {
            batch = new SlotBatch(SlotStacks.MOST_SLOTS);
        }
        return batch;
    }

    /// Gives the first slots of the batch to their slabs or shards, in transit. What those refuse stays in it, and then it is the shards'.
    private void give(int count, int slotClass) {
        if (count > 0 && !shards.giveBack(batch.of(slotClass, count))) {
            batch = null;
        }
    }

    /// {@return one of the slots that were fetched, the lowest if they come from slabs}
    private long fill(long[] fetched, int slotClass, int wanted) {
        final int left = home.take(fetched, wanted, slotClass);
        final int fed = left > 0 ? left : depot.take(fetched, wanted, slotClass);
        return fed > 0
                ? keepFed(fetched, fed, slotClass)
                : keep(fetched, shard.bin(slotClass).take(fetched, wanted), slotClass);
    }

    private long keepFed(long[] fetched, int count, int slotClass) {
        cache.enter();
        try {
            if (!stacks.open(slotClass)) {
                growToTransfer(slotClass);
            }
        } finally {
            cache.exit();
        }
        return keep(fetched, count, slotClass);
    }

    /// {@return the first of the slots that were fetched} The others are kept.
    private long keep(long[] fetched, int count, int slotClass) {
        int left = count;
        cache.enter();
        while (left > 1 && stacks.push(fetched[left - 1], slotClass)) {
            left--;
        }
        cache.exit();
        final long first = fetched[0];
        if (left > 1) {                                 // emptied and closed by the daemon meanwhile
            fetched[0] = fetched[--left];
            give(left, slotClass);
        }
        return first;
    }

    /// Takes a slot of a small class in; without a place it makes more of them, or leaves the older half to threads that
    /// allocate, at home or in the depot, or else to the shards, those of other shards first. No lock may be held.
    ///
    /// @throws OutOfMemoryError if slots must leave, and the Java heap is full and was so when slots left the last time; nothing
    ///                          has changed then
    void pushOrFlush(long address, int slotClass) {
        transit.begin();
        try {
            final int count = pushOrTakeHalf(address, slotClass);
            if (count > 0) {
                leave(count, slotClass);
            }
        } finally {
            transit.end();
        }
    }

    private void leave(int count, int slotClass) {
        final int away = home.put(batch.slots(), count, slotClass);
        give(away == 0 ? 0 : depot.put(batch.slots(), away, slotClass), slotClass);
    }

    /// {@return how many slots left for this one, and stand in the batch}
    private int pushOrTakeHalf(long address, int slotClass) {
        cache.enter();
        try {
            if (stacks.push(address, slotClass) || makesRoom(slotClass) && stacks.push(address, slotClass)) {
                return 0;
            }
            final long[] leaving = batch().slots();
            int count = takeHalf(leaving, slotClass);
            if (!stacks.push(address, slotClass)) {     // no Java heap for a stack, or it has one place
                leaving[count++] = address;
            }
            return count;
        } finally {
            cache.exit();
        }
    }

    private boolean makesRoom(int slotClass) {
        return stacks.open(slotClass) || growIfItSwings(slotClass)
                || (home.isDrained(slotClass) || depot.isDrained(slotClass)) && growToTransfer(slotClass);
    }

    /// Takes out what leaves a full stack: the oldest slots, which go home or to the depot, or if they find no place there those of
    /// other shards before them.
    ///
    /// @return how many
    private int takeHalf(long[] leaving, int slotClass) {
        final int half = stacks.capacity(slotClass) / 2;
        if (!SlotClasses.isRun(slotClass) && home.room(slotClass) + depot.room(slotClass) < half) {
            stacks.sink(slotClass, leaving, isFar);
        }
        return stacks.takeOldest(slotClass, leaving, half);
    }

    private boolean isFar(long address) {
        final var bin = shards.slabOf(address).bin();
        return bin != shard.bin(bin.sizeClass());
    }

    /// A stack that runs both empty and full is too small for what its thread does.
    private boolean growIfItSwings(int slotClass) {
        final boolean swings = (missed & 1L << slotClass) != 0;
        missed &= ~(1L << slotClass);
        return swings && stacks.grow(slotClass);
    }

    /// Where other threads allocate what this one frees, or the reverse, batches are to be large: one costs each side a lock
    /// and some cache lines that the other has.
    private boolean growToTransfer(int slotClass) {
        return stacks.capacity(slotClass) < SlotStacks.MOST_AT_FIRST && stacks.grow(slotClass);
    }

    /// {@return a slot that is a run of its own, or 0 if none is at hand or in the depot} No lock may be held.
    ///
    /// @throws OutOfMemoryError if the Java heap is full and was so when slots left the last time
    long popRunSlot(int slotClass) {
        cache.enter();
        cache.bringBackAside();
        final long address = stacks.pop(slotClass);
        missed |= address == 0 && stacks.capacity(slotClass) > 0 ? 1L << slotClass : 0;
        cache.exit();
        return address != 0 || !depot.offers(slotClass) ? address : takeRunSlots(slotClass);
    }

    private long takeRunSlots(int slotClass) {
        final long[] fetched = batch().slots();
        transit.begin();
        try {
            final int count = depot.take(fetched, Math.max(stacks.fillCount(slotClass), 1), slotClass);
            return count == 0 ? 0 : keepFed(fetched, count, slotClass);
        } finally {
            transit.end();
        }
    }

    /// Brings further runs of the thread to hand, volatile ones whose memory is still there, for who has just taken one: as many in all as
    /// half of the stack holds. One by one, each would be a way beyond the stack. Never fails.
    ///
    /// @param slot which was taken
    /// @param rung of the runs that are slots of the class
    /// @return a slot for the caller
    long bringAlong(long slot, int slotClass, int rung) {
        final int wanted = Math.min(stacks.fillCount(slotClass), runs.length);
        if (wanted <= 1 || batch == null || !beginsTransit()) {
            return slot;
        }
        try {
            final int count = cache.reuseRuns(runs, wanted - 1, rung);
            final long[] fetched = batch.slots();
            fetched[0] = slot;
            return keep(fetched, 1 + useAsSlots(count, slotClass, fetched), slotClass);
        } finally {
            transit.end();
        }
    }

    private boolean beginsTransit() {
        try {
            transit.begin();
            return true;
        } catch (OutOfMemoryError e) {
            return false;                               // no Java heap for the count
        }
    }

    /// Fills in behind the first place.
    ///
    /// @return how many runs are slots now; one that was none before is free if its shadow cannot be had
    private int useAsSlots(int count, int slotClass, long[] into) {
        int used = 0;
        for (int i = 0; i < count; i++) {
            try {
                into[1 + used] = shards.useAsSlot(runs[i], slotClass);
                used++;
            } catch (OutOfMemoryError _) {
                // free
            }
            runs[i] = null;
        }
        return used;
    }

    /// Takes a slot in that is a run of its own; without a place for it the older half leaves: to threads that allocate, in the
    /// depot, if they want it, or else as volatile runs. In transit; no lock may be held.
    ///
    /// @return how many are volatile now, and stand in [#markedRuns]: they are the caller's
    /// @throws OutOfMemoryError as [#pushOrFlush]
    int pushRunSlot(long address, int slotClass) {
        final int leaving = pushOrTakeHalf(address, slotClass);
        if (leaving == 0) {
            return 0;
        }
        final long[] slots = batch.slots();
        final int left = depot.isWanted(slotClass) ? depot.put(slots, leaving, slotClass) : leaving;
        for (int i = 0; i < left; i++) {
            runs[i] = shards.freeRunSlot(slots[i]);
        }
        return left;
    }

    /// {@return where the runs stand, from index 0, that [#pushRunSlot] has marked} Until the next call of it; the caller puts null there.
    Extent[] markedRuns() {
        return runs;
    }

    /// All stacks have been emptied: what they were short of before says nothing any more.
    void forgetMisses() {
        missed = 0;
    }
}
