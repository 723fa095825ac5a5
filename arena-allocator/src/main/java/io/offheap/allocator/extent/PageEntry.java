package io.offheap.allocator.extent;

import static io.offheap.memory.source.RegionSource.LARGEST_CELL_SHIFT;

/// The bit layout of a page map word: what one page is part of.
///
/// ```
///   63          32 31        16 15       8 7        0
///  +--------------+------------+----------+----------+
///  |    run id    |     0      |   kind   |   cell   |
///  +--------------+------------+----------+----------+
///
///   kind 0        nothing that can be freed: the inside of a run, or never used
///   kind 1..254   a page of a slab of slot class kind - 1;
///                 or the first page of a run that is itself a slot, handed out or at a thread's hand
///   kind 255      the first or last page of a run that is none of these: a large block, or free
///   cell          the size of the cells in which slots of the class have their byte in the shadow, as the
///                 complement of its logarithm, in 6 bits: a shift by `~word` is one by it. Of the other kinds it is
///                 0, which shifts every offset to the first byte of the shadow, where no slot is
/// ```
///
/// The word alone answers what `free` must know of a slot: its class, and where its byte in the shadow is.
public final class PageEntry {

    /// The word of a page that is part of nothing.
    public static final long NONE = 0;

    /// The word of no page.
    public static final long NEVER = -1;

    /// The kind of a boundary page.
    public static final int BOUNDARY = 255;

    private static final int CELL_MASK = Long.SIZE - 1;
    private static final int KIND_SHIFT = 8;
    private static final int KIND_MASK = 0xff;
    private static final int ID_SHIFT = 32;

    private PageEntry() {}

    /// {@return the word of a boundary page of run `id`}
    public static long boundary(int id) {
        return (long) id << ID_SHIFT | BOUNDARY << KIND_SHIFT;
    }

    /// {@return the word of a page of the slots of a class in run `id`}
    ///
    /// @param cellShift `1 << cellShift` bytes are a cell of the shadow for slots of the class
    public static long slots(int id, int slotClass, int cellShift) {
        assert 0 <= slotClass && slotClass < BOUNDARY - 1 && 0 <= cellShift && cellShift <= LARGEST_CELL_SHIFT
                : "slotClass=" + slotClass + ", cellShift=" + cellShift;
        return (long) id << ID_SHIFT | kindOf(slotClass) << KIND_SHIFT | ~cellShift & CELL_MASK;
    }

    /// {@return the kind: 0, [#BOUNDARY], or that of a slot class}
    public static int kind(long entry) {
        return (int) entry >>> KIND_SHIFT & KIND_MASK;
    }

    /// {@return the kind of pages with slots of a class}
    public static int kindOf(int slotClass) {
        return slotClass + 1;
    }

    /// {@return the class of the slots in pages of a kind}
    public static int slotClass(int kind) {
        return kind - 1;
    }

    /// {@return the bytes of a cell of the shadow for what is in the page, as a shift of a long: its low 6 bits count} Of pages without
    /// slots it is 63.
    public static int cellShift(long entry) {
        return ~(int) entry;
    }

    /// {@return the number of the run}
    public static int id(long entry) {
        return (int) (entry >>> ID_SHIFT);
    }
}
