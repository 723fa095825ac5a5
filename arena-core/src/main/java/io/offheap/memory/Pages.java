package io.offheap.memory;

import io.offheap.memory.space.Domain;

/// From bytes to pages.
final class Pages {

    private Pages() {}

    /// {@return the number of pages of an address, an offset or a size}
    ///
    /// @throws IllegalArgumentException if it is not a multiple of the page size
    static long of(Domain domain, long bytes) {
        final long size = domain.pageSize();
        if (bytes % size != 0) {
            throw new IllegalArgumentException("not a multiple of the page size, %d: %d (0x%x)".formatted(size, bytes, bytes));
        }
        return bytes / size;
    }
}
