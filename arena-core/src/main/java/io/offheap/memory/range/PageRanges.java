package io.offheap.memory.range;

/// What is true of ranges of pages, in steps of which the last needs no Java heap: an operation on several of them cuts and copies
/// first, and changes all or none.
///
/// Boundaries are boxed by the caller, beforehand.
public sealed interface PageRanges permits IntervalMap, MarkSet, PageSet {

    /// {@return whether nothing is true of any page}
    boolean isEmpty();

    /// Lets no range reach over a boundary; what is true of a page stays. Without Java heap nothing has changed; where there is nothing
    /// to cut it needs none.
    void cut(Long page);

    /// Lets no range reach over an end of `[start, end)`, unless that is empty. Without Java heap that may be so of one of them.
    default void cut(Long start, Long end) {
        if (start < end) {
            cut(start);
            cut(end);
        }
    }

    /// {@return a change that lets be true of the pages `distance` behind `[start, end)` what is true of these, and nothing else} No range
    /// reaches over an end of these pages or those. Without Java heap nothing has changed.
    Replacement<?> copy(long start, long end, long distance);

    /// Lets nothing be true of the pages of `[start, end)` any more, over whose ends no range reaches. Needs no Java heap.
    void drop(Long start, long end);
}
