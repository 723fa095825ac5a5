package io.offheap.allocator;

import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.StackRoom;
import java.lang.foreign.Arena;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/// Memory that goes back when nobody can reach it any more, and how much of it there may be.
///
/// ```
///   the collector has run  --> who asks next, or the daemon: sweep of the table of buffers --\
///                                                                                             --> spares --> the next buffer
///   automatic arena unreachable --> JDK's cleaner ([AutoBlocks]) ----------------------------/          \-> the allocator
/// ```
///
/// That the collector has run is told by one sentinel for all buffers, which is unreachable from the start. Slots that are found
/// are kept for those who want their like ([Spares]); larger blocks, and what nobody wants, go to the allocator.
/// The JDK's cleaner thread only makes spares and puts into a queue; the free is made by a thread that has a cache and may purge.
///
/// Off-heap memory does not make the collector run. So when what is waiting to be found unreachable has reached the limit,
/// or stands in the way at the hard limit, the thread that wants more has the collector run ([#collect]), waits for what it finds,
/// and tries again.
///
/// Any thread may call any method, with no lock held.
final class CollectedMemory {

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

    /// After a collection the buffers are swept if so many of them, one part, are new: a sweep that looks at old ones in the main is
    /// left to the daemon and to the limit. So each new buffer pays for looking at a few.
    private static final int NEW_PART = 4;

    /// The daemon looks for what a collection has found unnoticed this often at most, and for one part in so many of its time.
    private static final long UNASKED_SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int UNASKED_PART = 100;

    /// Bytes of one piece of heap garbage: too small to be handled as a large object by any collector.
    private static final int PIECE = 64 << 10;

    /// Bytes of heap garbage for a buffer of new memory, at most: see [#press].
    private static final int MOST_PRESSURE = 2 << 10;

    /// An automatic arena leaves as much behind for the cleaner as a buffer of so many bytes of new memory: see [#press].
    private static final int ARENA_PRESSURE = 2 << 10;

    /// Bytes of a small buffer, at most: beyond, zeroing takes hundreds of nanoseconds, and one counter for all is as good.
    private static final int LARGEST_SMALL = 32 << 10;

    /// Spares within so many bytes are kept together.
    private static final int NEIGHBOURS_SHIFT = 16;

    private static volatile Object sink;

    private final HiddenBlocks hidden;
    private final Blocks blocks;
    private final SlotClasses classes;
    private final boolean explicitGc;
    private final boolean keepsSpares;

    /// What counts against the limit: slots whole, larger blocks with the bytes that were asked for. Spares are in, and the room that
    /// the table has for small buffers.
    private final Allowance allowance;

    private final BufferTable buffers;
    private final BufferTable.Taker taker = this::found;    // once: a sweep may find the Java heap full
    private final Spares spares;
    private final AutoBlocks autoBlocks;

    /// Cleared when the collector has run. In no queue: one that is would wait there behind all others that were cleared.
    private final AtomicReference<PhantomReference<Object>> sentinel = new AtomicReference<>(newSentinel());

    /// Collections that were noticed, and how many of them the last sweep knew of.
    private final AtomicLong collections = new AtomicLong();
    private volatile long sweptCollections;
    private volatile long sweptAdded;
    private volatile long sweptAt = System.nanoTime();
    private volatile long sweepNanos;

    /// Threads that have taken something out of the table or the queue, or are about to, and have not freed it yet.
    private final AtomicInteger freeing = new AtomicInteger();

    /// How often anybody has freed buffers that the collector had found.
    private final AtomicLong finds = new AtomicLong();

    /// One thread has the collector run; others that want the same wait for it.
    private final Semaphore collecting = new Semaphore(1);
    private final AtomicLong fruitful = new AtomicLong();

    /// @param limit       bytes
    /// @param explicitGc  whether `System.gc()` may be called when nothing else helps
    /// @param keepsSpares whether memory may be kept as it was left
    CollectedMemory(
            HiddenBlocks hidden, Blocks blocks, SlotClasses classes, long limit, boolean explicitGc, boolean keepsSpares) {
        this.hidden = hidden;
        this.blocks = blocks;
        this.classes = classes;
        this.allowance = new Allowance(limit);
        this.buffers = new BufferTable(allowance, charges());
        this.explicitGc = explicitGc;
        this.keepsSpares = keepsSpares;
        this.spares = new Spares(classes.count());
        this.autoBlocks = new AutoBlocks(new Ends(), CollectedMemory::provokeCollection, Runtime.getRuntime().maxMemory());
    }

    private long[] charges() {
        final var charges = new long[classes.count()];
        Arrays.setAll(charges, classes::sizeOf);
        return charges;
    }

    /// {@return the live direct buffers}
    BufferTable buffers() {
        return buffers;
    }

    /// {@return the address of a block, aligned as asked for}
    ///
    /// @throws OutOfMemoryError if it cannot be had, also after a collection
    long allocate(long byteSize, long byteAlignment, boolean zeroed) {
        StackRoom.requireMuch();
        notice();
        return allocateNoticed(byteSize, byteAlignment, zeroed);
    }

    private long allocateNoticed(long byteSize, long byteAlignment, boolean zeroed) {
        final int slotClass = blocks.slotClass(byteSize, byteAlignment);
        long spare = spare(slotClass);
        if (spare == 0 && !allowance.tryTake(charge(slotClass, byteSize))) {
            spare = makeRoom(slotClass, byteSize);
        }
        if (spare == 0) {
            return allocateCharged(slotClass, byteSize, byteAlignment, zeroed);
        }
        if (zeroed) {
            RawMemory.zero(spare, byteSize);
        }
        return spare;
    }

    /// {@return the address of a block, aligned as asked for, which goes back at the end of an automatic arena} Waits while too many arenas
    /// have ended, or may have, that the JDK's cleaner has not told of.
    ///
    /// @param session which is reachable until this returns
    /// @throws OutOfMemoryError if it cannot be had, also after a collection
    long allocateUntilEnd(Arena session, long byteSize, long byteAlignment, boolean zeroed) {
        StackRoom.requireMuch();
        autoBlocks.awaitRoom();
        press(ARENA_PRESSURE);
        final var block = autoBlocks.begin(session);
        final long address = allocate(byteSize, byteAlignment, zeroed);
        block.set(address, byteSize);
        Reference.reachabilityFence(session);
        return address;
    }

    /// {@return the class of the slots for small buffers of a capacity, or [Blocks#NO_SLOT] if it is not small} What a small buffer takes
    /// of the allowance may be told to the table.
    int smallClass(int capacity) {
        return capacity <= LARGEST_SMALL ? blocks.slotClass(capacity, 1) : Blocks.NO_SLOT;
    }

    /// {@return the address of a spare slot for a small buffer, zeroed where it needs it and counted, or 0 if there is none}
    long takeSpare(int smallClass, int capacity) {
        final long spare = spares.pop(smallClass);
        if (spare != 0) {
            RawMemory.zero(spare, capacity);
        }
        return spare;
    }

    /// {@return the address of a new slot for a small buffer, zeroed where it needs it, and not counted yet}
    ///
    /// @throws OutOfMemoryError if it cannot be had, also after a collection
    long allocateUncounted(int smallClass, int capacity) {
        try {
            return hidden.allocateHiddenSlot(smallClass, capacity);
        } catch (OutOfMemoryError e) {
            return retry(e, 0, capacity, 1, true);
        }
    }

    /// {@return the address of a counted block for a buffer that was refused, zeroed}
    ///
    /// @throws OutOfMemoryError if it cannot be had, also after a collection
    long allocateRefused(int capacity) {
        StackRoom.requireMuch();
        return allocateNoticed(capacity, 1, true);
    }

    /// {@return a spare slot, or 0 if there is none}
    private long spare(int slotClass) {
        return slotClass == Blocks.NO_SLOT ? 0 : spares.pop(slotClass);
    }

    private long charge(int slotClass, long byteSize) {
        return slotClass == Blocks.NO_SLOT ? byteSize : classes.sizeOf(slotClass);
    }

    /// At the limit: looks for what was found already, then has the collector run.
    ///
    /// @return a spare slot, or 0 if there is room now, which is reserved
    /// @throws OutOfMemoryError if neither can be had
    private long makeRoom(int slotClass, long byteSize) {
        final long charge = charge(slotClass, byteSize);
        sweep();
        boolean goesOn = charge <= allowance.limit();
        for (int tries = 0; goesOn; tries++) {
            goesOn = tries < MOST_COLLECTIONS && (tries == 0 || collect());     // others may have found it: so look once more
            final long spare = spare(slotClass);
            if (spare != 0) {
                return spare;
            }
            spares.drain(this::free);
            buffers.giveUpRoom();
            if (allowance.tryTake(charge)) {
                return 0;
            }
        }
        throw new OutOfMemoryError("%d bytes requested that the collector frees, %d in use, limit %d"
                .formatted(byteSize, allowance.taken(), allowance.limit()));
    }

    private long allocateCharged(int slotClass, long byteSize, long byteAlignment, boolean zeroed) {
        final long charge = charge(slotClass, byteSize);
        boolean done = false;
        try {
            final long address = allocateOrRetry(charge, byteSize, byteAlignment, zeroed);
            done = true;
            return address;
        } finally {
            if (!done) {
                allowance.giveBack(charge);
            }
        }
    }

    private long allocateOrRetry(long charge, long byteSize, long byteAlignment, boolean zeroed) {
        try {
            return allocateBlock(byteSize, byteAlignment, zeroed);
        } catch (OutOfMemoryError e) {
            return retry(e, charge, byteSize, byteAlignment, zeroed);
        }
    }

    private long allocateBlock(long byteSize, long byteAlignment, boolean zeroed) {
        return hidden.leaveToCollector(hidden.allocateHidden(byteSize, byteAlignment, zeroed));
    }

    /// The hard limit has refused: perhaps what is in the way is garbage.
    ///
    /// @param charge what this block has taken of the allowance already
    private long retry(OutOfMemoryError first, long charge, long byteSize, long byteAlignment, boolean zeroed) {
        OutOfMemoryError refusal = first;
        boolean goesOn = mayHaveGarbage(charge);
        for (int tries = 0; goesOn; tries++) {
            goesOn = tries < MOST_COLLECTIONS && mayHaveGarbage(charge) && collect();
            try {
                spares.drain(this::free);
                return allocateBlock(byteSize, byteAlignment, zeroed);
            } catch (OutOfMemoryError e) {
                refusal = e;
            }
        }
        throw refusal;
    }

    /// {@return whether anything but so many bytes is in use, or spare}
    private boolean mayHaveGarbage(long own) {
        return allowance.taken() - buffers.room() > own;
    }

    /// Frees a block that was asked for without an alignment.
    void free(long address, long byteSize) {
        allowance.giveBack(charge(blocks.slotClass(byteSize, 1), byteSize));
        hidden.freeHidden(address);
    }

    /// Frees the slot of a small buffer that is not counted any more, or not yet.
    void freeUncounted(long address, int smallClass) {
        hidden.freeHiddenSlot(address, smallClass);
    }

    /// Frees a spare slot.
    private void free(long address) {
        allowance.giveBack(classes.sizeOf(blocks.hiddenClass(address)));
        hidden.freeHidden(address);
    }

    /// Takes back a block that nobody can reach any more: a slot is kept for the next one of its class.
    private void found(long address, long byteSize) {
        final int slotClass = blocks.hiddenClass(address);
        if (!keep(address, slotClass)) {
            giveBack(address, byteSize, slotClass);
        }
    }

    private void giveBack(long address, long byteSize, int slotClass) {
        allowance.giveBack(charge(slotClass, byteSize));
        hidden.freeHidden(address);
    }

    private boolean keep(long address, int slotClass) {
        if (slotClass == Blocks.NO_SLOT || !keepsSpares) {
            return false;
        }
        try {
            spares.push(address, slotClass, (int) (address >>> NEIGHBOURS_SHIFT));
            return true;
        } catch (OutOfMemoryError e) {
            return false;                               // no heap for a longer list
        }
    }

    /// {@return bytes that are in use, or waiting to be found}
    long bytes() {
        long sum = allowance.taken() - buffers.room();
        for (int slotClass = 0; slotClass < classes.count(); slotClass++) {
            sum -= spares.count(slotClass) * classes.sizeOf(slotClass);
        }
        return sum;
    }

    /// Looks whether the collector has run, and what has ended. Fast where neither is.
    void notice() {
        if (sentinel.get().refersTo(null)) {
            noticeAndSweep();
        }
        takeEnded();
    }

    private void noticeAndSweep() {
        StackRoom.requireMuch();
        if (noticeCollection() && isWorthSweeping()) {
            sweep();
        }
    }

    /// A collector that clears references beside the program may clear others after the sentinel: those are found by a later
    /// sweep.
    ///
    /// @return whether it was this thread that noticed
    private boolean noticeCollection() {
        final var known = sentinel.get();
        if (!known.refersTo(null) || !sentinel.compareAndSet(known, newSentinel())) {
            return false;
        }
        collections.incrementAndGet();
        return true;
    }

    private static PhantomReference<Object> newSentinel() {
        return new PhantomReference<>(new Object(), null);
    }

    private boolean isWorthSweeping() {
        return buffers.added() - sweptAdded >= buffers.count() / NEW_PART;
    }

    /// Finds the buffers whose references the collector has cleared.
    private void sweep() {
        final long begin = System.nanoTime();
        sweptCollections = collections.get();
        freeing.incrementAndGet();
        try {
            if (sweepAll() > 0) {
                finds.incrementAndGet();
            }
            sweptAt = System.nanoTime();
            sweepNanos = sweptAt - begin;
        } finally {
            freeing.decrementAndGet();
        }
    }

    private long sweepAll() {
        sweptAdded = buffers.added();
        return buffers.sweep(taker);
    }

    private void takeEnded() {
        if (autoBlocks.isWaitedFor()) {
            giveBackEnded();
        }
    }

    private void giveBackEnded() {
        freeing.incrementAndGet();
        try {
            autoBlocks.drain();
        } finally {
            freeing.decrementAndGet();
        }
    }

    /// {@return how often anything was found, of buffers or of arenas}
    private long finds() {
        return finds.get() + autoBlocks.told();
    }

    private boolean hasArenas() {
        return autoBlocks.told() != 0;
    }

    /// Frees the memory that the collector has found unreachable, all of it.
    void reclaim() {
        noticeCollection();
        sweep();
        takeEnded();
        spares.drain(this::free);
    }

    /// Finds what is unreachable although nobody asks for memory. For the daemon, now and then.
    void maintain() {
        noticeCollection();
        final long idle = System.nanoTime() - sweptAt;
        if (collections.get() != sweptCollections || idle > Math.max(UNASKED_SWEEP_NANOS, UNASKED_PART * sweepNanos)) {
            sweep();
        }
        takeEnded();
    }

    /// Frees what was found and nobody has wanted since the last call. For the daemon.
    void trim() {
        spares.trim(this::free);
    }

    /// Has the collector run, unless another thread just has, and takes what it finds.
    ///
    /// First by filling the young generation with garbage: a young collection takes a millisecond or so where a full one takes as
    /// long as the program's data is large, and finds buffers that were dropped soon. `System.gc()` comes last, if it may.
    ///
    /// @return whether anything was found
    private boolean collect() {
        final long before = fruitful.get();
        collecting.acquireUninterruptibly();
        try {
            if (fruitful.get() != before) {
                return true;
            }
            // first what a collection has found that has just been
            final long findsBefore = finds();
            boolean found = (hasArenas() || sentinel.get().refersTo(null))
                    && awaitGarbage(sweptCollections, findsBefore, QUIET_NANOS);
            final long known = collections.get();
            if (!found) {
                provokeCollection();
                found = awaitGarbage(known, findsBefore, explicitGc && !hasArenas() ? QUIET_NANOS : LONGEST_WAIT_NANOS);
            }
            if (!found && explicitGc) {
                System.gc();
                found = awaitGarbage(known, findsBefore, LONGEST_WAIT_NANOS);
            }
            if (found) {
                fruitful.incrementAndGet();
            }
            return found;
        } finally {
            collecting.release();
        }
    }

    /// Makes heap garbage for a buffer of new memory, so that the collector runs before there are too many.
    ///
    /// A young collection that finds more than its survivor space holds moves the rest to the old generation at once, and where a
    /// reference moves there, its referent counts as reachable and moves along (in the collectors of HotSpot with two generations):
    /// then the buffer is not found before a collection of the old generation. What survives is the reference and what
    /// tells of the new memory, a few hundred bytes for a buffer of a page; what does not is a few hundred bytes of buffer and scope.
    /// With as much garbage as this, eight times as much is allocated as survives, which is how survivor space is
    /// measured. A buffer in memory that was used before has less that survives.
    ///
    /// @param capacity of the buffer, bytes
    static void press(int capacity) {
        sink = new byte[Math.min(capacity / 2, MOST_PRESSURE)];
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

    /// Takes what was collected: buffers all at once. Arenas are told of by a thread of the JDK, and waited for until there is room for
    /// many more blocks, or nothing has come for a while: to go on with the first one would be a change of threads for each.
    ///
    /// On a busy machine a thread may be stopped for longer than it waits. So there is a look after the time is over, and what
    /// another thread has taken and not freed yet is waited for however long that takes.
    ///
    /// @param known        collections whose buffers were taken already
    /// @param findsBefore  of [#finds]: what others have freed since then counts too, and is perhaps all there was
    /// @param longestNanos how long to wait for the first
    /// @return whether there was any
    private boolean awaitGarbage(long known, long findsBefore, long longestNanos) {
        final long now = bytes();
        final long enough = now - now / PART;
        boolean interrupted = false;
        boolean found = false;
        long lastFinds = findsBefore;
        long pause = SHORTEST_PAUSE_NANOS;
        long since = System.nanoTime();
        while (true) {
            final boolean isLast = System.nanoTime() - since >= (found ? QUIET_NANOS : longestNanos);
            takeNews(known);
            if (finds() != lastFinds) {
                lastFinds = finds();
                found = true;
                since = System.nanoTime();
                pause = SHORTEST_PAUSE_NANOS;
            } else if (isLast && freeing.get() == 0) {
                break;
            }
            final boolean isEnough = bytes() <= enough;     // perhaps another thread was first to take it
            found |= isEnough;
            if (isEnough || found && !hasArenas()) {
                break;
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

    /// Takes what a collection that was not known has found, and arenas that have ended.
    private void takeNews(long known) {
        noticeCollection();
        if (collections.get() != known) {
            sweep();
        }
        takeEnded();
    }

    /// What becomes of the blocks of automatic arenas.
    private final class Ends implements AutoBlocks.Taker {

        @Override
        public boolean keep(long address, long byteSize) {
            return CollectedMemory.this.keep(address, blocks.hiddenClass(address));
        }

        @Override
        public void take(long address, long byteSize) {
            giveBack(address, byteSize, blocks.hiddenClass(address));
        }
    }
}
