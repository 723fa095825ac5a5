package io.offheap.allocator.cache;

/// What the owner of a cache writes at every use, in a cache line that no other thread uses.
///
/// The collector puts what stands in one table side by side, and so the caches of two threads: a flag of one would lie between fields that
/// the other reads at every use, and each of the two would wait for the other's line (docs/performance-history.md). So there is a line of nothing
/// before these, [LineBefore], and one behind them, [LineBehind].
abstract class OwnLine extends LineBefore {

    /// What [#asideClass] is while no slot is aside.
    static final int NONE = -1;

    /// The slot that the owner was handed last from a stack, whoever has it now, or 0.
    long last;

    /// The slot that was set aside last: it is, or was handed out again.
    long favourite;

    /// Its class while it is aside, else [#NONE].
    int asideClass = NONE;

    /// Its class.
    int favouriteClass;

    /// Where the word of its page is, and what that was.
    long favouriteWord;
    long favouriteEntry;

    /// Where its byte in the shadow is; 0 if there is no shadow.
    long favouriteShadow;

    /// Whether the owner is in the middle of something ([Seizable]).
    boolean busy;
}
