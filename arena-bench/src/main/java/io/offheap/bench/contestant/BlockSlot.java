package io.offheap.bench.contestant;

/// Room for one block at a time. A block is known by its address alone, so the measured loop is the same
/// for all contestants; what else an allocator needs in order to free, an arena or a buffer, stays here.
///
/// ## Concurrency
/// Filled and emptied by one thread. Other threads may read and write the block in between.
public interface BlockSlot {

    /// Allocates a block and keeps it in this slot, which must be empty.
    ///
    /// @param sizeBytes positive
    /// @return the address, a multiple of 8; contents are arbitrary
    long allocate(long sizeBytes);

    /// Frees the block and empties the slot.
    void free();
}
