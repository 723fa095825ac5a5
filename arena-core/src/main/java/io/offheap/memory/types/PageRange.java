package io.offheap.memory.types;

/// Consecutive pages: of an address space, counted from address 0, or of a shared object, counted from its beginning.
///
/// A page is the operating system's. Immutable, and safe for any thread; nothing is held by it.
///
/// @param firstPage number of the first one, 0 or more
/// @param pageCount how many, 0 or more; the end has a number, too
public record PageRange(long firstPage, long pageCount) {

    /// @throws IllegalArgumentException if a number is negative, or the end has none
    public PageRange {
        if (firstPage < 0 || pageCount < 0 || pageCount > Long.MAX_VALUE - firstPage) {
            throw new IllegalArgumentException("firstPage=" + firstPage + ", pageCount=" + pageCount);
        }
    }

    /// {@return the pages from one to another, which is not in it}
    ///
    /// @throws IllegalArgumentException if the end is before the first page, or a number is negative
    public static PageRange between(long firstPage, long endPage) {
        return new PageRange(firstPage, endPage - firstPage);
    }

    /// {@return the pages of some bytes}
    ///
    /// @param address  of the first byte, or its offset in an object: 0 or more, a multiple of the page size
    /// @param byteSize 0 or more, a multiple of the page size
    /// @param pageSize a power of two
    /// @throws IllegalArgumentException if an argument is not as said
    public static PageRange ofBytes(long address, long byteSize, long pageSize) {
        return new PageRange(pages(address, pageSize), pages(byteSize, pageSize));
    }

    /// {@return how many pages so many bytes are, or the number of the page at an address} Negative, if the bytes are.
    ///
    /// @param pageSize a power of two
    /// @throws IllegalArgumentException if the bytes are not a multiple of the page size
    public static long pages(long bytes, long pageSize) {
        if ((bytes & pageSize - 1) != 0) {
            throw new IllegalArgumentException("not a multiple of the page size, %d: %d (0x%x)".formatted(pageSize, bytes, bytes));
        }
        return bytes / pageSize;
    }

    /// {@return the number of the first page behind it}
    public long endPage() {
        return firstPage + pageCount;
    }

    /// {@return the address, or the offset, of its first byte}
    public long address(long pageSize) {
        return Math.multiplyExact(firstPage, pageSize);
    }

    /// {@return its size in bytes}
    public long byteSize(long pageSize) {
        return Math.multiplyExact(pageCount, pageSize);
    }

    /// {@return whether there is no page in it}
    public boolean isEmpty() {
        return pageCount == 0;
    }

    /// {@return whether a page is in it}
    public boolean contains(long page) {
        return firstPage <= page && page < endPage();
    }

    /// {@return whether some page is in both} Never, if one of them is empty.
    public boolean overlaps(PageRange other) {
        return Math.max(firstPage, other.firstPage) < Math.min(endPage(), other.endPage());
    }

    /// {@return as many pages from another one on}
    ///
    /// @throws IllegalArgumentException if the page is negative, or the end has no number
    public PageRange movedTo(long page) {
        return new PageRange(page, pageCount);
    }

    /// {@return first page and end, such as `3-7` for the four pages from 3 on}
    @Override
    public String toString() {
        return firstPage + "-" + endPage();
    }
}
