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
///   kind 1..254   a page of a slab of slot class kind - 1; page index counts from the slab's first page.
///                 Or the first page of a run that is itself a slot, handed out or at a thread's hand
///   kind 255      the first or last page of a run that is none of these: a large block, or free
/// ```
///
/// The word alone answers what `free` must know of a slot: its class, and where its slab begins.
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

    /// {@return the word of page `pageIndex` of the slots of a class in run `id`}
    public static long slots(int id, int pageIndex, int slotClass) {
        assert 0 <= pageIndex && pageIndex <= PAGE_MASK && 0 <= slotClass && slotClass < BOUNDARY - 1
                : "pageIndex=" + pageIndex + ", slotClass=" + slotClass;
        return (long) id << ID_SHIFT | (long) pageIndex << PAGE_SHIFT | kindOf(slotClass);
    }

    /// {@return the kind: 0, [#BOUNDARY], or that of a slot class}
    public static int kind(long entry) {
        return (int) entry & KIND_MASK;
    }

    /// {@return the kind of pages with slots of a class}
    public static int kindOf(int slotClass) {
        return slotClass + 1;
    }

    /// {@return the class of the slots in pages of a kind}
    public static int slotClass(int kind) {
        return kind - 1;
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
