package io.offheap.allocator;

import io.offheap.memory.util.StackRoom;
import java.lang.ref.WeakReference;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/// Has the garbage collector run for a thread that needs what it would find, and waits for that.
///
/// Any thread may call any method, with no lock held.
final class CollectorRuns {

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

    /// Bytes of heap garbage for each byte of new memory: see [#press].
    private static final int PRESSURE_FACTOR = 2;

    /// Bytes of heap garbage for one block of new memory, at most: that much for the largest that is kept as a spare.
    private static final long MOST_PRESSURE = 128 << 10;

    /// The same where that much has found nothing.
    private static final long FRUITLESS_PRESSURE = 2 << 10;

    /// So much of the heap, of garbage that has found nothing, is enough: more than any young generation, that of G1 being 60 %.
    private static final double FRUITLESS_PART = 5.0 / 8;

    /// Bytes of heap garbage for a collection that is to save memory, at most; or twice what it is had for, if that is more.
    private static final long MOST_PROVOCATION = 128 << 20;

    /// Before the collector has run at all, a collection that is to save memory is had for so many bytes at least: the young generation would be made
    /// resident for it, which costs as much as that many bytes of any other memory.
    private static final long LEAST_AT_FIRST = 64 << 20;

    /// Of so many bytes of blocks that are no spares one asks for it, and the first after one that was worth it.
    private static final long LOOK_BYTES = 1 << 20;

    /// Bytes of one piece of it, which fits into a thread's own part of the young generation.
    private static final int PRESSURE_PIECE = 16 << 10;

    private static volatile Object sink;

    private final Findings findings;
    private final LongSupplier bytes;
    private final LongPredicate hasMore;
    private final boolean explicitGc;
    private final BufferCycle cycle;

    /// One thread has the collector run; others that want the same wait for it.
    private final Semaphore collecting = new Semaphore(1);
    private final AtomicLong fruitful = new AtomicLong();

    /// Bytes of garbage made by [#press] since anything was found, and the number of that find. By and large: threads that meet count as one.
    private long pressed;
    private long pressedFinds;
    /// Bytes of blocks since one has asked for [#collectRatherThanGrow], by and large too.
    private long unlooked;

    private final long mostFruitless = (long) (Runtime.getRuntime().maxMemory() * FRUITLESS_PART);

    /// @param bytes      tells how many are in use, or waiting to be found
    /// @param hasMore    tells whether so many more are than were after the last sweep
    /// @param explicitGc whether `System.gc()` may be called when nothing else helps
    /// @param cycle      when one is cheaper than more memory
    CollectorRuns(Findings findings, LongSupplier bytes, LongPredicate hasMore, boolean explicitGc, BufferCycle cycle) {
        this.findings = findings;
        this.bytes = bytes;
        this.hasMore = hasMore;
        this.explicitGc = explicitGc;
        this.cycle = cycle;
    }

    /// Has the collector run, unless another thread just has, and takes what it finds.
    ///
    /// First by filling the young generation with garbage: a young collection takes a millisecond or so where a full one takes as
    /// long as the program's data is large, and finds buffers that were dropped soon. What has grown old comes last: `System.gc()` finds it if it may, and else
    /// garbage that grows old too ([OldGarbage]), unless the heap is too large for that.
    ///
    /// What another thread has in hand while the collector runs is not found by it, though nobody wants it: a buffer that a sweep moves, the
    /// scope of a berth that it replaces. Who sweeps is waited for, and then there is a collection more.
    ///
    /// @return whether anything was found
    boolean collect() {
        final long before = fruitful.get();
        collecting.acquireUninterruptibly();
        try {
            if (fruitful.get() != before) {
                return true;
            }
            // first what a collection has found that has just been
            final long findsBefore = findings.finds();
            boolean found = (findings.hasArenas() || findings.isCollected())
                    && awaitGarbage(findings.sweptCollections(), findsBefore, QUIET_NANOS);
            final long known = findings.collections();
            if (!found) {
                provoke();
                found = awaitGarbage(known, findsBefore, findings.hasArenas() ? LONGEST_WAIT_NANOS : QUIET_NANOS);
            }
            if (!found) {
                collectOld(findsBefore);
                found = awaitGarbage(known, findsBefore, LONGEST_WAIT_NANOS);
            }
            if (!found && explicitGc) {
                System.gc();                            // who had something in hand during that one has let go of it
                found = awaitGarbage(known, findsBefore, QUIET_NANOS);
            }
            if (found) {
                fruitful.incrementAndGet();
            }
            return found;
        } finally {
            collecting.release();
        }
    }

    private void collectOld(long findsBefore) {
        if (explicitGc) {
            System.gc();
        } else {
            OldGarbage.make(() -> hasFound(findsBefore), LONGEST_WAIT_NANOS);
        }
    }

    private boolean hasFound(long findsBefore) {
        if (findings.isCollected()) {
            findings.takeAll();
        }
        return findings.finds() != findsBefore;
    }

    /// Calls `System.gc()` if it may, where the host or a container is short of memory, and takes what that finds; not while another thread has the
    /// collector run.
    ///
    /// Nothing but that call will do: to fill the young generation, or the old one, would have heap become resident, which is the last
    /// thing that is wanted here.
    ///
    /// @return whether it was called
    boolean collectWhereShort() {
        if (!explicitGc || !collecting.tryAcquire()) {
            return false;
        }
        try {
            final long known = findings.collections();
            final long findsBefore = findings.finds();
            System.gc();
            if (awaitGarbage(known, findsBefore, findings.hasArenas() ? QUIET_NANOS : 0)) {
                fruitful.incrementAndGet();
            }
            return true;
        } finally {
            collecting.release();
        }
    }

    /// Makes heap garbage for new memory that the collector is to give back, so that it runs before there is too much of it.
    ///
    /// Two bytes for each: so what is new between two young collections is half as large as the young generation, at most, and all
    /// further buffers are in memory that was used before. A byte of garbage takes a few hundredths of a nanosecond, and the system
    /// takes more than half of one to make a byte of memory resident.
    ///
    /// Where that finds nothing, it ends: a program may keep its buffers, and the young collections of ZGC look at no references.
    void press(long newBytes) {
        final long finds = findings.finds();
        if (finds != pressedFinds) {
            pressedFinds = finds;
            pressed = 0;
        }
        final long most = pressed < mostFruitless ? MOST_PRESSURE : FRUITLESS_PRESSURE;
        final long bytes = Math.min(Math.min(newBytes, MOST_PRESSURE) * PRESSURE_FACTOR, most);
        pressed += bytes;
        makeGarbage(bytes);
    }

    /// Has the collector run where that is cheaper than more memory. Fast but for once in [#LOOK_BYTES].
    ///
    /// Memory that is no spare is new, as a rule, and stays in the cycle of buffers for good. Without this the cycle grows until all the
    /// buffers are resident whose objects fill a young generation: of 4 KiB a gigabyte, at some microseconds each. How much it may grow is the matter of
    /// [BufferCycle]. It ends where [#press] does.
    ///
    /// @param bytes  of a block that is about to be had and is no spare
    /// @param factor how many times as large as otherwise the cycle may become
    void collectRatherThanGrow(long bytes, int factor) {
        unlooked += bytes;
        if (unlooked >= LOOK_BYTES) {
            unlooked = 0;
            final long asked = Math.max(cycle.next(factor), findings.collections() == 0 ? LEAST_AT_FIRST : 0);
            if (pressed < mostFruitless && hasMore.test(asked) && StackRoom.hasMuch() && collecting.tryAcquire()) {
                collectFor(asked, factor);
            }
        }
    }

    private void collectFor(long asked, int factor) {
        try {
            final long before = bytes.getAsLong();
            final long known = findings.collections();
            final long begin = System.nanoTime();
            provoke(Math.max(MOST_PROVOCATION, PRESSURE_FACTOR * asked));
            findings.takeNews(known);
            if (cycle.had(asked, factor, before - bytes.getAsLong(), System.nanoTime() - begin)) {
                fruitful.incrementAndGet();
                unlooked = LOOK_BYTES;                  // who finds no spare any more is to look at once
            }
        } finally {
            collecting.release();
        }
    }

    /// Makes heap garbage for what tells of a block, so that it does not fill the survivor space.
    ///
    /// A young collection that finds more than its survivor space holds moves the rest to the old generation at once, and where a
    /// reference moves there, its referent counts as reachable and moves along (in the collectors of HotSpot with two generations):
    /// then the buffer is not found before a collection of the old generation. What survives is the reference and what
    /// tells of the memory, a few hundred bytes for a buffer of a page; what does not is a few hundred bytes of buffer and scope.
    /// With 2 KiB of garbage eight times as much is allocated as survives, which is how survivor space is
    /// measured. A spare block has nothing that survives but its reference.
    ///
    /// @param bytes how many
    static void makeGarbage(long bytes) {
        try {
            for (long left = bytes; left > 0; left -= PRESSURE_PIECE) {
                sink = new byte[(int) Math.min(left, PRESSURE_PIECE)];
            }
        } catch (OutOfMemoryError _) {
            // the heap is full, so the collector has run
        }
    }

    /// Fills the heap with garbage until the collector has run.
    static void provoke() {
        provoke(Runtime.getRuntime().maxMemory());
    }

    /// @param most bytes of garbage
    private static void provoke(long most) {
        final var sentinel = new WeakReference<>(new Object());
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
    /// @param findsBefore  of [Findings#finds]: what others have freed since then counts too, and is perhaps all there was
    /// @param longestNanos how long to wait for the first
    /// @return whether there was any
    private boolean awaitGarbage(long known, long findsBefore, long longestNanos) {
        final long now = bytes.getAsLong();
        final long enough = Math.max(0, now - Math.max(1, now / PART));
        boolean interrupted = false;
        boolean found = false;
        long lastFinds = findsBefore;
        long pause = SHORTEST_PAUSE_NANOS;
        long since = System.nanoTime();
        while (true) {
            final boolean isLast = System.nanoTime() - since >= (found ? QUIET_NANOS : longestNanos);
            findings.takeNews(known);
            if (findings.finds() != lastFinds) {
                lastFinds = findings.finds();
                found = true;
                since = System.nanoTime();
                pause = SHORTEST_PAUSE_NANOS;
            } else if (isLast && !findings.mayHaveFoundSince(lastFinds)) {
                break;
            }
            final boolean isEnough = bytes.getAsLong() <= enough;  // perhaps another thread was first to take it
            found |= isEnough;
            if (isEnough || found && !findings.hasArenas()) {
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
}
