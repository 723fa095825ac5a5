package io.offheap.memory.space;

import io.offheap.memory.os.Platform;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/// Lets "check, then store" and "check, then copy" be one step against whoever takes a page away.
///
/// A writer, or whoever copies many bytes, says that it is busy, checks, stores or copies, says that it is not. Who takes
/// access away does so first and then waits for those who were busy: they either had checked before, and then they have
/// done before the wait ends, or will see the change.
///
/// Between saying and checking there must be a full barrier. A writer that paid for one at every store would pay
/// about 5 ns; where the kernel has `membarrier`, the waiter pays for everybody instead, about 0.3 us.
///
/// A stack may overflow between the two words, also in the second of them. So what looks busy for long is looked into: a thread that
/// is in none of the methods that announce ([#ANNOUNCING]) has left its announcement behind, and it is taken back.
///
/// ## Concurrency
/// One slot a platform thread, for all domains of the process, written by its thread, and by who waits if that has left it busy.
/// A virtual thread has none: there may be millions. It writes words under the lock of the domain if they are in no [Window],
/// and borrows one of a few slots for a copy.
///
/// Slots are held here and by nobody else, and hold no thread: threads outlive class loaders, and a value of a thread that leads to
/// this class would keep its class loader.
final class WriterGate {

    private static final VarHandle STEPS;
    private static final VarHandle IS_LENT;

    static {
        try {
            STEPS = MethodHandles.lookup().findVarHandle(Slot.class, "steps", int.class);
            IS_LENT = MethodHandles.lookup().findVarHandle(Slot.class, "isLent", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final boolean WAITER_PAYS = Platform.memory().fencesThreads();
    private static final AtomicReference<Slot[]> SLOTS = new AtomicReference<>(new Slot[0]);
    private static final ThreadLocal<WeakReference<Slot>> OWN = ThreadLocal.withInitial(WriterGate::newSlot);

    /// Slots that were used last, by the low bits of their threads' numbers: quicker to look at than [#OWN]. Plain: an
    /// element is any slot, and a thread takes only its own.
    private static final Slot[] RECENT = new Slot[256];

    /// Slots that virtual threads borrow.
    private static final Slot[] LENT = new Slot[16];

    /// Pages that are copied into a space in one step: those who wait for that wait for no more.
    static final int MOST_WRITTEN = 64;

    /// Pages that are copied out of a space in one step. Enough for the JDK's copies past the caches, where it has them: of 2.5 MiB
    /// or more (docs/performance-history.md). A fork does not wait for it.
    static final int MOST_READ = 1024;

    /// In the steps of a slot: somebody is busy,
    private static final int BUSY = 1;
    /// and does nothing but read. Above these two are the steps' number.
    private static final int READING = 2;
    private static final int STATE = BUSY | READING;

    /// The methods of this package that call [Slot#enter] or [#borrow].
    static final Set<String> ANNOUNCING =
            Set.of("putLongAnnounced", "putByteAnnounced", "copyAtOnce");

    /// How often who waits looks at a slot before it looks into it, and again before the next time.
    private static final int PATIENCE = 1000;

    static {
        Arrays.fill(RECENT, new Slot(0, null));                         // the number of no thread
        Arrays.setAll(LENT, _ -> new Slot(0, null));
        SLOTS.set(LENT.clone());
    }

    private WriterGate() {}

    /// One thread's announcement.
    static final class Slot {
        /// The thread's number, which no other thread gets.
        final long thread;

        private long[] found = new long[MOST_WRITTEN];

        @SuppressWarnings("unused") // by STEPS
        private int steps;

        @SuppressWarnings("unused") // by IS_LENT
        private boolean isLent;

        /// Whose it is, or, of a slot that is lent, who has borrowed it last; null before. Weak: see above.
        private volatile WeakReference<Thread> owner;

        /// Two writers must not share a cache line, nor the pair of lines that is fetched together.
        @SuppressWarnings("unused")
        private long pad1, pad2, pad3, pad4, pad5, pad6, pad7, pad8, pad9, pad10, pad11, pad12, pad13, pad14;

        /// @param owner null: none yet
        Slot(long thread, Thread owner) {
            this.thread = thread;
            this.owner = new WeakReference<>(owner);
        }

        /// {@return whether it is the calling thread's}
        boolean isOwn() {
            return (thread ^ Thread.currentThread().threadId()) == 0;   // one value for the JIT to keep, not two
        }

        /// {@return whether somebody is busy}
        boolean isBusy() {
            return ((int) STEPS.getAcquire(this) & BUSY) != 0;
        }

        /// {@return room to note what was found of pages that are to be copied} For whoever is busy, and kept.
        long[] found(int pages) {
            if (found.length < pages) {
                found = new long[MOST_READ];
            }
            return found;
        }

        /// Says that it is busy. So it may be already, if the stack ended between an [#enter] and its [#exit].
        void enter() {
            announce(((int) STEPS.get(this) | STATE) + (BUSY + 1));
        }

        /// The same.
        ///
        /// @param toRead whether it will store nothing
        void enter(boolean toRead) {
            if (toRead) {
                announce(((int) STEPS.get(this) | STATE) + (STATE + 1));
            } else {
                enter();
            }
        }

        private void announce(int busy) {
            if (WAITER_PAYS) {
                STEPS.setOpaque(this, busy);
                VarHandle.releaseFence();                               // for the compiler: no check before the store
                VarHandle.acquireFence();
            } else {
                STEPS.setVolatile(this, busy);
                VarHandle.fullFence();
            }
        }

        /// {@return whether so many stores are to be counted now} True once in so many. Asked after each of them.
        ///
        /// @param stores a power of two
        boolean isCounted(int stores) {
            return ((int) STEPS.get(this) >>> Integer.bitCount(STATE) & stores - 1) == 0;
        }

        /// Says that it is busy, unless somebody has it: of a slot that is lent. Its owner is known before it is busy.
        ///
        /// @return whether it is busy for the caller now
        private boolean tryBorrow(boolean toRead) {
            if ((boolean) IS_LENT.getOpaque(this) || !IS_LENT.compareAndSet(this, false, true)) {
                return false;
            }
            owner = new WeakReference<>(Thread.currentThread());
            enter(toRead);
            return true;
        }

        private void giveBack() {
            exit();
            IS_LENT.setRelease(this, false);
        }

        /// {@return whether it is lent, or its thread has not ended}
        private boolean isNeeded() {
            final var owning = owner.get();
            return thread == 0 || owning != null && owning.isAlive();
        }

        /// {@return whether its owner is nowhere where it could take its announcement back} Asks the JVM for a stack.
        private boolean isLeft() {
            final var thread = owner.get();
            try {
                return thread == null || Arrays.stream(thread.getStackTrace()).noneMatch(Slot::mayAnnounce);
            } catch (OutOfMemoryError e) {
                return false;                                           // nobody knows: the next look may find heap
            }
        }

        private static boolean mayAnnounce(StackTraceElement frame) {
            return ANNOUNCING.contains(frame.getMethodName())
                    && frame.getClassName().startsWith(WriterGate.class.getPackageName());
        }

        /// Waits until it is not busy, or busy with something else.
        ///
        /// @param spared bits of the steps of those who are not waited for
        private void await(int spared) {
            final int seen = (int) STEPS.getAcquire(this);
            final boolean isAwaited = (seen & BUSY) != 0 && (seen & spared) == 0;
            for (int looks = 1; isAwaited && (int) STEPS.getAcquire(this) == seen; looks++) {
                if (looks < PATIENCE) {
                    Thread.onSpinWait();
                } else if (looks % PATIENCE != 0) {
                    Thread.yield();
                } else if (isLeft() && STEPS.compareAndSet(this, seen, seen & ~STATE)) {     // or its owner begins anew: as good
                    IS_LENT.setRelease(this, false);
                }
            }
        }

        /// Says that it is not, after its stores and loads. Looks the count up again: a value less for the JIT to keep.
        void exit() {
            STEPS.setRelease(this, (int) STEPS.get(this) & ~STATE);
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
        final var reference = OWN.get();
        if (reference == null) {
            return null;
        }
        final var slot = reference.get();                               // there while its thread lives
        RECENT[(int) thread & RECENT.length - 1] = slot;
        return slot;
    }

    /// {@return a slot that a virtual thread has for one copy, busy already, or null if all are lent}
    ///
    /// @param toRead whether it will store nothing
    static Slot borrow(boolean toRead) {
        final int first = (int) Thread.currentThread().threadId();
        for (int i = 0; i < LENT.length; i++) {
            final var slot = LENT[first + i & LENT.length - 1];
            if (slot.tryBorrow(toRead)) {
                return slot;
            }
        }
        return null;
    }

    /// Gives back what [#borrow] answered.
    static void giveBack(Slot lent) {
        lent.giveBack();
    }

    private static WeakReference<Slot> newSlot() {
        final var thread = Thread.currentThread();
        if (thread.isVirtual()) {
            return null;
        }
        final var slot = new Slot(thread.threadId(), thread);
        SLOTS.updateAndGet(slots -> Stream.concat(Arrays.stream(slots).filter(Slot::isNeeded), Stream.of(slot)).toArray(Slot[]::new));
        return new WeakReference<>(slot);
    }

    /// Waits until nobody is busy who was when the call began. The caller is not busy, and has already changed what
    /// others check. They are busy for one store or for the copy of [#MOST_READ] pages, and take no lock meanwhile.
    static void awaitAll() {
        await(0);
    }

    /// The same, but does not wait for those who store nothing.
    static void awaitWriters() {
        await(READING);
    }

    private static void await(int spared) {
        if (WAITER_PAYS) {
            Platform.memory().fenceThreads();
        } else {
            VarHandle.fullFence();
        }
        for (final var slot : SLOTS.get()) {                            // an array: waiting needs no Java heap
            slot.await(spared);
        }
    }
}
