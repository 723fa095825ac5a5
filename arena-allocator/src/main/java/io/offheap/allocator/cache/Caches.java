package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.PageClasses;
import io.offheap.memory.pressure.Governor;
import io.offheap.memory.purge.PurgeBatch;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.purge.VolatileSource;
import io.offheap.memory.util.RankedLock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// All caches of one allocator, and which of them serves the calling thread.
///
/// A platform thread has a cache of its own, registered by thread. The fast path finds it through a small
/// table, indexed by the thread's number: one comparison with the cache's owner says whether it is the right
/// one, so that entries may be stale, overwritten or raced for. It is faster than a thread-local, and a pool that
/// clears thread-locals between tasks does not lose caches. Virtual threads, of which there may be millions,
/// share a bounded number of caches, each taken by try-lock for a few instructions; they never own an entry
/// of the table, so the same comparison sorts them out.
///
/// ## Concurrency
/// Any thread; no lock may be held by the caller. A shared cache is never locked while slots or runs are
/// fetched or given back.
public final class Caches implements VolatileSource {

    /// Shared caches for each processor: with fewer, threads that run meet; with more, memory lies idle.
    private static final int SHARED_PER_PROCESSOR = 2;

    /// Threads whose numbers differ by a multiple of this displace each other and go through the map.
    private static final int TABLE_SIZE = 1 << 10;

    private static final class SharedCache {
        final RankedLock lock = new RankedLock(RankedLock.Rank.CACHE_SLOT);
        volatile ThreadCache cache;                     // replaced under the lock when it is flushed

        SharedCache(ThreadCache cache) {
            this.cache = cache;
        }
    }

    private final Shards shards;
    private final Governor governor;
    private final long pageSize;

    /// Caches by the low bits of their owner's number. Plain: an entry counts only for the thread that owns it,
    /// which wrote what it reads.
    private final ThreadCache[] table = new ThreadCache[TABLE_SIZE];
    private final Map<Thread, ThreadCache> byThread = new ConcurrentHashMap<>();
    private final SharedCache[] shared;
    private final AtomicLong reusesOfTheDead = new AtomicLong();

    /// @param shards     where slots and runs come from
    /// @param governor   is asked before a purged run becomes resident again
    /// @param pageSize   bytes
    /// @param processors how many threads run at a time
    public Caches(Shards shards, Governor governor, long pageSize, int processors) {
        this.shards = shards;
        this.governor = governor;
        this.pageSize = pageSize;
        this.shared = new SharedCache[SHARED_PER_PROCESSOR * processors];
        for (int i = 0; i < shared.length; i++) {
            shared[i] = new SharedCache(new ThreadCache(shards, null));
        }
    }

    /// {@return the calling thread's own cache, or null if it is not at hand} The fast path.
    public ThreadCache current() {
        final var thread = Thread.currentThread();
        final var cache = table[(int) thread.threadId() & TABLE_SIZE - 1];
        return cache != null && cache.owner == thread ? cache : null;
    }

    /// {@return the calling thread's own cache, which is made if need be, or null if the thread is virtual}
    private ThreadCache own() {
        final var at = current();
        final var thread = Thread.currentThread();
        if (at != null || thread.isVirtual()) {
            return at;
        }
        final var cache = byThread.computeIfAbsent(thread, _ -> new ThreadCache(shards, thread));
        table[(int) thread.threadId() & TABLE_SIZE - 1] = cache;
        return cache;
    }

    /// {@return a slot of a size class} The slow path of an allocation.
    ///
    /// @throws OutOfMemoryError if it cannot be had
    public long allocateSlot(int sizeClass) {
        final var own = own();
        return own != null ? own.popOrFill(sizeClass) : allocateShared(sizeClass);
    }

    /// Takes a slot back. The slow path of a free.
    public void freeSlot(long address, int sizeClass) {
        final var own = own();
        if (own != null) {
            own.pushOrFlush(address, sizeClass);
        } else {
            freeShared(address, sizeClass);
        }
    }

    private long allocateShared(int sizeClass) {
        final var slot = lockShared();
        final var bin = slot.cache.bin(sizeClass);
        final long address = bin.pop();
        slot.lock.unlock();
        if (address != 0) {
            return address;
        }
        final var batch = new long[bin.fillCount()];
        int left = slot.cache.shard().bin(sizeClass).take(batch, batch.length);
        final long first = batch[--left];
        shards.give(batch, keepShared(slot, batch, left, sizeClass), sizeClass);
        return first;
    }

    /// {@return how many of the slots found no room}
    private static int keepShared(SharedCache slot, long[] batch, int count, int sizeClass) {
        int left = count;
        slot.lock.lock();
        final var bin = slot.cache.bin(sizeClass);
        bin.open();
        while (left > 0 && bin.push(batch[left - 1])) {
            left--;
        }
        slot.lock.unlock();
        return left;
    }

    private void freeShared(long address, int sizeClass) {
        final var slot = lockShared();
        final var bin = slot.cache.bin(sizeClass);
        if (bin.push(address) || bin.open() && bin.push(address)) {
            slot.lock.unlock();
            return;
        }
        final var oldest = new long[bin.capacity() / 2];
        final int count = bin.takeOldest(oldest, oldest.length);
        bin.push(address);
        slot.lock.unlock();
        shards.give(oldest, count, sizeClass);
    }

    /// {@return a shared cache, locked: the first free one from the thread's own place on}
    private SharedCache lockShared() {
        final int home = Math.floorMod(Thread.currentThread().threadId(), shared.length);
        for (int i = 0; i < shared.length; i++) {
            final var slot = shared[(home + i) % shared.length];
            if (slot.lock.tryLock()) {
                return slot;
            }
        }
        shared[home].lock.lock();
        return shared[home];
    }

    /// {@return an active run of at least `size` bytes: rounded up to the ladder where limits allow}
    ///
    /// @param size      bytes, a positive multiple of the page size
    /// @param alignment of the start, bytes, a power of two
    /// @throws OutOfMemoryError if it cannot be had
    public Extent allocateRun(long size, long alignment) {
        final int rung = PageClasses.ceilingIndex(size / pageSize);
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
        if (own != null) {
            final var warm = own.runs.reuse(rung);
            return warm != null ? warm : revive(own.runs.pop(rung));
        }
        final var slot = lockShared();
        final var warm = slot.cache.runs.reuse(rung);
        final var cold = warm != null ? null : slot.cache.runs.pop(rung);
        slot.lock.unlock();
        return warm != null ? warm : revive(cold);
    }

    /// Makes a run active whose memory was purged under the cache, once the governor agrees.
    ///
    /// @param extent taken out of a cache, or null
    /// @return the run, active, or null if there is none or a purger still has it
    private Extent revive(Extent extent) {
        if (extent == null || extent.reuse()) {
            return extent;                              // the purge failed, or had not begun
        }
        if (extent.state() == State.PURGED) {
            boolean granted = false;
            try {
                governor.acquire(extent.size());
                granted = true;
            } finally {
                if (!granted) {
                    shards.release(extent);
                }
            }
            final boolean held = extent.holdPurged();
            assert held : extent;
            extent.activate();
            return extent;
        }
        shards.release(extent);
        return null;
    }

    private Extent allocateFromShard(long exactSize, long ladderSize, long alignment) {
        final var own = own();
        final var shard = own != null ? own.shard() : shared[homeOfVirtual()].cache.shard();
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
        return extent;
    }

    private int homeOfVirtual() {
        return Math.floorMod(Thread.currentThread().threadId(), shared.length);
    }

    /// Takes back a run that was just marked.
    public void freeRun(Extent extent) {
        final int rung = PageClasses.floorIndex(extent.size() / pageSize);
        if (rung >= RunCache.RUNGS || extent.size() > RunCache.CAPACITY_BYTES || !shards.mayCache(extent)) {
            shards.release(extent);
            return;
        }
        final var own = own();
        if (own != null) {
            while (!own.runs.push(extent, rung)) {
                shards.release(own.runs.evictFor(rung));
            }
            return;
        }
        final var slot = lockShared();
        final boolean kept = slot.cache.runs.push(extent, rung);
        slot.lock.unlock();
        if (!kept) {
            shards.release(extent);
        }
    }

    /// {@return whether a slot waits in some cache} A look at what others may be changing; exact for what
    /// happened before.
    public boolean isCached(long address, int sizeClass) {
        for (final var cache : byThread.values()) {
            if (cache.contains(address, sizeClass)) {
                return true;
            }
        }
        for (final var slot : shared) {
            if (slot.cache.contains(address, sizeClass)) {
                return true;
            }
        }
        return false;
    }

    /// Gives back what threads left that have ended. For the daemon.
    public void reapDeadThreads() {
        for (final var entry : byThread.entrySet()) {
            // isAlive() answering false makes everything the thread did visible here
            if (!entry.getKey().isAlive() && byThread.remove(entry.getKey(), entry.getValue())) {
                reusesOfTheDead.addAndGet(entry.getValue().runs.reuses());
                forget(entry.getValue());
                entry.getValue().flush();
            }
        }
    }

    /// Lets the table refer to a dead thread no longer. A race with a thread of the same place costs that
    /// thread one look into the map.
    private void forget(ThreadCache cache) {
        final int place = (int) cache.owner.threadId() & TABLE_SIZE - 1;
        if (table[place] == cache) {
            table[place] = null;
        }
    }

    /// Gives back what the calling thread's own cache holds, and what dead threads left.
    public void flushOwn() {
        final var own = own();
        if (own != null) {
            own.flush();
        }
        reapDeadThreads();
        flushShared();
    }

    /// Each shared cache is replaced by an empty one under its lock and emptied without it.
    private void flushShared() {
        for (final var slot : shared) {
            final var fresh = new ThreadCache(shards, null);
            slot.lock.lock();
            final var full = slot.cache;
            slot.cache = fresh;
            slot.lock.unlock();
            reusesOfTheDead.addAndGet(full.runs.reuses());
            full.flush();
        }
    }

    @Override
    public long oldestMark() {
        final var oldest = oldestVolatile();
        return oldest == null ? NOTHING : oldest.markedAt();
    }

    @Override
    public boolean claimOldest(PurgeBatch batch, long wantedBytes) {
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
        Extent oldest = null;
        for (final var cache : byThread.values()) {
            oldest = older(oldest, cache.runs.oldestVolatile());
        }
        for (final var slot : shared) {
            oldest = older(oldest, slot.cache.runs.oldestVolatile());
        }
        return oldest;
    }

    private static Extent older(Extent one, Extent other) {
        return one == null || other != null && other.markedAt() - one.markedAt() < 0 ? other : one;
    }

    /// {@return what all caches hold} Exact when nobody allocates or frees meanwhile.
    public CacheStats stats() {
        final var sum = new CacheStats.Sum();
        for (final var cache : byThread.values()) {
            sum.caches++;
            cache.addTo(sum);
        }
        for (final var slot : shared) {
            sum.caches++;
            slot.cache.addTo(sum);
        }
        sum.volatileReuses += reusesOfTheDead.get();
        return sum.total();
    }
}
