package io.offheap.allocator.testkit;

/// A thread that says it is equal to all of its kind, as any class of threads may.
public final class EqualThread extends Thread {

    /// @param task what it does
    public EqualThread(Runnable task) {
        super(task);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EqualThread;
    }

    @Override
    public int hashCode() {
        return 1;
    }
}
