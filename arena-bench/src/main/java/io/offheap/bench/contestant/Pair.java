package io.offheap.bench.contestant;

/// One block allocated, used and freed before the next one: the best case of every allocator.
///
/// ## Concurrency
/// Used by one thread, the one that asked for it.
public interface Pair {

    /// Allocates a block, stores its first byte, and frees it.
    ///
    /// @param sizeBytes positive
    /// @return the address it had; whoever measures uses it, so that nothing is optimised away
    long touch(long sizeBytes);

    /// Allocates a block, stores every byte of it, and frees it.
    ///
    /// @param sizeBytes positive
    /// @return the address it had
    long write(long sizeBytes);
}
