package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.extent.PageEntry;
import io.offheap.allocator.shard.Shards;
import io.offheap.allocator.size.SlotClasses;
import io.offheap.memory.util.StackRoom;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/// Slots by way of the caches: what an allocation or a free does that has found no slot, or no place, at the thread's hand.
///
/// A slot that is a run of its own comes from where runs come from ([CachedRuns]), and goes back there.
///
/// Any thread; no lock may be held. A virtual thread has one of the [SharedCaches] for its own.
final class CachedSlots {

    private static final MethodHandle FIND = findSlow();

    /// [#FIND], and no constant, so that the JIT does not see where it leads. Else it copies all of the slow path, 9000 bytecodes, into each
    /// of its callers, whose compilation takes a second or more, one after the other, and the fast path waits behind them.
    private final MethodHandle apart = FIND;

    private final ThreadCaches threads;
    private final SharedCaches shared;
    private final CachedRuns runs;
    private final SlotDepot depot;
    private final Transit transit;
    private final Shards shards;
    private final SlotClasses classes;
    private final long pageSize;
    private final WaitingSlots waiting = new WaitingSlots(this::classOf);

    /// @param depot    where slots change threads
    /// @param transit  is told while slots are in no cache
    /// @param pageSize bytes
    CachedSlots(ThreadCaches threads, SharedCaches shared, CachedRuns runs, SlotDepot depot, Transit transit, Shards shards,
            long pageSize) {
        this.threads = threads;
        this.shared = shared;
        this.runs = runs;
        this.depot = depot;
        this.transit = transit;
        this.shards = shards;
        this.classes = shards.classes();
        this.pageSize = pageSize;
    }

    private static MethodHandle findSlow() {
        try {
            return MethodHandles.lookup().findVirtual(CachedSlots.class, "find", MethodType.methodType(long.class, int.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// {@return a free slot of a slot class}
    ///
    /// @throws OutOfMemoryError if it cannot be had
    long allocate(int slotClass) {
        try {
            return (long) apart.invokeExact(this, slotClass);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("find throws nothing checked", t);
        }
    }

    private long find(int slotClass) {
        final var own = threads.own();
        if (SlotClasses.isRun(slotClass)) {
            return findRun(own, slotClass);
        }
        return own != null ? own.popOrFill(slotClass) : shared.allocateSlot(slotClass);
    }

    private long findRun(ThreadCache own, int slotClass) {
        final long address = own == null ? 0 : own.popRunSlot(slotClass);
        if (address != 0) {
            return address;
        }
        final var cached = takeCachedRun(own, slotClass);
        if (cached == null) {
            final long size = classes.sizeOf(slotClass);
            return shards.useAsSlot(runs.allocateFromShard(size, size, pageSize), slotClass);
        }
        final long slot = shards.useAsSlot(cached, slotClass);
        return own == null ? slot : own.bringAlong(slot, slotClass, rungOf(slotClass));
    }

    private Extent takeCachedRun(ThreadCache own, int slotClass) {
        final int rung = rungOf(slotClass);
        final var atHand = runs.takeAtHand(own, rung);
        if (atHand != null || own == null) {
            return atHand;
        }
        final var left = runs.takeFromDepot(own, rung);
        if (left != null && runs.comeFromOthers(own, rung)) {
            depot.want(slotClass);
        }
        return left;
    }

    /// {@return the rung of the runs that are slots of a class}
    private int rungOf(int slotClass) {
        return runs.rungOf(classes.sizeOf(slotClass));
    }

    /// Takes a slot back.
    ///
    /// @throws OutOfMemoryError   if the Java heap is full and no place is left that needs none; the slot is live then, as before
    /// @throws StackOverflowError if the stack may not do; the slot is live then, as before
    void free(long address, int slotClass) {
        try {
            StackRoom.requireMuch();
            place(address, slotClass);
        } catch (OutOfMemoryError | StackOverflowError e) {
            shards.makeLive(address, slotClass);
            throw e;
        }
    }

    /// Takes a hidden slot back. Nobody could free it again, so what finds no place for want of Java heap or of stack waits here, until the
    /// daemon, or whoever empties caches, tries again.
    ///
    /// @throws StackOverflowError if the stack does not do for waiting either; the slot is in use for good then
    void freeHidden(long address, int slotClass) {
        try {
            StackRoom.requireMuch();
            place(address, slotClass);
        } catch (OutOfMemoryError | StackOverflowError _) {
            StackRoom.requireLittle();
            waiting.add(address);
        }
    }

    /// @throws OutOfMemoryError only before the slot has a place
    private void place(long address, int slotClass) {
        final var own = threads.own();
        if (SlotClasses.isRun(slotClass)) {
            placeRun(own, address, slotClass);
        } else if (own != null) {
            own.pushOrFlush(address, slotClass);
        } else {
            shared.freeSlot(address, slotClass);
        }
    }

    private void placeRun(ThreadCache own, long address, int slotClass) {
        if (own == null || !shards.mayCacheSlots()) {
            runs.free(shards.freeRunSlot(address));
            return;
        }
        transit.begin();
        try {
            place(own, address, slotClass, rungOf(slotClass));
        } finally {
            transit.end();
        }
    }

    private void place(ThreadCache own, long address, int slotClass, int rung) {
        try {
            final int left = own.pushRunSlot(address, slotClass);
            if (left > 0) {
                runs.keepAll(own, own.markedRuns(), left, rung);
            }
        } catch (OutOfMemoryError _) {
            runs.keep(shards.freeRunSlot(address), rung);       // no Java heap for a batch
        }
    }

    /// {@return whether slots wait for a place} A look from outside.
    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /// Takes in what found no place before. For one thread at a time, in transit.
    void placeWaiting() {
        boolean hasRoom = true;
        for (long slot = waiting.take(); slot != 0; slot = hasRoom ? waiting.take() : 0) {
            hasRoom = placeOrWait(slot);
        }
    }

    private boolean placeOrWait(long slot) {
        try {
            place(slot, classOf(slot));
            return true;
        } catch (OutOfMemoryError | StackOverflowError _) {
            waiting.add(slot);
            return false;
        }
    }

    /// {@return the slot class of an address, any address; negative if it has none}
    private int classOf(long address) {
        final int slotClass = PageEntry.slotClass(PageEntry.kind(shards.entryOf(address)));
        return slotClass < classes.count() ? slotClass : -1;
    }

    /// Gives back what the depot holds. In transit.
    void flushDepot() {
        depot.flush();
    }

    /// Gives back what the depot holds of classes that nobody has used since the last call. In transit.
    void flushIdleDepot() {
        depot.flushIdle();
    }

    /// Adds what is in no cache.
    void addTo(CachesCheck check) {
        check.add(depot);
        waiting.forEach(check::addSlot);
    }

    /// Adds what is in no cache to a sum. A look from outside.
    void addTo(CacheStats.Sum sum) {
        depot.addTo(sum.cachedSlots);
        waiting.addTo(sum.cachedSlots);
    }
}
