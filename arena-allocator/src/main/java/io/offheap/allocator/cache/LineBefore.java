package io.offheap.allocator.cache;

/// As long as a cache line, and without use: [OwnLine].
///
/// The JVM puts the fields of a superclass before those of a class. These are `int`s, since it fills the gap behind an object's header, if there is
/// one, with a field that fits.
abstract class LineBefore {

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
}
