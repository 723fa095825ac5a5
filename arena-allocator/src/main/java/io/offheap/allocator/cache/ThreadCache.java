package io.offheap.allocator.cache;

import static io.offheap.allocator.cache.SlotStacks.BIAS;
import static io.offheap.allocator.cache.SlotStacks.END;
import static io.offheap.allocator.cache.SlotStacks.SHIFT;
import static io.offheap.allocator.cache.SlotStacks.TOP;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.LiveByte;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.shard.Shard;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SizeClasses;
import io.offheap.allocator.slab.SlotBatch;
import io.offheap.memory.os.RawMemory;

/// What one thread keeps at hand: a stack of free slots for each slot class, and freed page runs.
///
/// Bounded in bytes ([SlotStacks], [RunCache]); [SlotExchange] fills stacks and empties them. Used by its owner, a platform
/// thread, or by whoever holds the lock of the shared place it stands in, or has taken it away from an idle owner ([Seizable]); looks from outside are
/// marked as such.
///
/// ## The favourite
/// A slot that is freed while it is the one handed out last does not go back to its stack: it is set *aside*, if no other is, and is the next one of
/// its class to be handed out. From then on, until another slot is set aside, it is the *favourite*: what a free has to look up of a slot is kept with it,
/// and compared when it is freed again ([#takeBack]). So a thread that allocates and frees one block at a time changes a word that is always
/// the same, and computes nothing; by way of the stack and the page map, each load would depend on the one before, and on what was stored just now
/// (docs/performance.md). Others hardly ever set one aside, and find none. A slow path brings the slot aside back to its stack ([#bringBackAside]). It
/// belongs to a cache that is seized as much as the stacks do: the owner leaves it alone then.
///
/// ## Written flat
/// [#popLive], [#take], [#put] and [#takeBack] do themselves what [SlotStacks] does for everybody else, and access memory by the handle itself: each call that is saved
/// there leaves one more to the program, before the JIT finds its calls nested too deep to inline all of a pair (docs/performance.md), and it leaves a
/// method as a call where that was hardly ever called while the program was young, whatever it does later.
public final class ThreadCache extends Seizable {

    private final Shards shards;        // kept for the shadow that is theirs
    private final Shard shard;
    private final RunCache runs = new RunCache();

    /// Arenas that the owner has opened and not closed.
    private long openArenas;

    /// What the daemon saw when it last looked.
    private long lastFingerprint;

    private final SlotExchange exchange;

    /// @param owner whose cache it is, null for a shared one
    ThreadCache(Shards shards, SlotDepot depot, Transit transit, Thread owner) {
        super(owner, new SlotStacks(shards.classes(), shards.firstRegion()));
        this.shards = shards;
        this.shard = shards.next();
        forgetFavourite();
        this.exchange = new SlotExchange(this, stacks, shard, shards, depot, transit);
    }

    /// {@return a slot of a slot class, made live if there is a shadow, or 0 or less if none is at hand} The fast path.
    public long popLive(int slotClass) {
        final long[] words = enterHeads();
        final long slot;
        final long shadow;
        if (slotClass == asideClass && words != SlotStacks.NOWHERE) {
            asideClass = NONE;
            slot = favourite;
            shadow = favouriteShadow;
        } else {
            final int head = SlotStacks.headOf(slotClass);
            final long place = RawMemory.inBounds(words[head + TOP]);
            final long shift = words[head + SHIFT];
            slot = (long) RawMemory.LONG.get(RawMemory.EVERYTHING, place);
            if (slot <= 0) {
                leaveHeads();
                return 0;
            }
            words[head + TOP] = place - Long.BYTES;
            last = slot;
            shadow = slot + words[head + BIAS] >>> shift;
        }
        if (shadow != 0) {
            RawMemory.putByte(RawMemory.inBounds(shadow), LiveByte.of(slot));
        }
        leaveHeads();
        return slot;
    }

    /// {@return a slot of a slot class, which is not live, or 0 or less if none is at hand} The fast path.
    public long pop(int slotClass) {
        final long slot = take(enterHeads(), slotClass);
        leaveHeads();
        return slot;
    }

    /// As [#popLive] does it.
    private long take(long[] words, int slotClass) {
        if (slotClass == asideClass && words != SlotStacks.NOWHERE) {
            asideClass = NONE;
            return favourite;
        }
        final int head = SlotStacks.headOf(slotClass);
        final long place = RawMemory.inBounds(words[head + TOP]);
        final long slot = (long) RawMemory.LONG.get(RawMemory.EVERYTHING, place);
        if (slot > 0) {
            words[head + TOP] = place - Long.BYTES;
            last = slot;
        }
        return slot;
    }

    /// {@return whether a slot of the first region was taken in: not if there is no place} The fast path.
    public boolean push(long address, int slotClass) {
        final long[] words = enterHeads();
        final boolean kept = put(words, address, slotClass);
        leaveHeads();
        return kept;
    }

    private boolean put(long[] words, long address, int slotClass) {
        if (address == last && asideClass == NONE && words != SlotStacks.NOWHERE) {
            setAside(words, address, slotClass);
            return true;
        }
        final int head = SlotStacks.headOf(slotClass);
        final long place = RawMemory.inBounds(words[head + TOP] + Long.BYTES);
        if (place > words[head + END]) {
            return false;
        }
        RawMemory.LONG.set(RawMemory.EVERYTHING, place, address);
        words[head + TOP] = place;
        return true;
    }

    /// {@return whether an address was the favourite, live, which is free and aside now} Else nothing has changed: the favourite may have been freed by
    /// somebody, and its page be another slab's by now, so both are looked at, as for any other slot. The fast path.
    public boolean takeBack(long address) {
        if (address != favourite) {
            return false;
        }
        final boolean isTaken = enterHeads() != SlotStacks.NOWHERE && endFavourite(address);
        if (isTaken) {
            asideClass = favouriteClass;
        }
        leaveHeads();
        return isTaken;
    }

    private boolean endFavourite(long address) {
        if (RawMemory.getLong(RawMemory.inBounds(favouriteWord)) != favouriteEntry) {
            return false;
        }
        final long shadow = RawMemory.inBounds(favouriteShadow);
        if (shadow != 0) {
            if (!LiveByte.tellsOf(address, RawMemory.getByte(shadow))) {
                return false;
            }
            RawMemory.putByte(shadow, LiveByte.NONE);
        }
        return true;
    }

    /// {@return whether an address is that of the favourite, of that class} Fast.
    public boolean isFavourite(long address, int slotClass) {
        return address == favourite && slotClass == favouriteClass;
    }

    private void setAside(long[] words, long address, int slotClass) {
        final int head = SlotStacks.headOf(slotClass);
        favourite = address;
        favouriteClass = slotClass;
        favouriteWord = stacks.wordOf(address);
        favouriteEntry = RawMemory.getLong(favouriteWord);
        favouriteShadow = address + words[head + BIAS] >>> words[head + SHIFT];
        asideClass = slotClass;
    }

    /// {@return whether a slot was the favourite, and is aside again} What is known of it may have changed since: a free of it finds that out.
    private boolean setFavouriteAside(long address, int slotClass) {
        final boolean isSet = address == favourite && slotClass == favouriteClass && asideClass == NONE;
        if (isSet) {
            asideClass = slotClass;
        }
        return isSet;
    }

    private void forgetFavourite() {
        favourite = 0;
        asideClass = NONE;
        favouriteWord = SlotStacks.ZERO.address();
        favouriteEntry = PageEntry.NEVER;
    }

    /// Brings the slot aside back to its stack, if that has a place. For the owner between `enter` and `exit`.
    void bringBackAside() {
        if (asideClass != NONE && stacks.push(favourite, asideClass)) {
            asideClass = NONE;
        }
    }

    /// {@return whether a slot of any region was taken in: not if there is no place}
    public boolean pushAny(long address, int slotClass) {
        enter();
        final boolean kept = stacks.push(address, slotClass);
        exit();
        return kept;
    }

    @Override
    void end() {
        super.end();
        forgetFavourite();
        last = 0;
    }

    /// {@return a slot of a small class, fetched with others if none is at hand} No lock may be held.
    ///
    /// @throws OutOfMemoryError if it cannot be had
    long popOrFill(int slotClass) {
        return exchange.popOrFill(slotClass);
    }

    /// Takes a slot of a small class in; without a place for it others leave ([SlotExchange]). No lock may be held.
    ///
    /// @throws OutOfMemoryError if slots must leave, and the Java heap is full and was so when slots left the last time; nothing
    ///                          has changed then
    void pushOrFlush(long address, int slotClass) {
        exchange.pushOrFlush(address, slotClass);
    }

    /// {@return a slot that is a run of its own, or 0 if none is at hand or in the depot} No lock may be held.
    ///
    /// @throws OutOfMemoryError if the Java heap is full and was so when slots left the last time
    long popRunSlot(int slotClass) {
        return exchange.popRunSlot(slotClass);
    }

    /// Takes a slot in that is a run of its own; without a place for it others may leave. In transit; no lock may be held.
    ///
    /// @return how many runs had to leave and are volatile now: they stand in [#markedRuns], and are the caller's
    /// @throws OutOfMemoryError as [#pushOrFlush]
    int pushRunSlot(long address, int slotClass) {
        return exchange.pushRunSlot(address, slotClass);
    }

    /// {@return where the runs stand, from index 0, that [#pushRunSlot] has marked} Until the next call of it; the caller puts null there.
    Extent[] markedRuns() {
        return exchange.markedRuns();
    }

    /// {@return a slot for who has taken one that is a run} Further ones of its class are at hand then: [SlotExchange#bringAlong].
    long bringAlong(long slot, int slotClass, int rung) {
        return exchange.bringAlong(slot, slotClass, rung);
    }

    /// Takes marked runs of one rung in, the first ones first, as far as there are places. Never fails.
    ///
    /// @return how many are in
    int pushRuns(Extent[] marked, int count, int rung) {
        int kept = 0;
        enter();
        try {
            while (kept < count && runs.push(marked[kept], rung)) {
                kept++;
            }
        } catch (OutOfMemoryError _) {
            // no Java heap for the place
        } finally {
            exit();
        }
        return kept;
    }

    /// Takes runs of a rung back whose memory is still there, those pushed last first.
    ///
    /// @param into filled from index 0
    /// @param most how many at most
    /// @return how many
    int reuseRuns(Extent[] into, int most, int rung) {
        int taken = 0;
        enter();
        for (var run = most > 0 ? runs.reuse(rung) : null; run != null; run = taken < most ? runs.reuse(rung) : null) {
            into[taken++] = run;
        }
        exit();
        return taken;
    }

    /// Takes a marked run in, in one step with what makes room for it: nobody empties the cache in between.
    ///
    /// @return the runs of one rung that had to leave, none or some; null once the run is in
    /// @throws OutOfMemoryError if the Java heap is full; the run is not in then, and the others are where they were
    Extent[] pushRunOrEvict(Extent extent, int rung) {
        enter();
        try {
            return runs.push(extent, rung) ? null : runs.evictFor(rung);
        } finally {
            exit();
        }
    }

    /// {@return the run of a rung pushed last, taken back if its memory is still there, whatever its state if not; null if there is none}
    Extent takeRun(int rung) {
        enter();
        final var taken = runs.take(rung);
        exit();
        return taken;
    }

    /// Takes runs of one rung in, all but the first, the last ones first: so the newest is on top, as it was. Never fails.
    ///
    /// @return how many found no place, for want of Java heap too: they follow the first
    int keepAllButFirst(Extent[] batch, int rung) {
        int left = batch.length - 1;
        enter();
        try {
            while (left > 0 && runs.push(batch[left], rung)) {
                left--;
            }
        } catch (OutOfMemoryError _) {
            // no Java heap for the place
        } finally {
            exit();
        }
        return left;
    }

    /// Opens an arena of the owner with a slot at hand.
    ///
    /// @return the slot, or 0 if none is at hand, and then no arena is open
    public long openArena(int slotClass) {
        final long slot = take(enterHeads(), slotClass);
        if (slot > 0) {
            openArenas++;
        }
        leaveHeads();
        return Math.max(slot, 0);
    }

    /// Closes an arena of the owner and takes its slot in, one of the first region.
    ///
    /// @return false, and nothing has changed, if there is no place for it
    public boolean closeArena(long address, int slotClass) {
        final long[] words = enterHeads();
        final boolean kept = words != SlotStacks.NOWHERE && setFavouriteAside(address, slotClass) || put(words, address, slotClass);
        openArenas -= kept ? 1 : 0;
        leaveHeads();
        return kept;
    }

    /// Notes that the owner has opened an arena.
    public void arenaOpened() {
        enter();
        openArenas++;
        exit();
    }

    /// Notes that the owner has closed an arena.
    public void arenaClosed() {
        enter();
        openArenas--;
        exit();
    }

    /// {@return arenas that the owner has open} Exact for whoever has seized the cache.
    long openArenas() {
        return openArenas;
    }

    /// Takes everything out, to be given back by [Emptied#giveBack] without the cache, all in one transit. For the owner
    /// between `enter` and `exit`, for whoever has seized the cache, or when the owner has ended.
    ///
    /// @throws OutOfMemoryError if the Java heap is full; nothing has changed then
    Emptied empty() {
        final var emptied = new Emptied(stacks, runs,
                asideClass == NONE ? null : new SlotBatch(new long[] {favourite}).of(asideClass, 1));
        asideClass = NONE;
        stacks.closeAll();
        exchange.forgetMisses();
        return emptied;
    }

    /// Takes everything out, for the owner.
    Emptied emptyByOwner() {
        enter();
        try {
            return empty();
        } finally {
            exit();
        }
    }

    /// {@return whether nothing was done here since the last time somebody asked} A look from outside.
    boolean isIdle() {
        final long now = stacks.fingerprint() + runs.fingerprint() + last + asideClass;
        final boolean idle = now == lastFingerprint;
        lastFingerprint = now;
        return idle;
    }

    /// {@return whether there is anything to take out} A look from outside.
    boolean isEmpty() {
        return asideClass == NONE && stacks.bytes() == 0 && runs.bytes() == 0;
    }

    RunCache runs() {
        return runs;
    }

    Shard shard() {
        return shard;
    }

    SlotStacks stacks() {
        return stacks;
    }

    /// Adds what this cache holds to a sum. A look from outside.
    void addTo(CacheStats.Sum sum) {
        stacks.addTo(sum.cachedSlots);
        final int slotClass = asideClass;
        if (slotClass != NONE) {
            sum.cachedSlots[slotClass]++;
        }
        runs.addTo(sum);
    }
}
