package io.offheap.allocator.size;

/// The ladder of page runs: the sizes, in pages, that larger allocations are rounded up to.
///
/// Every count up to 16 pages is a rung of its own; above that each doubling is divided into eight equal
/// steps, so rounding up adds less than one eighth:
///
/// ```
///   pages  1 2 3 ... 16 | 18 20 22 24 26 28 30 32 | 36 40 ... 64 | 72 ...
/// ```
///
/// The finer the ladder the less is added, the coarser the more often a freed run fits the next request:
/// eight steps keep both below what a cached run costs to fault in again (docs/adr/0003-size-classes.md).
/// What is added has no memory behind it unless an earlier owner of the run touched it.
///
/// Stateless; every method may be called from any thread.
public final class PageClasses {

    private static final int LG_STEPS = 3;
    private static final int EXACT = 2 << LG_STEPS;                     // 16: up to here each count is a rung

    /// Number of rungs: enough for 2^40 pages. Valid indices are `0 .. COUNT - 1`.
    public static final int COUNT = ceilingIndex(1L << 40) + 1;

    private PageClasses() {}

    /// {@return the index of the lowest rung that holds `pages`}
    ///
    /// @param pages `1 .. 2^40`
    public static int ceilingIndex(long pages) {
        assert 0 < pages && pages <= 1L << 40 : "pages=" + pages;
        if (pages <= EXACT) {
            return (int) pages - 1;
        }
        final long last = pages - 1;                                    // a rung ends *on* its count
        final int lgBase = 63 - Long.numberOfLeadingZeros(last);        // last is in [2^lgBase, 2^(lgBase + 1))
        final int step = (int) (last >>> (lgBase - LG_STEPS)) & ((1 << LG_STEPS) - 1);
        return EXACT + ((lgBase - LG_STEPS - 1) << LG_STEPS) + step;
    }

    /// {@return the index of the highest rung that `pages` reach: a run of that many pages can serve it}
    ///
    /// @param pages `1 .. 2^40`
    public static int floorIndex(long pages) {
        final int ceiling = ceilingIndex(pages);
        return pagesOf(ceiling) == pages ? ceiling : ceiling - 1;
    }

    /// {@return the pages of rung `index`}
    ///
    /// @param index `0 .. COUNT - 1`
    public static long pagesOf(int index) {
        assert 0 <= index : "index=" + index;
        if (index < EXACT) {
            return index + 1L;
        }
        final int group = (index - EXACT) >>> LG_STEPS;
        final int step = ((index - EXACT) & ((1 << LG_STEPS) - 1)) + 1;
        final int lgBase = group + LG_STEPS + 1;
        return (1L << lgBase) + ((long) step << (lgBase - LG_STEPS));
    }
}
