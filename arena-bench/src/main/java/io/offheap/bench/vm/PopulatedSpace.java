package io.offheap.bench.vm;

import io.offheap.memory.AddressSpace;
import io.offheap.memory.MemoryDomain;

/// A space all of whose pages are written, in a domain of its own.
///
/// @param domain it is in
/// @param space  itself
/// @param bytes  how large it is
record PopulatedSpace(MemoryDomain domain, AddressSpace space, long bytes) implements AutoCloseable {

    /// {@return a new one}
    static PopulatedSpace of(long bytes) {
        final MemoryDomain domain = MemoryDomain.create();
        final PopulatedSpace populated = new PopulatedSpace(domain, domain.newSpace("populated"), bytes);
        populated.space.map(0, bytes);
        populated.touch(populated.space);
        return populated;
    }

    /// {@return how many pages}
    int pages() {
        return Math.toIntExact(bytes / domain.pageSize());
    }

    /// {@return bytes to the next page}
    long pageBytes() {
        return domain.pageSize();
    }

    /// Writes a word to every page of this space, or of a fork of it.
    long touch(AddressSpace which) {
        final int pages = pages();
        for (int page = 0; page < pages; page++) {
            which.putLong(page * pageBytes(), page);
        }
        return pages;
    }

    @Override
    public void close() {
        domain.close();
    }
}
