package io.offheap.memory.space;

import io.offheap.memory.os.Platform;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Lets "check, then store" be one step against whoever takes a page away.
///
/// A writer says that it is busy, checks, stores, says that it is not. Who takes write access away does so first
/// and then waits for those who were busy: they either had checked before, and then their store lands before
/// the wait ends, or will see the change.
///
/// Between saying and checking there must be a full barrier. A writer that paid for one at every store would pay
/// about 5 ns; where the kernel has `membarrier`, the waiter pays for everybody instead, about 0.3 us.
///
/// ## Concurrency
/// One slot a platform thread, for all domains of the process, written by its thread alone. A virtual thread has
/// none: there may be millions. It writes under the lock of the domain.
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

    private WriterGate() {}

    /// One thread's announcement. Odd: busy.
    static final class Slot {
        @SuppressWarnings("unused") // by STEPS
        private int steps;

        /// Says that it is busy.
        ///
        /// @return what [#exit] is given: so it need not wait for what was just stored
        int enter() {
            final int busy = (int) STEPS.get(this) + 1;
            if (WAITER_PAYS) {
                STEPS.setOpaque(this, busy);
                VarHandle.releaseFence();                               // for the compiler: no check before the store
                VarHandle.acquireFence();
            } else {
                STEPS.setVolatile(this, busy);
                VarHandle.fullFence();
            }
            return busy;
        }

        /// Says that it is not, after its stores.
        void exit(int busy) {
            STEPS.setRelease(this, busy + 1);
        }
    }

    /// {@return the slot of the calling thread, or null if it is a virtual one}
    static Slot slot() {
        return OWN.get();
    }

    private static Slot newSlot() {
        if (Thread.currentThread().isVirtual()) {
            return null;
        }
        final var slot = new Slot();
        SLOTS.removeIf(reference -> reference.get() == null);           // of threads that have ended
        SLOTS.add(new WeakReference<>(slot));
        return slot;
    }

    /// Waits until nobody is busy who was when the call began. The caller is not busy, and has already changed what
    /// writers check. A writer is busy for one store or one chunk of a bulk write, and takes no lock meanwhile.
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
