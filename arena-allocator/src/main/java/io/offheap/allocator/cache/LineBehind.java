package io.offheap.allocator.cache;

/// As long as a cache line, and without use, behind [OwnLine].
abstract class LineBehind extends OwnLine {

    private int behind0;
    private int behind1;
    private int behind2;
    private int behind3;
    private int behind4;
    private int behind5;
    private int behind6;
    private int behind7;
    private int behind8;
    private int behind9;
    private int behind10;
    private int behind11;
    private int behind12;
    private int behind13;
    private int behind14;
    private int behind15;
}
