package io.offheap.memory.space;

import io.offheap.memory.os.Platform;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Lets "check, then store" and "check, then copy" be one step against whoever takes a page away.
///
/// A writer, or whoever copies many bytes, says that it is busy, checks, stores or copies, says that it is not. Who takes
/// access away does so first and then waits for those who were busy: they either had checked before, and then they have
/// done before the wait ends, or will see the change.
///
/// Between saying and checking there must be a full barrier. A writer that paid for one at every store would pay
/// about 5 ns; where the kernel has `membarrier`, the waiter pays for everybody instead, about 0.3 us.
///
/// ## Concurrency
/// One slot a platform thread, for all domains of the process, written by its thread alone. A virtual thread has
/// none: there may be millions. It writes words under the lock of the domain, and borrows one of a few slots for a copy.
final class WriterGate {

    private static final VarHandle STEPS;

    static {
        try {
            STEPS = MethodHandles.lookup().findVarHandle(Slot.class, "steps", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final boolean WAITER_PAYS = Platform.memory().fencesThreads();
    private static final List<WeakReference<Slot>> SLOTS = new CopyOnWriteArrayList<>();
    private static final ThreadLocal<Slot> OWN = ThreadLocal.withInitial(WriterGate::newSlot);

    /// Slots that were used last, by the low bits of their threads' numbers: quicker to look at than [#OWN]. Plain: an
    /// element is any slot, and a thread takes only its own.
    private static final Slot[] RECENT = new Slot[256];

    /// Slots that virtual threads borrow.
    private static final Slot[] LENT = new Slot[16];

    /// Pages that are copied in one step: those who wait for a copy wait for no more.
    static final int MOST_PAGES = 64;

    static {
        Arrays.fill(RECENT, new Slot(0));                               // the number of no thread
        Arrays.setAll(LENT, _ -> new Slot(0));
        for (final var slot : LENT) {
            SLOTS.add(new WeakReference<>(slot));
        }
    }

    private WriterGate() {}

    /// One thread's announcement. Odd: busy.
    static final class Slot {
        /// The thread's number, which no other thread gets.
        final long thread;

        /// What was found of the pages that are being copied, for whoever is busy.
        final long[] found = new long[MOST_PAGES];

        @SuppressWarnings("unused") // by STEPS
        private int steps;

        /// Two writers must not share a cache line, nor the pair of lines that is fetched together.
        @SuppressWarnings("unused")
        private long pad1, pad2, pad3, pad4, pad5, pad6, pad7, pad8, pad9, pad10, pad11, pad12, pad13, pad14;

        Slot(long thread) {
            this.thread = thread;
        }

        /// {@return whether it is the calling thread's}
        boolean isOwn() {
            return (thread ^ Thread.currentThread().threadId()) == 0;   // one value for the JIT to keep, not two
        }

        /// {@return whether somebody is busy}
        boolean isBusy() {
            return ((int) STEPS.getAcquire(this) & 1) != 0;
        }

        /// Says that it is busy. So it may be already, if the stack ended between an [#enter] and its [#exit].
        void enter() {
            final int busy = (int) STEPS.get(this) + 1 | 1;
            if (WAITER_PAYS) {
                STEPS.setOpaque(this, busy);
                VarHandle.releaseFence();                               // for the compiler: no check before the store
                VarHandle.acquireFence();
            } else {
                STEPS.setVolatile(this, busy);
                VarHandle.fullFence();
            }
        }

        /// Says that it is busy, unless somebody is: of a slot that is lent.
        ///
        /// @return whether it is busy for the caller now
        boolean tryEnter() {
            final int seen = (int) STEPS.getVolatile(this);
            return (seen & 1) == 0 && STEPS.compareAndSet(this, seen, seen + 1);
        }

        /// Says that it is not, after its stores and loads. Looks the count up again: a value less for the JIT to keep.
        void exit() {
            STEPS.setRelease(this, (int) STEPS.get(this) + 1);
        }
    }

    /// {@return a slot that may be the calling thread's: [Slot#isOwn]} Without a call, where [#slot] may have one.
    static Slot recent() {
        return RECENT[(int) Thread.currentThread().threadId() & RECENT.length - 1];
    }

    /// {@return the slot of the calling thread, or null if it is a virtual one}
    static Slot slot() {
        final var slot = recent();
        return slot.isOwn() ? slot : find(Thread.currentThread().threadId());
    }

    private static Slot find(long thread) {
        final var slot = OWN.get();
        if (slot != null) {
            RECENT[(int) thread & RECENT.length - 1] = slot;
        }
        return slot;
    }

    /// {@return a slot that a virtual thread has for one copy, busy already, or null if all are lent}
    static Slot borrow() {
        final int first = (int) Thread.currentThread().threadId();
        for (int i = 0; i < LENT.length; i++) {
            final var slot = LENT[first + i & LENT.length - 1];
            if (slot.tryEnter()) {
                return slot;
            }
        }
        return null;
    }

    /// Gives back what [#borrow] answered.
    static void giveBack(Slot lent) {
        lent.exit();
    }

    private static Slot newSlot() {
        final var thread = Thread.currentThread();
        if (thread.isVirtual()) {
            return null;
        }
        final var slot = new Slot(thread.threadId());
        SLOTS.removeIf(reference -> reference.get() == null);           // of threads that have ended
        SLOTS.add(new WeakReference<>(slot));
        return slot;
    }

    /// Waits until nobody is busy who was when the call began. The caller is not busy, and has already changed what
    /// others check. They are busy for one store or for the copy of [#MOST_PAGES] pages, and take no lock meanwhile.
    static void awaitWriters() {
        if (WAITER_PAYS) {
            Platform.memory().fenceThreads();
        } else {
            VarHandle.fullFence();
        }
        for (final var reference : SLOTS) {
            final var slot = reference.get();
            if (slot == null) {
                continue;
            }
            final int seen = (int) STEPS.getAcquire(slot);
            for (int spins = 0; (seen & 1) != 0 && (int) STEPS.getAcquire(slot) == seen; spins++) {
                if (spins < 1000) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
        }
    }
}
