package io.offheap.bench.contestant;

/// Room for many blocks at a time, each known by its index: what an array of pointers is in C.
///
/// ## Concurrency
/// Plain memory: used by one thread at a time, and passed on with a happens-before edge. [Setup#freesOnAnyThread]
/// says whether another thread may free what one has allocated.
public interface BlockTable {

    /// Allocates a block and keeps it at an index where there is none.
    ///
    /// @param sizeBytes positive
    /// @return the address, a multiple of 8; contents are arbitrary
    long allocate(int index, long sizeBytes);

    /// {@return the address of a block}
    long address(int index);

    /// Frees a block; its index is empty afterwards.
    void free(int index);
}
