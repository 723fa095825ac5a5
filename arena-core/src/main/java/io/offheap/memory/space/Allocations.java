package io.offheap.memory.space;

/// Who is asked before anything is allocated, one question for each allocation, before anything is changed.
@FunctionalInterface
public interface Allocations {

    /// Never refuses.
    Allocations UNLIMITED = () -> {};

    /// Returns to allow one allocation.
    ///
    /// @throws OutOfMemoryError to refuse it
    void reserve();
}
