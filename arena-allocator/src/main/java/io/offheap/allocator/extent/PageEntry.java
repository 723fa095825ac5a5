package io.offheap.allocator.extent;

/// The bit layout of a page map word: what one page is part of.
///
/// ```
///   63          32 31        16 15       8 7        0
///  +--------------+------------+----------+----------+
///  |    run id    | page index |    0     |   kind   |
///  +--------------+------------+----------+----------+
///
///   kind 0        nothing that can be freed: the inside of a run, or never used
///   kind 1..254   a page of a slab of size class kind - 1; page index counts from the slab's first page
///   kind 255      the first or last page of a run that is no slab: a large block, or free
/// ```
///
/// The word alone answers what `free` must know of a small block: its class, and where its slab begins.
public final class PageEntry {

    /// The word of a page that is part of nothing.
    public static final long NONE = 0;

    /// The kind of a boundary page.
    public static final int BOUNDARY = 255;

    private static final int KIND_MASK = 0xff;
    private static final int PAGE_SHIFT = 16;
    private static final int PAGE_MASK = 0xffff;
    private static final int ID_SHIFT = 32;

    /// Most pages a slab may have.
    public static final int MOST_SLAB_PAGES = PAGE_MASK + 1;

    private PageEntry() {}

    /// {@return the word of a boundary page of run `id`}
    public static long boundary(int id) {
        return (long) id << ID_SHIFT | BOUNDARY;
    }

    /// {@return the word of page `pageIndex` of the slab in run `id`}
    public static long slab(int id, int pageIndex, int sizeClass) {
        assert 0 <= pageIndex && pageIndex <= PAGE_MASK && 0 <= sizeClass && sizeClass < BOUNDARY - 1
                : "pageIndex=" + pageIndex + ", sizeClass=" + sizeClass;
        return (long) id << ID_SHIFT | (long) pageIndex << PAGE_SHIFT | (sizeClass + 1);
    }

    /// {@return the kind: 0, [#BOUNDARY], or a size class plus 1}
    public static int kind(long entry) {
        return (int) entry & KIND_MASK;
    }

    /// {@return the page's number in its slab}
    public static int pageIndex(long entry) {
        return (int) entry >>> PAGE_SHIFT & PAGE_MASK;
    }

    /// {@return the number of the run}
    public static int id(long entry) {
        return (int) (entry >>> ID_SHIFT);
    }
}
