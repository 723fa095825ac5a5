package io.offheap.memory.space;

/// Who is asked before pages of a domain come to have memory.
///
/// Called with no lock held, except [#release].
public interface Headroom {

    /// Nobody: there is always room.
    Headroom UNLIMITED = new Headroom() {
        @Override
        public void acquire(long bytes) {
            // there is room
        }

        @Override
        public void release(long bytes) {
            // nobody counts
        }
    };

    /// Commits memory, making room first where it is short.
    ///
    /// @param bytes positive
    /// @throws OutOfMemoryError if it does not fit under a limit; nothing is committed then
    void acquire(long bytes);

    /// Takes back what was granted. Quick, and may be called with a lock held.
    void release(long bytes);
}
