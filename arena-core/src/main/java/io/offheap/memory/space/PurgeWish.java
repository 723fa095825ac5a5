package io.offheap.memory.space;

/// What a purge should take.
///
/// @param pages      how many, 0 or more; `Long.MAX_VALUE` for all
/// @param olderThan  only ranges that were marked or freed before this time, [#ANY_AGE] for all
/// @param leastPages only ranges of at least so many pages
/// @param kind       what may be taken
public record PurgeWish(long pages, long olderThan, long leastPages, Kind kind) {

    /// No range is too young.
    public static final long ANY_AGE = Long.MAX_VALUE;

    /// What may be taken, each kind in addition to those before.
    public enum Kind {
        /// Memory of free frames, which is kept to save page faults.
        KEPT,
        /// Pages that were freed lazily: nobody expects them back.
        IDLE,
        /// Pages of marked ranges, whose owners can build them again: these first, then the lazily freed, but no kept
        /// ones.
        VOLATILE,
        /// Everything: kept ones first.
        ALL
    }

    /// {@return volatile pages of any age}
    public static PurgeWish pages(long pages) {
        return new PurgeWish(pages, ANY_AGE, 0, Kind.VOLATILE);
    }

    boolean takesKept() {
        return kind != Kind.VOLATILE;
    }

    boolean takesLazy() {
        return kind != Kind.KEPT;
    }

    boolean takesMarked() {
        return kind == Kind.VOLATILE || kind == Kind.ALL;
    }

    boolean mayTake(Victim victim) {
        return victim.time() < olderThan && victim.end() - victim.start() >= leastPages;
    }
}
