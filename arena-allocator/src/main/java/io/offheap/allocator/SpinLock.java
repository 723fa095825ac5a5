package io.offheap.allocator;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// A lock of one word, for what is held during a few loads and stores, or while an array grows: a buffer's whole life is to
/// cost tens of nanoseconds, and a lock that parks costs as much.
///
/// Not reentrant. No other lock is taken under it.
class SpinLock {

    /// Looks at a lock before the holder, who has been stopped, is given the processor.
    private static final int SPINS = 100;

    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(SpinLock.class, "held", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private boolean held;

    final void lock() {
        for (int spins = 0; !HELD.compareAndSet(this, false, true); spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    final void unlock() {
        HELD.setRelease(this, false);
    }
}
