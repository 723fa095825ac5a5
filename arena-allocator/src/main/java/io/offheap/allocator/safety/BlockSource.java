package io.offheap.allocator.safety;

/// Where the safety kit gets blocks from: the allocator as it is without the kit.
///
/// Any thread may call any method, with no lock held.
public interface BlockSource {

    /// Says that a block is freed whatever its size.
    long ANY_SIZE = -1;

    /// {@return the address of a new block} Arguments are checked already.
    ///
    /// @param zeroed whether it must read as zero, as far as it was asked for
    /// @throws OutOfMemoryError if it cannot be had
    long allocate(long byteSize, long byteAlignment, boolean zeroed);

    /// Frees a block.
    ///
    /// @param byteSize as it was handed out, or [#ANY_SIZE]
    /// @throws IllegalArgumentException if it is no live block of that size
    void free(long address, long byteSize);

    /// {@return the address of a new block that [#free] and [#usableSize] refuse} It is freed by [#freeHidden]. Arguments are checked
    /// already.
    ///
    /// @param zeroed whether it must read as zero, as far as it was asked for
    /// @throws OutOfMemoryError if it cannot be had
    long allocateHidden(long byteSize, long byteAlignment, boolean zeroed);

    /// Frees a hidden block, of any size. Its owner sees to it that this happens once.
    void freeHidden(long address);

    /// {@return the bytes that may be used of a live block}
    ///
    /// @throws IllegalArgumentException if it is none
    long usableSize(long address);
}
