package io.offheap.allocator;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A [java.lang.foreign.Arena] over the allocator's memory: the JDK's contract to the letter, and one more method.
///
/// Segments are zero-filled unless asked for otherwise, aligned as requested, disjoint, and die with the
/// arena: touching one after [#close] throws `IllegalStateException`.
public interface OffHeapArena extends Arena {

    /// {@return a zero-filled segment that is aligned for any value that fits into it} As in the JDK's arenas: what they hand out comes from
    /// `malloc`, and programs write a `long` to `allocate(8)` without having asked for its alignment.
    ///
    /// @param byteSize bytes, 0 or more
    /// @throws IllegalArgumentException if the size is negative
    @Override
    default MemorySegment allocate(long byteSize) {
        return allocate(byteSize, byteSize < 2 * Long.BYTES ? Long.BYTES : 2 * Long.BYTES);
    }

    /// {@return a segment like the one of `allocate`, with unspecified contents}
    ///
    /// @param byteSize      bytes, 0 or more; 0 gives a segment of size 0 with an address of its own
    /// @param byteAlignment a power of two, in bytes
    /// @throws IllegalArgumentException if the size is negative or the alignment no positive power of two
    /// @throws IllegalStateException    if the arena is closed
    /// @throws WrongThreadException     if the arena belongs to another thread
    /// @throws OutOfMemoryError         if the memory cannot be had
    MemorySegment allocateUninitialized(long byteSize, long byteAlignment);
}
