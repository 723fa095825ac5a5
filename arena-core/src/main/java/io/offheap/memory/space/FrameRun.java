package io.offheap.memory.space;

/// The pages of a space that became writable last, one after the other, in frames that are neighbours: what a window may grow by.
///
/// Guarded by the lock of the domain.
final class FrameRun {

    private final long pageSize;
    private long firstPage;
    private long firstAddress;
    private long pages;

    /// An empty one.
    FrameRun(long pageSize) {
        this.pageSize = pageSize;
    }

    /// {@return the first page}
    long firstPage() {
        return firstPage;
    }

    /// {@return the native address of the first page}
    long firstAddress() {
        return firstAddress;
    }

    /// {@return how many pages}
    long pages() {
        return pages;
    }

    /// Adds a page if it continues the run, else begins a new one with it. A page that is in it changes nothing.
    void add(long page, long address) {
        final long index = page - firstPage;
        final boolean fits = address == firstAddress + index * pageSize;
        if (!fits || index < 0 || index > pages) {
            set(page, address, 1);
        } else if (index == pages) {
            pages++;
        }
    }

    /// Becomes another run.
    void set(long newFirstPage, long newFirstAddress, long newPages) {
        firstPage = newFirstPage;
        firstAddress = newFirstAddress;
        pages = newPages;
    }

    /// Becomes empty.
    void clear() {
        set(0, 0, 0);
    }
}
