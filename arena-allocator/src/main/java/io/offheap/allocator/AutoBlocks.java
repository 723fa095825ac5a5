package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.RankedLock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/// The blocks of automatic arenas, from the allocation until the JDK's cleaner has told of the arena's end.
///
/// One thread of the process tells of the ends of all automatic arenas, also of those that this library knows nothing of, and what it
/// has still to tell of is in the Java heap, a hundred bytes and more for each: a program that opens arenas faster than they are told
/// of would fill the heap with them, however often the collector runs. So who wants a further block waits while more are begun and
/// not ended than a part of the heap can bear. If they are simply in use, there may be twice as many from then on.
///
/// Any thread may call any method, with no lock held.
final class AutoBlocks {

    /// What becomes of a block that has ended.
    interface Taker {

        /// {@return whether it was kept for the next one of its kind} In a moment: the JDK's cleaner thread must not be kept.
        boolean keep(long address, long byteSize);

        /// Takes it back.
        void take(long address, long byteSize);
    }

    /// What hangs on the end of an arena: a block, once it is there. It must refer to nothing of the arena.
    static final class Block implements Consumer<MemorySegment> {
        private final AutoBlocks all;
        private long address;           // 0: none, so nothing is to be done
        private long byteSize;
        private long charge;

        private Block(AutoBlocks all) {
            this.all = all;
        }

        /// Says what it is. The caller keeps the arena reachable meanwhile.
        ///
        /// @param newCharge bytes that it has taken of the allowance
        void set(long newAddress, long newByteSize, long newCharge) {
            all.charged.getAndAdd(newCharge);
            byteSize = newByteSize;
            charge = newCharge;
            address = newAddress;
        }

        /// The arena has ended. For the JDK's cleaner thread.
        @Override
        public void accept(MemorySegment none) {
            all.ended(this);
        }
    }

    /// Places in a chunk of the queue, which grows and shrinks by chunks.
    private static final int CHUNK = 256;

    /// One block for so many bytes that the heap may have. Until it is told of, it keeps some 170 of them, and twice that if its arena grew
    /// old: an eighth of the heap, or a sixth.
    private static final long HEAP_BYTES = 2 << 10;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /// Looks, a pause apart: as many as `java.nio.Bits` has milliseconds. Counted, since time also passes while the collector has
    /// stopped everybody.
    private static final int MOST_LOOKS = 511;

    /// While ends are being told of, there is one within so many looks.
    private static final int QUIET_LOOKS = 20;

    private final Taker taker;
    private final Runnable collector;
    private final long least;

    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong begunToTell = new AtomicLong();
    private final AtomicLong told = new AtomicLong();
    private final AtomicLong charged = new AtomicLong();
    private volatile long bound;

    private final Queue<Block> ended = new MpscUnboundedVarHandleArrayQueue<>(CHUNK);
    private volatile boolean everLeft;  // whether anything was ever put there

    /// The queue has one consumer at a time.
    private final RankedLock consuming = new RankedLock(RankedLock.Rank.UNREACHABLE_BLOCKS);

    /// One thread waits for ends; others that want the same wait for it.
    private final Semaphore waiting = new Semaphore(1);

    /// @param collector has a young collection run
    /// @param heapBytes that the Java heap may have
    AutoBlocks(Taker taker, Runnable collector, long heapBytes) {
        this.taker = taker;
        this.collector = collector;
        this.least = Math.max(1, heapBytes / HEAP_BYTES);
        this.bound = least;
    }

    /// Waits while too many ends are still to be told of.
    void awaitRoom() {
        if (pending() >= bound) {
            makeRoom();
        }
    }

    /// {@return a block to be, which goes back at the end of an automatic arena} Before there is any memory: so that a full heap, whenever it
    /// shows, costs none.
    Block begin(Arena session) {
        final var block = new Block(this);
        RawMemory.afterEnd(session, block);
        begun.getAndIncrement();
        return block;
    }

    /// {@return blocks whose end has not been told of} By and large.
    private long pending() {
        return begun.get() - told.get();
    }

    /// {@return how many ends were told of}
    long told() {
        return told.get();
    }

    /// {@return how many ends were told of, or are being told of}
    long begunToTell() {
        return begunToTell.get();
    }

    /// {@return bytes that blocks have taken of the allowance which the taker has not} Exact when nobody begins or ends one.
    long charged() {
        return charged.get();
    }

    private void ended(Block block) {
        begunToTell.getAndIncrement();
        if (block.address != 0) {
            keepOrLeave(block);
        }
        told.getAndIncrement();
    }

    private void keepOrLeave(Block block) {
        if (taker.keep(block.address, block.byteSize)) {
            charged.getAndAdd(-block.charge);
        } else {
            leave(block);
        }
    }

    private void take(Block block) {
        charged.getAndAdd(-block.charge);
        taker.take(block.address, block.byteSize);
    }

    private void leave(Block block) {
        try {
            everLeft = true;
            ended.add(block);
        } catch (OutOfMemoryError e) {                  // no heap for a further chunk, and there is no other chance
            take(block);
        }
    }

    /// {@return whether blocks wait to be taken back}
    boolean isWaitedFor() {
        return everLeft && !ended.isEmpty();
    }

    /// Has the blocks taken back that wait for it.
    void drain() {
        for (var block = poll(); block != null; block = poll()) {
            take(block);
        }
    }

    private Block poll() {
        consuming.lock();
        try {
            return ended.poll();
        } finally {
            consuming.unlock();
        }
    }

    private void makeRoom() {
        waiting.acquireUninterruptibly();
        try {
            if (pending() >= bound) {
                awaitEnds();
            }
        } finally {
            waiting.release();
        }
    }

    private void awaitEnds() {
        boolean interrupted = awaitEnds(new AtomicBoolean(true));
        if (pending() > bound / 2) {
            final var mark = mark();
            collector.run();
            interrupted |= awaitEnds(mark);
        }
        bound = Math.max(least, 2 * pending());
        if (interrupted) {
            Thread.currentThread().interrupt();         // told to the caller, who did not ask to be stopped here
        }
    }

    /// {@return what the next collection finds, and the cleaner sets}
    private static AtomicBoolean mark() {
        final var mark = new AtomicBoolean();
        RawMemory.afterEnd(Arena.ofAuto(), _ -> mark.set(true));
        return mark;
    }

    /// Waits until half of the bound is free, or there seem to be no more ends to tell of.
    ///
    /// @param mark told of among them
    /// @return whether the thread was interrupted, which it is no more
    private boolean awaitEnds(AtomicBoolean mark) {
        boolean interrupted = false;
        long last = told.get();
        int quiet = 0;
        while (pending() > bound / 2 && quiet < (mark.get() ? QUIET_LOOKS : MOST_LOOKS)) {
            LockSupport.parkNanos(PAUSE_NANOS);
            interrupted |= Thread.interrupted();
            final long now = told.get();
            quiet = now == last ? quiet + 1 : 0;
            last = now;
        }
        return interrupted;
    }
}
