package io.offheap.allocator.cache;

/// What the owner of a cache writes at every use, in a cache line that no other thread uses.
///
/// The collector puts what stands in one table side by side, and so the caches of two threads: a flag of one would lie between fields that
/// the other reads at every use, and each of the two would wait for the other's line (docs/performance-history.md). So there is a line of nothing
/// before the flag, and one behind it in [ThreadCache]. The JVM puts the fields of a superclass before those of a class. These here are `int`s,
/// since it fills the gap behind an object's header, if there is one, with a field that fits.
abstract class OwnLine {

    private int before0;
    private int before1;
    private int before2;
    private int before3;
    private int before4;
    private int before5;
    private int before6;
    private int before7;
    private int before8;
    private int before9;
    private int before10;
    private int before11;
    private int before12;
    private int before13;
    private int before14;
    private int before15;

    /// Whether the owner is in the middle of something ([ThreadCache]).
    boolean busy;
}
