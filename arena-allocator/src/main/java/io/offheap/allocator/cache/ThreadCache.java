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
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Arrays;

/// What one thread keeps at hand: a stack of free slots for each slot class, and freed page runs.
///
/// Bounded in bytes ([SlotStacks], [RunCache]); [SlotExchange] fills stacks and empties them. Used by its owner, a platform
/// thread, or by whoever holds the lock of the shared place it stands in; looks from outside are marked as such.
///
/// ## Taking an idle cache away from its owner
/// The daemon empties the cache of a thread that has long not used it, although the owner takes no lock and no fence. The
/// owner says *busy* before it touches the cache, and then looks where its stacks are; the daemon *seizes* the cache, which
/// puts [SlotStacks#NOWHERE] there, makes all threads pass a fence ([io.offheap.memory.os.SystemMemory#fenceThreads]), and
/// then looks whether the owner is busy. So at least one of them sees the other: the owner then finds neither a slot nor a
/// place, takes the slow path and waits, or the daemon leaves the cache alone, which is not idle after all. For the owner
/// this is two plain moves, and no test but where a slot is aside: it has to load where its stacks are anyway. The accesses are such that the JIT
/// keeps their order. (Dice, Huang, Yang: Asymmetric Dekker synchronization, 2001.)
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
///
/// ## Where the stack ends
/// While they are interpreted, the accesses to plain memory are calls, and a stack that overflows may end in any of them. None is between the
/// stores to a head, so that loses a slot at worst, after a pop, and never hands one out twice. The owner then stays busy until its next
/// use, which who waits for it finds out ([#isLeft]).
public final class ThreadCache extends OwnLine {

    /// The number of no thread.
    static final long NOBODY = 0;

    private static final VarHandle BUSY;
    private static final VarHandle HEADS;

    static {
        try {
            final var lookup = MethodHandles.lookup();
            BUSY = lookup.findVarHandle(ThreadCache.class, "busy", boolean.class);
            HEADS = lookup.findVarHandle(ThreadCache.class, "heads", long[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // The line behind the flag, with the longs that follow.
    private long after0;
    private long after1;
    private long after2;
    private long after3;
    private long after4;
    private long after5;
    private long after6;
    private long after7;

    /// The number of the thread whose cache this is, [#NOBODY] for a shared one.
    final long ownerId;

    private final Thread owner;         // null for a shared one

    private final Shards shards;        // kept for the shadow that is theirs
    private final Shard shard;
    private final SlotStacks stacks;
    private final RunCache runs = new RunCache();

    private long[] heads;               // of the stacks; while the cache is seized of none
    private boolean hasEnded;           // for whoever has seized the cache


    /// Arenas that the owner has opened and not closed.
    private long openArenas;

    /// What the daemon saw when it last looked.
    private long lastFingerprint;

    private final SlotExchange exchange;

    /// @param owner whose cache it is, null for a shared one
    ThreadCache(Shards shards, SlotDepot depot, Transit transit, Thread owner) {
        this.ownerId = owner == null ? NOBODY : owner.threadId();
        this.owner = owner;
        this.shards = shards;
        this.shard = shards.next();
        this.stacks = new SlotStacks(shards.classes(), shards.firstRegion());
        this.heads = stacks.heads();
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

    private void forgetFavourite() {
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

    /// {@return the heads of the stacks, for the owner until [#leaveHeads]: of no slots and no places while the cache is seized}
    private long[] enterHeads() {
        BUSY.setOpaque(this, true);
        return (long[]) HEADS.getAcquire(this);
    }

    private void leaveHeads() {
        BUSY.setRelease(this, false);
        Reference.reachabilityFence(this);              // so the stacks are there, and by way of the shards the shadow
    }

    /// {@return whether a slot of any region was taken in: not if there is no place}
    public boolean pushAny(long address, int slotClass) {
        enter();
        final boolean kept = stacks.push(address, slotClass);
        exit();
        return kept;
    }

    /// Begins a longer use by the owner. Until [#exit] no lock may be taken, and some method of this class is on the stack, by which
    /// [#isLeft] knows that the owner is still here.
    void enter() {
        BUSY.setOpaque(this, true);
        while ((long[]) HEADS.getAcquire(this) == SlotStacks.NOWHERE) {   // for as long as somebody copies a few addresses
            BUSY.setRelease(this, false);
            Thread.onSpinWait();
            BUSY.setOpaque(this, true);
        }
    }

    void exit() {
        BUSY.setRelease(this, false);
    }

    /// Asks the owner to keep out; it does once all threads have passed a fence and it is not busy.
    void seize() {
        HEADS.setVolatile(this, SlotStacks.NOWHERE);
    }

    /// {@return whether the owner was in the middle of something} Asked after the fence.
    boolean isBusy() {
        return (boolean) BUSY.getAcquire(this);
    }

    /// {@return whether the owner is nowhere where it would say that it is not busy any more: its stack has ended in between} Then the
    /// cache is as it would be after the next use, which finds it seized. So is that of the thread that asks, which does not ask in the middle
    /// of something. Asks the JVM for a stack.
    boolean isLeft() {
        if (owner == Thread.currentThread()) {
            return true;
        }
        try {
            return Arrays.stream(owner.getStackTrace()).noneMatch(frame -> frame.getClassName().equals(ThreadCache.class.getName()));
        } catch (OutOfMemoryError e) {
            return false;                               // nobody knows: the next look may find heap
        }
    }

    /// Lets the owner in again; it sees what was done meanwhile. If the cache has ended, the fast paths find nothing.
    void letGo() {
        HEADS.setRelease(this, hasEnded ? SlotStacks.ENDED : stacks.heads());
    }

    /// Ends a cache that is seized: once it is let go, its owner, who may have found it before, opens no arena by it.
    void end() {
        hasEnded = true;
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
        final boolean kept = put(enterHeads(), address, slotClass);
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

    /// {@return whose cache it is, null for a shared one}
    Thread owner() {
        return owner;
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
