package io.offheap.allocator.pin;

import io.offheap.allocator.extent.Extent;
import io.offheap.memory.VolatileMemory;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.util.RankedLock;
import io.offheap.memory.util.StackRoom;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;

/// A run of pages whose contents its owner lets go of while no pin is open.
///
/// ```
///               first pin, contents there              last pin closed
///   UNPINNED -----> MOVING -----> 1 <-> 2 <-> 3 ... -----> MOVING -----> UNPINNED -----> CLOSED
///                     |           ^
///      contents gone  |           | rebuilt (all pins open by then)
///                     v           |
///                  REBUILDING ----+---> UNPINNED   (refused memory; or all pins closed without rebuilt)
/// ```
///
/// One word says how many pins are open, by compare-and-set: pins that meet others that are open cost no more. Who moves
/// it to `MOVING` has the block alone for the few instructions that change the state of the run; whoever meets `MOVING`
/// spins. `REBUILDING` may last as long as its owner likes, and those who come wait for a condition.
///
/// Whether the contents are there is told by the run: it could be taken back ([Extent#reuse]) and no purge, also no
/// refused one, has touched it since ([Extent#isDisturbed]). A loss that was told but not made good is kept here.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **P1** the run is active exactly while pins are open or being taken
/// - **P2** while somebody rebuilds, and only then, there is a thread that does
final class VolatileBlock implements VolatileMemory {

    /// Of a pin: it takes part in no rebuild.
    static final long INTACT = 0;

    private static final long RETRY = -1;

    // What the word says unless it counts open pins.
    private static final int UNPINNED = 0;
    private static final int MOVING = -1;
    private static final int REBUILDING = -2;
    private static final int CLOSED = -3;
    private static final int FROZEN = -4;               // the allocator may be about to close

    /// A purge that one waits for takes microseconds to milliseconds; so often one looks without sleeping.
    private static final int BUSY_LOOKS = 100;
    private static final long LOOK_NANOS = 20_000;

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(VolatileBlock.class, "word", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final VolatileBlocks owner;
    private final Extent extent;
    private final long byteSize;
    private final RankedLock lock = new RankedLock(RankedLock.Rank.VOLATILE_BLOCK);
    private final Condition changed = lock.newCondition();

    private volatile int word = MOVING;

    // Written by who has moved the word to MOVING, or under the lock while it is REBUILDING.
    private boolean isNew = true;       // never pinned: zeros, purged or not
    private boolean isLost;             // a loss was told and not made good
    private long reuses;

    // Guarded by the lock.
    private Thread rebuilder;           // null unless REBUILDING
    private int rebuildPins;            // open ones; 0 while memory is being had
    private long rebuilds;              // begun so far; the number of the last one

    /// Whether the owner has it in the line by age; written under the owner's lock.
    volatile boolean listed;
    long listedMark;                    // guarded by the owner's lock

    /// A block that nobody can pin yet.
    ///
    /// @param extent   active, zero-filled, the caller's alone
    /// @param byteSize at most its size
    VolatileBlock(VolatileBlocks owner, Extent extent, long byteSize) {
        this.owner = owner;
        this.extent = extent;
        this.byteSize = byteSize;
    }

    /// Lets it be purged and pinned from now on.
    void open() {
        release();
    }

    Extent extent() {
        return extent;
    }

    /// {@return how often it was taken back with its memory} A look from outside.
    long reuses() {
        return reuses;
    }

    @Override
    public Pin pin() {
        StackRoom.requireLittle();
        return new BlockPin(this, Arena.ofShared(), extent.address()).taken();
    }

    @Override
    public Pin pinConfined() {
        StackRoom.requireLittle();
        return new BlockPin(this, Arena.ofConfined(), extent.address()).taken();
    }

    @Override
    public long byteSize() {
        return byteSize;
    }

    /// Counts a pin in.
    ///
    /// @return [#INTACT], or the number of the rebuild that the pin takes part in
    long take() {
        for (int looks = 0; ; looks++) {
            final int now = word;
            if (now > 0) {
                if (WORD.compareAndSet(this, now, now + 1)) {
                    return INTACT;
                }
            } else if (now == UNPINNED) {
                if (WORD.compareAndSet(this, UNPINNED, MOVING)) {
                    return takeBack();
                }
            } else if (now == REBUILDING) {
                final long rebuild = joinOrAwait();
                if (rebuild != RETRY) {
                    return rebuild;
                }
            } else if (now == CLOSED) {
                throw new IllegalStateException("the volatile block is closed");
            } else {
                pause(looks);
            }
        }
    }

    /// Goes on from MOVING.
    private long takeBack() {
        final boolean resident = reuse();
        if (resident && (isNew || !isLost)) {
            isNew = false;
            isLost = false;
            word = 1;
            return INTACT;
        }
        return beginRebuild(resident);
    }

    private boolean reuse() {
        if (!extent.reuse()) {
            return false;
        }
        reuses++;
        isLost |= extent.isDisturbed();
        return true;
    }

    private long beginRebuild(boolean resident) {
        lock.lock();
        try {
            rebuilder = Thread.currentThread();
            rebuildPins = 0;
            rebuilds++;
            word = REBUILDING;
        } finally {
            lock.unlock();
        }
        if (!resident) {
            boolean done = false;
            try {
                makeResident();
                done = true;
            } finally {
                if (!done) {
                    giveUp();
                }
            }
        }
        return madeResident();
    }

    /// Waits for a purge that is under way and asks for memory if it has gone. No lock may be held: to make room the
    /// governor purges, and listeners may do anything but pin this block.
    private void makeResident() {
        for (int looks = 0; !reuse(); looks++) {
            if (extent.state() == State.PURGED) {
                owner.acquire(extent.size());
                final boolean held = extent.holdPurged();
                assert held : extent;
                extent.activate();
                isLost = true;
                return;
            }
            pause(looks);
        }
    }

    /// A purger that has only looked at the block has taken nothing from it.
    private long madeResident() {
        lock.lock();
        try {
            if (isNew || !isLost) {
                isNew = false;
                isLost = false;
                endRebuild(1);
                return INTACT;
            }
            rebuildPins = 1;
            return rebuilds;
        } finally {
            lock.unlock();
        }
    }

    private void giveUp() {
        lock.lock();
        try {
            endRebuild(UNPINNED);
        } finally {
            lock.unlock();
        }
    }

    private void endRebuild(int newWord) {
        assert lock.isHeldByCurrentThread() && word == REBUILDING : this;
        rebuilder = null;
        word = newWord;
        changed.signalAll();
    }

    /// {@return the rebuild, if the calling thread is the one that rebuilds; else, after it has ended, [#RETRY]}
    private long joinOrAwait() {
        lock.lock();
        try {
            while (word == REBUILDING) {
                if (rebuilder == Thread.currentThread()) {
                    if (rebuildPins == 0) {
                        throw new IllegalStateException("a listener pins the block for which memory is being had");
                    }
                    rebuildPins++;
                    return rebuilds;
                }
                changed.awaitUninterruptibly();
            }
            return RETRY;
        } finally {
            lock.unlock();
        }
    }

    /// The contents are complete: pins of the rebuild become pins like all others.
    void rebuilt(long rebuild) {
        lock.lock();
        try {
            if (isUnderWay(rebuild)) {
                isLost = false;
                endRebuild(rebuildPins);
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isUnderWay(long rebuild) {
        return word == REBUILDING && rebuild == rebuilds && rebuildPins > 0;
    }

    /// Counts a pin out.
    ///
    /// @param rebuild what [#take] answered
    void letGo(long rebuild) {
        if (rebuild != INTACT && leaveRebuild(rebuild)) {
            owner.relist(this);
            return;
        }
        for (int now = word; ; now = word) {
            assert now > 0 : this;
            if (now > 1) {
                if (WORD.compareAndSet(this, now, now - 1)) {
                    return;
                }
            } else if (WORD.compareAndSet(this, now, MOVING)) {
                release();
                return;
            }
        }
    }

    /// {@return false if the rebuild has been completed}
    private boolean leaveRebuild(long rebuild) {
        lock.lock();
        try {
            if (!isUnderWay(rebuild)) {
                return false;
            }
            if (--rebuildPins == 0) {
                assert isLost : this;                   // until it is made good
                makeVolatile();
                endRebuild(UNPINNED);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Goes on from MOVING.
    private void release() {
        makeVolatile();
        word = UNPINNED;
        owner.relist(this);
    }

    /// Held in between, so that a purger that sees it volatile sees its age and not an older one.
    private void makeVolatile() {
        final boolean held = extent.holdActive();
        assert held : extent;
        extent.setMarkedAt(owner.now());
        extent.releaseVolatile();
    }

    @Override
    public void close() {
        StackRoom.requireMuch();
        for (int looks = 0; ; looks++) {
            final int now = word;
            if (now == CLOSED) {
                return;
            }
            if (now > 0 || now == REBUILDING) {
                throw new IllegalStateException("the volatile block is pinned: " + this);
            }
            if (now == UNPINNED && WORD.compareAndSet(this, UNPINNED, CLOSED)) {
                owner.giveBack(this);
                return;
            }
            pause(looks);
        }
    }

    /// Keeps pinners waiting, for a moment.
    ///
    /// @return whether it was not pinned; [#thaw] or [#end] must follow then
    boolean freeze() {
        for (int looks = 0; ; looks++) {
            final int now = word;
            if (now > 0 || now == REBUILDING) {
                return false;
            }
            if (now == CLOSED) {
                return true;                            // it is about to leave
            }
            if (now == UNPINNED && WORD.compareAndSet(this, UNPINNED, FROZEN)) {
                return true;
            }
            pause(looks);
        }
    }

    /// Lets pinners go on after [#freeze].
    void thaw() {
        WORD.compareAndSet(this, FROZEN, UNPINNED);
    }

    /// Closes it after [#freeze]; its run stays where it is.
    void end() {
        WORD.compareAndSet(this, FROZEN, CLOSED);
    }

    /// {@return whether its run is offered to purgers, or being purged}
    boolean isVolatile() {
        final var state = extent.state();
        return state == State.VOLATILE || state == State.PURGING;
    }

    /// Lets some time pass for whoever is being waited for.
    static void pause(int looks) {
        if (looks < BUSY_LOOKS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /// @throws AssertionError naming the invariant
    void checkInvariants() {
        lock.lock();
        try {
            final boolean pinned = word > 0 || word == REBUILDING && rebuildPins > 0;
            check("P1", pinned == extent.isActive());
            check("P2", (word == REBUILDING) == (rebuilder != null));
        } finally {
            lock.unlock();
        }
    }

    private void check(String invariant, boolean holds) {
        if (!holds) {
            throw new AssertionError(invariant + ": " + this + ", " + extent);
        }
    }

    @Override
    public String toString() {
        final int now = word;
        return "VolatileBlock[%d bytes, %s]".formatted(byteSize, switch (now) {
            case UNPINNED -> "unpinned";
            case MOVING, FROZEN -> "changing";
            case REBUILDING -> "being rebuilt";
            case CLOSED -> "closed";
            default -> now + " pins";
        });
    }
}
