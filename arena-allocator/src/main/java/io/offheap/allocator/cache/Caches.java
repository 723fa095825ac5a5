package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.PageClasses;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.PurgeBatch;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.purge.VolatileSource;
import io.offheap.memory.util.RankedLock;
import io.offheap.memory.util.StackRoom;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/// All caches of one allocator, and which of them serves the calling thread.
///
/// A platform thread has a cache of its own, registered by thread. The fast path finds it through a small
/// table, indexed by the thread's number: one comparison with the cache's owner says whether it is the right
/// one, so that entries may be stale, overwritten or raced for. It is faster than a thread-local, and a pool that
/// clears thread-locals between tasks does not lose caches. Virtual threads have [SharedCaches];
/// they never own an entry of the table, so the same comparison sorts them out.
///
/// The cache of a thread that has long not used it is emptied by the daemon ([#trim]; [ThreadCache] says how its owner
/// is kept out).
///
/// ## Concurrency
/// Any thread; no lock may be held by the caller. No cache is seized while slots or runs are fetched or given back.
public final class Caches implements VolatileSource {

    /// Threads whose numbers differ by a multiple of this displace each other and go through the map.
    private static final int TABLE_SIZE = 1 << 10;

    /// Looks at a cache that is busy before the JVM is asked for its owner's stack.
    private static final int PATIENCE = 1 << 10;

    private static final MethodHandle FIND_SLOT;

    static {
        try {
            FIND_SLOT = MethodHandles.lookup()
                    .findVirtual(Caches.class, "findSlot", MethodType.methodType(long.class, int.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// [#FIND_SLOT], and no constant, so that the JIT does not see where it leads. Else it copies all of the slow path, 9000 bytecodes, into each
    /// of its callers, whose compilation takes a second or more, one after the other, and the fast path waits behind them.
    private final MethodHandle apart = FIND_SLOT;

    private final SystemMemory os;
    private final Shards shards;
    private final Governor governor;
    private final SlotClasses classes;
    private final long pageSize;
    private final int pageShift;

    /// Caches by the low bits of their owner's number. Plain: an entry counts only for the thread that owns it,
    /// which wrote what it reads.
    private final ThreadCache[] table = new ThreadCache[TABLE_SIZE];

    /// By the number of the owner, which no other thread ever has: a class of threads may say that two of them are equal.
    private final Map<Long, ThreadCache> byThread = new ConcurrentHashMap<>();
    private final SharedCaches shared;
    private final Transit transit = new Transit();

    /// Re-uses that no cache counts, or no longer: of dead threads, and beside a purge.
    private final LongAdder otherReuses = new LongAdder();
    private final LongAdder otherReusedBytes = new LongAdder();

    private final RunDepot depot = new RunDepot();
    private final SlotDepot slotDepot;
    private final WaitingSlots waiting = new WaitingSlots();

    /// Arenas of virtual threads, which have no cache of their own to count them.
    private final AtomicLong arenasOfVirtualThreads = new AtomicLong();

    /// Held while threads are added and while all caches are seized.
    private final RankedLock membership = new RankedLock(RankedLock.Rank.CACHE_SLOT);
    private volatile boolean closed;    // written under `membership`, while all caches are seized

    /// Held while whole caches are emptied until what they held has arrived, so that who empties them next, to purge it
    /// all, does not miss what is on its way. Guards nothing and keeps nobody from allocating or freeing, so it is held
    /// across system calls.
    private final ReentrantLock emptying = new ReentrantLock();

    /// @param os         makes threads pass a fence
    /// @param shards     where slots and runs come from
    /// @param governor   is asked before a purged run becomes resident again
    /// @param processors how many threads run at a time
    public Caches(SystemMemory os, Shards shards, Governor governor, int processors) {
        this.os = os;
        this.shards = shards;
        this.governor = governor;
        this.classes = shards.classes();
        this.pageSize = os.pageSize();
        this.pageShift = Long.numberOfTrailingZeros(pageSize);
        this.slotDepot = new SlotDepot(classes);
        this.shared = new SharedCaches(shards, slotDepot, transit, processors);
    }

    /// {@return the table of caches, for [#currentIn] without a load of it}
    public ThreadCache[] table() {
        return table;
    }

    /// {@return the calling thread's own cache, or null if it is not at hand}
    public ThreadCache current() {
        return currentIn(table);
    }

    /// {@return the calling thread's own cache in a table, or null if it is not at hand} The fast path.
    public static ThreadCache currentIn(ThreadCache[] table) {
        final long id = Thread.currentThread().threadId();
        final int place = (int) id & TABLE_SIZE - 1;
        if (Integer.compareUnsigned(place, table.length) >= 0) {
            return null;
        }
        final var cache = table[place];
        return cache != null && cache.ownerId == id ? cache : null;
    }

    /// {@return the calling thread's own cache, which is made if need be, or null if the thread is virtual}
    ///
    /// @throws IllegalStateException if the allocator is closed
    private ThreadCache own() {
        final var at = current();
        final var thread = Thread.currentThread();
        return at != null || thread.isVirtual() ? at : enrol(thread);
    }

    /// {@return whether there will be no more caches, because the allocator is closed}
    public boolean isClosed() {
        return closed;
    }

    private ThreadCache enrol(Thread thread) {
        final Long id = thread.threadId();
        final var known = byThread.get(id);
        final var cache = known != null ? known : new ThreadCache(shards, slotDepot, transit, thread);
        membership.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the allocator is closed");
            }
            byThread.put(id, cache);
            table[(int) cache.ownerId & TABLE_SIZE - 1] = cache;
            return cache;
        } finally {
            membership.unlock();
        }
    }

    /// {@return a free slot of a slot class} The slow path of an allocation.
    ///
    /// @throws OutOfMemoryError if it cannot be had
    public long allocateSlot(int slotClass) {
        try {
            return (long) apart.invokeExact(this, slotClass);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("findSlot throws nothing checked", t);
        }
    }

    private long findSlot(int slotClass) {
        final var own = own();
        if (SlotClasses.isRun(slotClass)) {
            return allocateRunSlot(own, slotClass);
        }
        return own != null ? own.popOrFill(slotClass) : shared.allocateSlot(slotClass);
    }

    private long allocateRunSlot(ThreadCache own, int slotClass) {
        final long address = own == null ? 0 : own.popRunSlot(slotClass);
        if (address != 0) {
            return address;
        }
        final long size = classes.sizeOf(slotClass);
        final int rung = rungOf(slotClass);
        Extent cached = own != null ? takeOwn(own, rung) : takeCachedShared(rung);
        if (cached == null && own != null) {
            cached = takeFromDepot(own, rung);
            if (cached != null && depot.hasFromOthers(rung, own.ownerId)) {
                slotDepot.want(slotClass);
            }
        }
        return shards.useAsSlot(cached != null ? cached : allocateFromShard(size, size, pageSize), slotClass);
    }

    /// {@return the rung of the runs that are slots of a class}
    private int rungOf(int slotClass) {
        return PageClasses.floorIndex(classes.sizeOf(slotClass) >>> pageShift);
    }

    /// Takes a slot back. The slow path of a free.
    ///
    /// @throws OutOfMemoryError   if the Java heap is full and no place is left that needs none; the slot is live then, as before
    /// @throws StackOverflowError if the stack may not do; the slot is live then, as before
    public void freeSlot(long address, int slotClass) {
        try {
            StackRoom.requireMuch();
            placeSlot(address, slotClass);
        } catch (OutOfMemoryError | StackOverflowError e) {
            shards.makeLive(address, slotClass);
            throw e;
        }
    }

    /// Takes a hidden slot back. Nobody could free it again, so what finds no place for want of Java heap or of stack waits here, until the
    /// daemon, or whoever empties caches, tries again.
    ///
    /// @throws OutOfMemoryError   if more are waiting than there is room for; the slot is in use for good then
    /// @throws StackOverflowError the same; or the stack does not do for waiting either
    public void freeHiddenSlot(long address, int slotClass) {
        try {
            StackRoom.requireMuch();
            placeSlot(address, slotClass);
        } catch (OutOfMemoryError | StackOverflowError e) {
            StackRoom.requireLittle();
            if (!waiting.add(address, slotClass)) {
                throw e;
            }
        }
    }

    /// @throws OutOfMemoryError only before the slot has a place
    private void placeSlot(long address, int slotClass) {
        final var own = own();
        if (SlotClasses.isRun(slotClass)) {
            freeRunSlot(own, address, slotClass);
        } else if (own != null) {
            own.pushOrFlush(address, slotClass);
        } else {
            shared.freeSlot(address, slotClass);
        }
    }

    private void freeRunSlot(ThreadCache own, long address, int slotClass) {
        if (own == null || !shards.mayCacheSlots()) {
            freeRun(shards.freeRunSlot(address));
            return;
        }
        final int rung = rungOf(slotClass);
        int left = 0;
        try {
            left = own.pushRunSlot(address, slotClass);
        } catch (OutOfMemoryError _) {
            keep(shards.freeRunSlot(address), rung);    // no Java heap for a batch
        }
        for (int i = 0; i < left; i++) {
            keep(shards.freeRunSlot(own.leftRunSlots()[i]), rung);
        }
    }

    /// {@return an active run of at least `size` bytes: rounded up to the ladder where limits allow}
    ///
    /// @param size      bytes, a positive multiple of the page size
    /// @param alignment of the start, bytes, a power of two
    /// @throws OutOfMemoryError if it cannot be had
    public Extent allocateRun(long size, long alignment) {
        final int rung = PageClasses.ceilingIndex(size >>> pageShift);
        if (rung < RunCache.RUNGS && alignment <= pageSize) {
            final var cached = takeCached(rung);
            if (cached != null) {
                return cached;
            }
        }
        return allocateFromShard(size, PageClasses.pagesOf(rung) * pageSize, alignment);
    }

    private Extent takeCached(int rung) {
        final var own = own();
        return own != null ? takeCached(own, rung) : takeCachedShared(rung);
    }

    private Extent takeCached(ThreadCache own, int rung) {
        final var cached = takeOwn(own, rung);
        return cached != null ? cached : takeFromDepot(own, rung);
    }

    private Extent takeOwn(ThreadCache own, int rung) {
        return activated(own.takeRun(rung));
    }

    private Extent takeCachedShared(int rung) {
        return activated(shared.takeRun(rung));
    }

    /// {@return a run that another thread has freed, active, or null} Further ones come along.
    private Extent takeFromDepot(ThreadCache own, int rung) {
        final var batch = depot.take(rung, RunCache.FIRST_DEPTH / 2);
        if (batch.length == 0) {
            return null;
        }
        for (int left = own.keepAllButFirst(batch, rung); left > 0; left--) {
            shards.release(batch[left]);
        }
        return activated(batch[0]);
    }

    /// Makes a run active whose memory was purged under the cache, once the governor agrees.
    ///
    /// @param taken out of a cache, active or not; or null
    /// @return the run, active, or null if there is none or a purger still has it
    private Extent activated(Extent taken) {
        if (taken == null || taken.isActive()) {
            return taken;
        }
        if (taken.reuse()) {                            // the purge failed, or had not begun
            otherReuses.increment();
            otherReusedBytes.add(taken.size());
            return taken;
        }
        if (taken.state() == State.PURGED) {
            makeResident(taken);
            return taken;
        }
        shards.release(taken);
        return null;
    }

    private void makeResident(Extent purged) {
        boolean granted = false;
        try {
            governor.acquire(purged.size());
            granted = true;
        } finally {
            if (!granted) {
                shards.release(purged);
            }
        }
        final boolean held = purged.holdPurged();
        assert held : purged;
        purged.activate();
    }

    private Extent allocateFromShard(long exactSize, long ladderSize, long alignment) {
        final var own = own();
        final var shard = own != null ? own.shard() : shared.shard();
        Extent extent;
        try {
            extent = shard.allocateRun(ladderSize, alignment);
        } catch (OutOfMemoryError e) {
            if (exactSize == ladderSize) {
                throw e;
            }
            extent = shard.allocateRun(exactSize, alignment);
        }
        extent.activate();
        shards.events().taken(extent.size(), extent.size());
        return extent;
    }

    /// Takes back a run that was just marked. Never fails: without Java heap for a place in a cache it goes to its shard.
    public void freeRun(Extent extent) {
        final int rung = PageClasses.floorIndex(extent.size() >>> pageShift);
        if (rung >= RunCache.RUNGS || extent.size() > RunCache.CAPACITY_BYTES || wouldBeTooLargeASlot(extent, rung)
                || !shards.mayCache(extent)) {
            shards.release(extent);
            return;
        }
        if (Thread.currentThread().isVirtual()) {
            keepShared(extent, rung);
        } else {
            keep(extent, rung);
        }
    }

    private void keepShared(Extent extent, int rung) {
        if (!shared.keepRun(extent, rung) && !depot.put(extent, rung)) {
            shards.release(extent);
        }
    }

    private void keep(Extent extent, int rung) {
        try {
            final var own = own();
            for (var left = own.pushRunOrEvict(extent, rung); left != null; left = own.pushRunOrEvict(extent, rung)) {
                passOn(left, own.ownerId);
            }
        } catch (OutOfMemoryError e) {
            shards.release(extent);                     // no Java heap for the place, or for what makes room for it
        }
    }

    /// Hands runs of one rung to whoever wants them. Never fails.
    private void passOn(Extent[] runs, long giver) {
        if (runs.length > 0) {
            final int rung = PageClasses.floorIndex(runs[0].size() >>> pageShift);
            for (int i = depot.put(runs, rung, giver); i < runs.length; i++) {
                shards.release(runs[i]);
            }
        }
    }

    /// {@return whether a slot would be cut from the rung that has another size than this run} A block that was shrunk or
    /// just fitted under a limit can have one.
    private boolean wouldBeTooLargeASlot(Extent extent, int rung) {
        final long size = PageClasses.pagesOf(rung) << pageShift;
        return size <= classes.largest() && size != extent.size();
    }

    /// {@return a moment at which no slot was between a slab and a cache, or -1}
    public long quiet() {
        return transit.quiet();
    }

    /// {@return whether no slot has left a slab or a cache since a quiet moment}
    public boolean isQuietSince(long moment) {
        return transit.isQuietSince(moment);
    }

    /// Gives back what threads left that have ended. For the daemon.
    public void reapDeadThreads() {
        emptying(() -> {
            for (final var cache : byThread.values()) {
                // isAlive() answering false makes everything the thread did visible here
                if (!cache.owner().isAlive()) {
                    inTransit(() -> reap(cache));
                }
            }
        });
    }

    private void emptying(Runnable work) {
        assert RankedLock.noneHeld();
        emptying.lock();
        try {
            work.run();
        } finally {
            emptying.unlock();
        }
    }

    private void reap(ThreadCache cache) {
        final Long id = cache.ownerId;
        cache.empty().giveBack(shards);
        byThread.remove(id);
        otherReuses.add(cache.runs().reuses());
        otherReusedBytes.add(cache.runs().reusedBytes());
        forget(cache);
    }

    /// Lets the table refer to a dead thread no longer. A race with a thread of the same place costs that
    /// thread one look into the map.
    private void forget(ThreadCache cache) {
        final int place = (int) cache.ownerId & TABLE_SIZE - 1;
        if (table[place] == cache) {
            table[place] = null;
        }
    }

    /// Gives back what caches hold that nobody has used since the last call, and what ended threads left. For the
    /// daemon, which calls it now and then. Where threads cannot be fenced, those that live keep what they have.
    public void trim() {
        emptying(this::trimInTurn);
    }

    private void trimInTurn() {
        reapDeadThreads();
        placeWaiting();
        release(depot.takeAllIfIdle());
        inTransit(() -> slotDepot.flushIdle(shards));
        giveRefused();
        seizeAndEmpty(byThread.values().stream().filter(cache -> !cache.isEmpty() && cache.isIdle()).toList());
        shared.flushIdle();
    }

    /// Gives back what all caches hold, but for those that their owners are using at this moment.
    public void flushAll() {
        emptying(() -> {
            flushOwn();
            seizeAndEmpty(List.copyOf(byThread.values()));
        });
    }

    private void seizeAndEmpty(List<ThreadCache> caches) {
        if (caches.isEmpty() || !os.fencesThreads()) {
            return;
        }
        transit.begin();
        try {
            final var emptied = emptySeized(caches);
            for (int i = 0; i < emptied.size(); i++) {  // and no iterator
                emptied.get(i).giveBack(shards);
            }
        } finally {
            transit.end();
        }
    }

    /// Without Java heap for what a cache holds, it and those after it keep what they have.
    private List<Emptied> emptySeized(List<ThreadCache> caches) {
        final var emptied = new ArrayList<Emptied>(caches.size());
        membership.lock();                              // one at a time
        try {
            caches.forEach(ThreadCache::seize);
            os.fenceThreads();
            for (final var cache : caches) {
                if (!cache.isBusy()) {
                    emptied.add(cache.empty());
                }
                cache.letGo();
            }
            return emptied;
        } catch (OutOfMemoryError e) {
            return emptied;
        } finally {
            for (int i = 0; i < caches.size(); i++) {
                caches.get(i).letGo();
            }
            membership.unlock();
        }
    }

    /// Gives back what the calling thread's own cache and the shared ones hold, and what dead threads left.
    public void flushOwn() {
        emptying(this::flushOwnInTurn);
    }

    private void flushOwnInTurn() {
        placeWaiting();
        final var own = own();
        if (own != null) {
            inTransit(() -> own.emptyByOwner().giveBack(shards));
        }
        reapDeadThreads();
        shared.flush();
        release(depot.takeAll());
        inTransit(() -> slotDepot.flush(shards));
        giveRefused();
    }

    private void release(Extent[] runs) {
        for (final var run : runs) {
            shards.release(run);
        }
    }

    /// Gives back what slabs could not take for want of Java heap.
    private void giveRefused() {
        if (shards.hasRefused()) {
            inTransit(shards::giveRefused);
        }
    }

    /// Takes in what found no place before.
    private void placeWaiting() {
        if (!waiting.isEmpty()) {
            inTransit(this::placeWaitingInTransit);
        }
    }

    private void placeWaitingInTransit() {
        try {
            while (!waiting.isEmpty()) {
                placeSlot(waiting.first(), waiting.firstClass());
                waiting.dropFirst();
            }
        } catch (OutOfMemoryError _) {
            // the Java heap is full still
        }
    }

    private void inTransit(Runnable move) {
        transit.begin();
        try {
            move.run();
        } finally {
            transit.end();
        }
    }

    /// Ends the caches, unless an arena is open: no thread gets one any more.
    ///
    /// @return arenas that are open; if none, nothing is taken from a cache from now on but by who was about to.
    ///         Arenas of threads that have ended are not counted, since nobody can use or close them
    public long close() {
        membership.lock();
        try {
            seizeAll();
            long open = arenasOfVirtualThreads.get();
            for (final var cache : byThread.values()) {
                open += cache.owner().isAlive() ? cache.openArenas() : 0;
            }
            if (open == 0 && arenasOfVirtualThreads.compareAndSet(0, Long.MIN_VALUE)) {
                closed = true;
                byThread.values().forEach(ThreadCache::end);
                Arrays.fill(table, null);
            }
            byThread.values().forEach(ThreadCache::letGo);
            return closed ? 0 : Math.max(open, 1);
        } finally {
            membership.unlock();
        }
    }

    /// Keeps all owners out of their caches, once they have finished what they are doing.
    private void seizeAll() {
        byThread.values().forEach(ThreadCache::seize);
        fenceThreads();
        for (final var cache : byThread.values()) {
            for (int looks = 1; cache.isBusy() && (looks % PATIENCE != 0 || !cache.isLeft()); looks++) {
                Thread.yield();
            }
        }
    }

    /// Makes all threads pass a fence. Where the kernel does not, the JVM does: the end of a shared arena stops every thread for a moment.
    private void fenceThreads() {
        if (os.fencesThreads()) {
            os.fenceThreads();
        } else {
            Arena.ofShared().close();
        }
    }

    /// Notes that the calling thread has opened an arena, whose end it will note with [#arenaClosed].
    ///
    /// @throws IllegalStateException if the allocator is closed
    public void arenaOpened() {
        final var own = own();
        if (own != null) {
            own.arenaOpened();
            if (closed) {                               // since it was found
                own.arenaClosed();
                throw new IllegalStateException("the allocator is closed");
            }
            return;
        }
        for (long open = arenasOfVirtualThreads.get(); open >= 0; open = arenasOfVirtualThreads.get()) {
            if (arenasOfVirtualThreads.compareAndSet(open, open + 1)) {
                return;
            }
        }
        throw new IllegalStateException("the allocator is closed");
    }

    /// Notes that an arena of the calling thread is closed.
    public void arenaClosed() {
        final var own = own();
        if (own != null) {
            own.arenaClosed();
        } else {
            arenasOfVirtualThreads.decrementAndGet();
        }
    }

    @Override
    public long oldestMark() {
        final var oldest = oldestVolatile();
        return oldest == null ? NOTHING : oldest.markedAt();
    }

    @Override
    public boolean claimOldest(PurgeBatch batch, long wantedBytes, long until) {
        return claimOldestWithin(batch, Long.MAX_VALUE);
    }

    /// Runs in caches are not split.
    @Override
    public boolean claimOldestWithin(PurgeBatch batch, long mostBytes) {
        for (var oldest = oldestVolatile(); oldest != null && oldest.size() <= mostBytes; oldest = oldestVolatile()) {
            if (oldest.claim()) {
                batch.add(oldest);
                return true;
            }
        }
        return false;
    }

    private Extent oldestVolatile() {
        Extent oldest = depot.runs().oldestVolatile();
        for (final var cache : byThread.values()) {
            oldest = RunCache.older(oldest, cache.runs().oldestVolatile());
        }
        return RunCache.older(oldest, shared.oldestVolatile());
    }

    /// {@return what all caches hold} Exact when nobody allocates or frees meanwhile.
    public CacheStats stats() {
        final var sum = new CacheStats.Sum(classes.count());
        for (final var cache : byThread.values()) {
            sum.caches++;
            cache.addTo(sum);
        }
        shared.addTo(sum);
        depot.runs().addTo(sum);
        slotDepot.addTo(sum.cachedSlots);
        shards.addRefusedTo(sum.cachedSlots);
        waiting.addTo(sum.cachedSlots);
        sum.volatileReuses += otherReuses.sum();
        sum.reusedBytes += otherReusedBytes.sum();
        return sum.total(classes);
    }
}
