package io.offheap.allocator.debug;

/// What happens on the pages of their own that sampled blocks get, at most [#MOST] of them at a time, each between two guard
/// pages that nobody has a reason to touch.
///
/// A page that protects itself with a fault kills the JVM, so none does; see docs/debugging.md.
public enum Guards {
    /// Sampled blocks lie among the others.
    NONE,
    /// A touch, be it a read, goes through, and is found when the block is freed, when it leaves the quarantine, and by a
    /// report: the page has got memory.
    DETECT,
    /// As [#DETECT], and where the kernel lets us (`userfaultfd`) a touch from Java code throws `InternalError`, at once in
    /// interpreted code and a little later in compiled code. A touch by native code, and a compare-and-set in interpreted
    /// code, end the JVM: for hunting one mistake, not for production.
    TRAP;

    /// So many blocks have pages of their own at a time.
    public static final int MOST = 256;

    /// Larger blocks get no pages of their own, bytes.
    public static final long LARGEST_BLOCK = 16 << 10;
}
