package io.offheap.allocator.safety;

/// Where blocks come from: an allocator as it is, or with something before it that knows more of each, such as the safety kit.
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

    /// Changes the size of a block where it lies.
    ///
    /// @param byteSize    as it was handed out
    /// @param newByteSize 0 or more
    /// @return false, and nothing has changed, if the block has to move
    /// @throws IllegalArgumentException if it is no live block of that size
    boolean resizeInPlace(long address, long byteSize, long newByteSize);

    /// {@return the bytes that may be used of a live block}
    ///
    /// @throws IllegalArgumentException if it is none
    long usableSize(long address);

    /// Notes that nobody has to free a block: it is no leak.
    ///
    /// @return the address
    long leaveToCollector(long address);
}
