package io.offheap.allocator.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.Arrays;

/// Who may touch a thread's cache: its owner, or who has taken it away from an owner that is idle.
///
/// The daemon empties the cache of a thread that has long not used it, although the owner takes no lock and no fence. The
/// owner says *busy* before it touches the cache, and then looks where its stacks are; the daemon *seizes* the cache, which
/// puts [SlotStacks#NOWHERE] there, makes all threads pass a fence ([io.offheap.memory.os.SystemMemory#fenceThreads]), and
/// then looks whether the owner is busy. So at least one of them sees the other: the owner then finds neither a slot nor a
/// place, takes the slow path and waits, or the daemon leaves the cache alone, which is not idle after all. For the owner
/// this is two plain moves, and no test but where a slot is aside: it has to load where its stacks are anyway. The accesses are such that the JIT
/// keeps their order. (Dice, Huang, Yang: Asymmetric Dekker synchronization, 2001.)
///
/// ## Where the thread's stack ends
/// While they are interpreted, the accesses to plain memory are calls, and a stack that overflows may end in any of them. None is between the
/// stores to a head, so that loses a slot at worst, after a pop, and never hands one out twice. The owner then stays busy until its next
/// use, which who waits for it finds out ([#isLeft]).
abstract class Seizable extends LineBehind {

    /// The number of no thread.
    static final long NOBODY = 0;

    private static final VarHandle BUSY;
    private static final VarHandle HEADS;

    static {
        try {
            final var lookup = MethodHandles.lookup();
            BUSY = lookup.findVarHandle(Seizable.class, "busy", boolean.class);
            HEADS = lookup.findVarHandle(Seizable.class, "heads", long[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// The number of the thread whose cache this is, [#NOBODY] for a shared one.
    final long ownerId;

    /// What the cache keeps slots in.
    final SlotStacks stacks;

    private final Thread owner;         // null for a shared one

    private long[] heads;               // of the stacks; while the cache is seized of none
    private boolean hasEnded;           // for whoever has seized the cache

    /// @param owner whose cache it is, null for a shared one
    Seizable(Thread owner, SlotStacks stacks) {
        this.ownerId = owner == null ? NOBODY : owner.threadId();
        this.owner = owner;
        this.stacks = stacks;
        this.heads = stacks.heads();
    }

    /// {@return whose cache it is, null for a shared one}
    final Thread owner() {
        return owner;
    }

    /// {@return the heads of the stacks, for the owner until [#leaveHeads]: of no slots and no places while the cache is seized}
    final long[] enterHeads() {
        BUSY.setOpaque(this, true);
        return (long[]) HEADS.getAcquire(this);
    }

    final void leaveHeads() {
        BUSY.setRelease(this, false);
        Reference.reachabilityFence(this);              // so the stacks are there, and by way of the shards the shadow
    }

    /// Begins a longer use by the owner. Until [#exit] no lock may be taken, and some method of the cache is on the thread's stack, by which
    /// [#isLeft] knows that the owner is still here.
    final void enter() {
        BUSY.setOpaque(this, true);
        while ((long[]) HEADS.getAcquire(this) == SlotStacks.NOWHERE) {   // for as long as somebody copies a few addresses
            BUSY.setRelease(this, false);
            Thread.onSpinWait();
            BUSY.setOpaque(this, true);
        }
    }

    final void exit() {
        BUSY.setRelease(this, false);
    }

    /// Asks the owner to keep out; it does once all threads have passed a fence and it is not busy.
    final void seize() {
        HEADS.setVolatile(this, SlotStacks.NOWHERE);
    }

    /// {@return whether the owner was in the middle of something} Asked after the fence.
    final boolean isBusy() {
        return (boolean) BUSY.getAcquire(this);
    }

    /// {@return whether the owner is nowhere where it would say that it is not busy any more: its stack has ended in between} Then the
    /// cache is as it would be after the next use, which finds it seized. So is that of the thread that asks, which does not ask in the middle
    /// of something. Asks the JVM for a stack.
    final boolean isLeft() {
        if (owner == Thread.currentThread()) {
            return true;
        }
        try {
            return Arrays.stream(owner.getStackTrace()).noneMatch(frame -> frame.getClassName().equals(getClass().getName()));
        } catch (OutOfMemoryError e) {
            return false;                               // nobody knows: the next look may find heap
        }
    }

    /// Lets the owner in again; it sees what was done meanwhile. If the cache has ended, the fast paths find nothing.
    final void letGo() {
        HEADS.setRelease(this, hasEnded ? SlotStacks.ENDED : stacks.heads());
    }

    /// Ends a cache that is seized: once it is let go, its owner, who may have found it before, opens no arena by it.
    void end() {
        hasEnded = true;
    }
}
