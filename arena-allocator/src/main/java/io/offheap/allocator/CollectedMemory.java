package io.offheap.allocator;

import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.StackRoom;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.function.LongSupplier;

/// Memory that goes back when nobody can reach it any more, and how much of it there may be.
///
/// ```
///   the collector has run  --> who asks next, or the daemon: sweep of the table of buffers --\
///                                                                                             --> spares --> the next buffer
///   automatic arena unreachable --> JDK's cleaner ([AutoBlocks]) ----------------------------/          \-> the allocator
/// ```
///
/// What was found is noticed and taken out by [Findings]. Slots are kept for those who want their like ([KeptBlocks]); larger blocks, and
/// what nobody wants, go to the allocator ([CollectedBlocks]).
/// The JDK's cleaner thread only makes spares and puts into a queue; the free is made by a thread that has a cache and may purge.
///
/// Who wants a block gets a spare, or a new one within the allowance. Off-heap memory does not make the collector run. So when what is waiting
/// to be found unreachable has reached the limit, or stands in the way at the hard limit, the thread that wants more has the collector run
/// ([CollectorRuns]), waits for what it finds, and tries again ([RoomByCollection]). If `System.gc()` may be called it is, too, when the container
/// or the host is short of memory and nothing is volatile any more.
///
/// Any thread may call any method, with no lock held.
final class CollectedMemory {

    /// Bytes of heap garbage for what an automatic arena leaves behind for the cleaner.
    private static final int ARENA_GARBAGE = 1 << 10;

    /// Bytes of heap garbage for a run that is built again for a buffer: see [CollectorRuns#makeGarbage].
    private static final int RUN_GARBAGE = 2 << 10;

    /// The larger a block is, the less there is to be done for each byte beside zeroing; so a collection for large ones may cost half.
    private static final int LARGE_FACTOR = 2;

    /// Bytes of a small buffer, at most: beyond, zeroing takes hundreds of nanoseconds, and one counter for all is as good.
    private static final int LARGEST_SMALL = 32 << 10;

    private final HiddenBlocks hidden;
    private final Blocks blocks;
    private final Allowance allowance;
    private final CollectedBlocks collected;
    private final BufferTable buffers;
    private final BufferBerths berths;
    private final Cohorts cohorts = new Cohorts();
    private final KeptBlocks kept;
    private final CollectedUse use;
    private final AutoBlocks autoBlocks;
    private final Findings findings;
    private final CollectorRuns runs;
    private final RoomByCollection room;

    /// @param limit       bytes
    /// @param hardLimit   bytes of everything
    /// @param explicitGc  whether `System.gc()` may be called when nothing else helps
    /// @param keepsSpares whether memory may be kept as it was left
    /// @param pageCost    what new memory costs
    /// @param shortage    tells of the last look that has found memory short ([io.offheap.memory.pressure.Governor#shortSince])
    CollectedMemory(HiddenBlocks hidden, Blocks blocks, SlotClasses classes, long limit, long hardLimit, boolean explicitGc,
            boolean keepsSpares, PageCost pageCost, LongSupplier shortage) {
        this.hidden = hidden;
        this.blocks = blocks;
        this.allowance = new Allowance(limit);
        this.collected = new CollectedBlocks(hidden, blocks, classes, pageCost, allowance);
        final boolean keeps = keepsSpares && collected.countsSlots();
        final var handovers = new Handovers();
        this.buffers = new BufferTable(allowance, collected.slotCharges());
        this.berths = new BufferBerths(buffers, collected::freeSlot, keeps);
        this.kept = new KeptBlocks(collected, blocks, classes, berths, handovers, keeps);
        this.use = new CollectedUse(allowance, hardLimit, buffers, kept);
        this.autoBlocks = new AutoBlocks(kept, CollectorRuns::provoke, Runtime.getRuntime().maxMemory());
        this.findings = new Findings(buffers, berths, kept::found, autoBlocks, handovers, this::swept);
        this.runs = new CollectorRuns(findings, use::bytes, use::hasMore, explicitGc, new BufferCycle(pageCost::bytesIn));
        this.room = new RoomByCollection(allowance, buffers, collected, kept, use, findings, runs, explicitGc ? shortage : () -> 0);
    }

    /// {@return the live direct buffers}
    BufferTable buffers() {
        return buffers;
    }

    /// {@return where those of them are that are not in the table}
    BufferBerths berths() {
        return berths;
    }

    /// {@return whether the next ones are to share their end}
    Cohorts cohorts() {
        return cohorts;
    }

    private void swept(long found, long left) {
        use.swept();
        cohorts.swept(found, left);
    }

    /// {@return the address of a block, aligned as asked for}
    ///
    /// @throws OutOfMemoryError if it cannot be had, also after a collection
    long allocate(long byteSize, long byteAlignment, boolean zeroed) {
        StackRoom.requireMuch();
        notice();
        return allocateNoticed(byteSize, byteAlignment, zeroed, 0);
    }

    /// @param pressure bytes of new memory to make heap garbage for, unless a spare will do
    private long allocateNoticed(long byteSize, long byteAlignment, boolean zeroed, long pressure) {
        final int slotClass = blocks.slotClass(byteSize, byteAlignment);
        long spare = kept.pop(slotClass);
        if (spare == 0 && !allowance.tryTake(collected.charge(slotClass, byteSize))) {
            spare = room.make(slotClass, byteSize);
        }
        if (spare == 0) {
            room.makeIfShort();
            if (pressure == 0) {
                runs.collectRatherThanGrow(byteSize, slotClass == Blocks.NO_SLOT ? LARGE_FACTOR : 1);
            } else {
                runs.press(pressure);
            }
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
        CollectorRuns.makeGarbage(ARENA_GARBAGE);
        final var block = autoBlocks.begin(session);
        notice();
        final long address = allocateNoticed(byteSize, byteAlignment, zeroed, byteSize);
        block.set(address, byteSize, collected.charge(blocks.slotClass(byteSize, byteAlignment), byteSize));
        Reference.reachabilityFence(session);
        return address;
    }

    /// {@return the class of the slots for small buffers of a capacity, or [Blocks#NO_SLOT] if it is not small} What a small buffer takes
    /// of the allowance may be told to the table.
    int smallClass(int capacity) {
        return capacity <= LARGEST_SMALL && collected.countsSlots() ? blocks.slotClass(capacity, 1) : Blocks.NO_SLOT;
    }

    /// {@return whether half is left of the allowance, and of the hard limit if nobody else had any of it} Fast. What is kept for the next
    /// buffers is taken too.
    boolean isLessThanHalfTaken() {
        return use.isLessThanHalfTaken();
    }

    /// {@return the address of a spare slot for a small buffer, zeroed where it needs it and counted, or 0 if there is none}
    long takeSpare(int smallClass, int capacity) {
        final long spare = kept.pop(smallClass);
        if (spare != 0) {
            RawMemory.zero(spare, capacity);
        }
        return spare;
    }

    /// {@return the address of a new slot for a small buffer, zeroed where it needs it, and not counted yet}
    ///
    /// @throws OutOfMemoryError if it cannot be had, also after a collection
    long allocateUncounted(int smallClass, int capacity) {
        final long atHand = hidden.allocateHiddenSlotAtHand(smallClass, capacity);
        return atHand > 0 ? atHand : allocateBeyondHand(smallClass, capacity);
    }

    private long allocateBeyondHand(int smallClass, int capacity) {
        room.makeIfShort();
        runs.collectRatherThanGrow(capacity, 1);
        if (SlotClasses.isRun(smallClass) && findings.finds() != 0) {
            CollectorRuns.makeGarbage(RUN_GARBAGE);
        }
        final long before = findings.lettingsGo();
        try {
            return hidden.allocateHiddenSlot(smallClass, capacity);
        } catch (OutOfMemoryError e) {
            return room.allocateAfter(e, before, 0, capacity, 1, true);
        }
    }

    /// Sees to it that the collector runs before there is too much new memory, of which this is.
    void pressFor(long newBytes) {
        runs.press(newBytes);
    }

    /// {@return the address of a counted block for a buffer that was refused, zeroed}
    ///
    /// @throws OutOfMemoryError if it cannot be had, also after a collection
    long allocateRefused(int capacity) {
        StackRoom.requireMuch();
        return allocateNoticed(capacity, 1, true, 0);
    }

    private long allocateCharged(int slotClass, long byteSize, long byteAlignment, boolean zeroed) {
        final long charge = collected.charge(slotClass, byteSize);
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
        final long before = findings.lettingsGo();
        try {
            return collected.allocate(byteSize, byteAlignment, zeroed);
        } catch (OutOfMemoryError e) {
            return room.allocateAfter(e, before, charge, byteSize, byteAlignment, zeroed);
        }
    }

    /// Frees a block that was asked for without an alignment.
    void free(long address, long byteSize) {
        collected.free(address, byteSize);
    }

    /// Frees the slot of a small buffer that is not counted any more, or not yet.
    void freeUncounted(long address, int smallClass) {
        hidden.freeHiddenSlot(address, smallClass);
    }

    /// {@return how many slots wait at berths, by class}
    long[] vacantSlots() {
        return kept.vacantSlots();
    }

    /// Looks whether the collector has run, and what has ended. Fast where neither is.
    void notice() {
        findings.notice();
    }

    /// Frees the memory that the collector has found unreachable, all of it.
    void reclaim() {
        findings.takeAll();
        kept.drain();
    }

    /// Finds what is unreachable although nobody asks for memory. For the daemon, now and then.
    void maintain() {
        findings.maintain();
    }

    /// Has the collector run if it may be asked to and more may be garbage than was volatile: the level is CRITICAL, and that is purged. For the daemon.
    ///
    /// @param purged bytes
    /// @param now    the time, in nanoseconds
    /// @return whether more is volatile now
    boolean relieve(long purged, long now) {
        return room.makeIfCritical(purged, now);
    }

    /// Frees what was found and nobody has wanted since the last call. For the daemon.
    void trim() {
        kept.trim();
    }

    /// {@return a moment at which nothing was on its way, or -1} For checks.
    long quiet() {
        return findings.quiet();
    }

    /// {@return whether nothing has been on its way since a quiet moment} For checks.
    boolean isQuietSince(long moment) {
        return findings.isQuietSince(moment);
    }

    /// Looks at what all buffers, berths, spares and arenas have. When nobody else is at work. O(buffers).
    ///
    /// @param shards know the runs and slots of the blocks
    /// @return the slots among these blocks, in order
    /// @throws AssertionError naming the invariant
    long[] checkInvariants(Shards shards) {
        return new CollectedCheck(shards, blocks, allowance, buffers, berths, kept.spares(), autoBlocks.charged(),
                collected.countsSlots()).check();
    }
}
