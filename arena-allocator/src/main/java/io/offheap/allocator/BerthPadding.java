package io.offheap.allocator;

/// As long as two cache lines, and without use: no two [Berth]s share one.
abstract class BerthPadding {
    long p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15;
}
