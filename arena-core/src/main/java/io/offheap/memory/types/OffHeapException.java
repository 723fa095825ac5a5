package io.offheap.memory.types;

/// The root of what this library throws on its own account.
///
/// A caller's mistake is not among them: that is `IllegalArgumentException` or `IllegalStateException`,
/// and memory that cannot be had is `OutOfMemoryError`, as everywhere in Java.
public abstract sealed class OffHeapException extends RuntimeException permits OsException, MemoryAccessException {
    private static final long serialVersionUID = 1L;

    OffHeapException(String message) {
        super(message);
    }
}
