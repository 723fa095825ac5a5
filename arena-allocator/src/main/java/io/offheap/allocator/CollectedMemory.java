package io.offheap.allocator;

import io.offheap.memory.util.RankedLock;
import java.lang.foreign.MemorySegment.Scope;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Queue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/// Memory that goes back when nobody can reach it any more, and how much of it there may be.
///
/// ```
///   scope of a buffer unreachable ----> reference queue ----\
///                                                            --> the next buffer, daemon, purge(), a full limit
///   automatic arena unreachable --> JDK's cleaner --> queue -/
/// ```
///
/// The collector's own threads only put into queues; the free is made by a thread that has a cache and may purge.
///
/// Off-heap memory does not make the collector run. So when what is waiting to be found unreachable has reached the limit,
/// or stands in the way at the hard limit, the thread that wants more has the collector run ([#collect]), waits for what it finds,
/// and tries again.
///
/// Any thread may call any method, with no lock held.
final class CollectedMemory {

    /// What somebody found unreachable.
    interface Garbage {
        /// Frees the memory, unless that has happened already.
        void giveBack();
    }

    /// Places in a chunk of the queue, which grows and shrinks by chunks.
    private static final int CHUNK = 256;

    /// Other threads may take what a collection has found; then the next one is for this thread, or the one after that.
    private static final int MOST_COLLECTIONS = 100;

    /// As `java.nio.Bits` has it.
    private static final long LONGEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(511);

    /// While what was collected is being told of, more comes within this time, also on a busy machine.
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private static final long SHORTEST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /// Room for many more: one part in so many of what is in use.
    private static final int PART = 8;

    /// Bytes of one piece of heap garbage: too small to be handled as a large object by any collector.
    private static final int PIECE = 64 << 10;

    private static volatile Object sink;

    private final OffHeapAllocator allocator;
    private final long limit;
    private final boolean explicitGc;

    private final ReferenceQueue<Scope> unreachable = new ReferenceQueue<>();
    private final Queue<Garbage> ended = new MpscUnboundedVarHandleArrayQueue<>(CHUNK);

    /// The second queue has one consumer at a time.
    private final RankedLock consuming = new RankedLock(RankedLock.Rank.UNREACHABLE_BLOCKS);

    private final AtomicLong bytes = new AtomicLong();

    /// One thread has the collector run; others that want the same wait for it.
    private final Semaphore collecting = new Semaphore(1);
    private final AtomicLong fruitful = new AtomicLong();

    /// @param limit      bytes
    /// @param explicitGc whether `System.gc()` may be called when nothing else helps
    CollectedMemory(OffHeapAllocator allocator, long limit, boolean explicitGc) {
        this.allocator = allocator;
        this.limit = limit;
        this.explicitGc = explicitGc;
    }

    /// {@return where references to scopes go that nobody can reach} They are [Garbage].
    ReferenceQueue<Scope> queue() {
        return unreachable;
    }

    /// Takes what an automatic arena had, which has ended. For the JDK's cleaner thread, which must not be kept.
    void add(Garbage garbage) {
        try {
            ended.add(garbage);
        } catch (OutOfMemoryError e) {                  // no heap for a further chunk, and there is no other chance
            garbage.giveBack();
        }
    }

    /// {@return the address of a block, aligned as asked for}
    ///
    /// @throws OutOfMemoryError if it cannot be had, also after a collection
    long allocate(long byteSize, long byteAlignment, boolean zeroed) {
        reclaim();
        reserve(byteSize);
        boolean done = false;
        try {
            final long address = allocateReserved(byteSize, byteAlignment, zeroed);
            done = true;
            return address;
        } finally {
            if (!done) {
                bytes.addAndGet(-byteSize);
            }
        }
    }

    private void reserve(long byteSize) {
        if (!tryReserve(byteSize)) {
            for (int collections = 0; byteSize <= limit && collections < MOST_COLLECTIONS && collect(); collections++) {
                if (tryReserve(byteSize)) {
                    return;
                }
            }
            throw new OutOfMemoryError("%d bytes requested that the collector frees, %d in use, limit %d"
                    .formatted(byteSize, bytes.get(), limit));
        }
    }

    private boolean tryReserve(long byteSize) {
        long now = bytes.get();
        while (byteSize <= limit - now) {
            if (bytes.compareAndSet(now, now + byteSize)) {
                return true;
            }
            now = bytes.get();
        }
        return false;
    }

    private long allocateReserved(long byteSize, long byteAlignment, boolean zeroed) {
        try {
            return allocateBlock(byteSize, byteAlignment, zeroed);
        } catch (OutOfMemoryError e) {
            return retry(e, byteSize, byteAlignment, zeroed);
        }
    }

    private long allocateBlock(long byteSize, long byteAlignment, boolean zeroed) {
        return allocator.leaveToCollector(zeroed
                ? allocator.allocate(byteSize, byteAlignment).address()
                : allocator.allocateBlock(byteSize, byteAlignment));
    }

    /// The hard limit has refused: perhaps what is in the way is garbage.
    private long retry(OutOfMemoryError first, long byteSize, long byteAlignment, boolean zeroed) {
        OutOfMemoryError refusal = first;
        for (int collections = 0; collections < MOST_COLLECTIONS && bytes.get() > byteSize && collect(); collections++) {
            try {
                return allocateBlock(byteSize, byteAlignment, zeroed);
            } catch (OutOfMemoryError e) {
                refusal = e;
            }
        }
        throw refusal;
    }

    /// Frees a block.
    void free(long address, long byteSize) {
        bytes.addAndGet(-byteSize);
        allocator.freeAddress(address);
    }

    /// {@return bytes that are in use, or waiting to be found}
    long bytes() {
        return bytes.get();
    }

    /// Frees the memory that the collector has found unreachable.
    ///
    /// @return whether there was any
    boolean reclaim() {
        boolean any = false;
        for (var found = unreachable.poll(); found != null; found = unreachable.poll()) {
            ((Garbage) found).giveBack();
            any = true;
        }
        for (var found = pollEnded(); found != null; found = pollEnded()) {
            found.giveBack();
            any = true;
        }
        return any;
    }

    private Garbage pollEnded() {
        if (ended.isEmpty()) {
            return null;
        }
        consuming.lock();
        try {
            return ended.poll();
        } finally {
            consuming.unlock();
        }
    }

    /// Has the collector run, unless another thread just has, and frees what it finds.
    ///
    /// First by filling the young generation with garbage: a young collection takes a millisecond or so where a full one takes as
    /// long as the program's data is large, and finds buffers that were dropped soon. `System.gc()` comes last, if it may.
    ///
    /// @return whether anything was freed
    private boolean collect() {
        final long before = fruitful.get();
        collecting.acquireUninterruptibly();
        try {
            if (fruitful.get() != before) {
                return true;
            }
            boolean found = awaitGarbage(QUIET_NANOS);          // of a collection that has just been
            if (!found) {
                provokeCollection();
                found = awaitGarbage(LONGEST_WAIT_NANOS);
            }
            if (!found && explicitGc) {
                System.gc();
                found = awaitGarbage(LONGEST_WAIT_NANOS);
            }
            if (found) {
                fruitful.incrementAndGet();
            }
            return found;
        } finally {
            collecting.release();
        }
    }

    /// Fills the heap with garbage until the collector has run.
    private static void provokeCollection() {
        final var sentinel = new WeakReference<>(new Object());
        final long most = Runtime.getRuntime().maxMemory();
        try {
            for (long filled = 0; filled < most && !sentinel.refersTo(null); filled += PIECE) {
                sink = new byte[PIECE];
            }
        } catch (OutOfMemoryError _) {
            // full of what is in use, so it was collected more than once
        }
        sink = null;
    }

    /// Waits for the threads that tell of what was collected, and frees what they find: until there is room for many more
    /// blocks, or nothing has come for a while. To go on with the first one that comes would be a change of threads for
    /// each block.
    ///
    /// @param longestNanos how long to wait for the first
    /// @return whether there was any
    private boolean awaitGarbage(long longestNanos) {
        final long enough = bytes.get() - bytes.get() / PART;
        boolean interrupted = false;
        boolean found = false;
        long pause = SHORTEST_PAUSE_NANOS;
        long since = System.nanoTime();
        while (System.nanoTime() - since < (found ? QUIET_NANOS : longestNanos)) {
            if (reclaim()) {
                found = true;
                since = System.nanoTime();
                pause = SHORTEST_PAUSE_NANOS;
                if (bytes.get() <= enough) {
                    break;
                }
            }
            LockSupport.parkNanos(pause);
            pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
            interrupted |= Thread.interrupted();        // told to the caller, who did not ask to be stopped here
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return found;
    }
}
