package io.offheap.bench.contestant;

/// What an allocator counted.
///
/// @param purgedBytes given back to the operating system while the addresses were kept, or [#NOT_COUNTED]
/// @param reuses volatile runs that were taken back with their pages, or [#NOT_COUNTED]
public record Counters(long purgedBytes, long reuses) {

    /// The allocator does not know.
    public static final long NOT_COUNTED = -1;

    /// An allocator that counts nothing.
    public static final Counters NONE = new Counters(NOT_COUNTED, NOT_COUNTED);

    /// {@return what was counted since `earlier`}
    public Counters since(Counters earlier) {
        return this.equals(NONE) ? NONE : new Counters(purgedBytes - earlier.purgedBytes, reuses - earlier.reuses);
    }
}
