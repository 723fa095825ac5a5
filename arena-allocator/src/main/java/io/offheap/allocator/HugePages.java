package io.offheap.allocator;

/// Whether large blocks are backed by huge pages.
public enum HugePages {
    /// Never: all memory is of base pages, and any page can be given back.
    NEVER,
    /// Blocks of 2 MiB and more that fill whole huge pages to at least eight ninths lie in memory of their own, for which
    /// the kernel is asked for huge pages (`MADV_HUGEPAGE`). They fault in and are purged many times faster; a page
    /// that is touched makes all of its 2 MiB resident. Everything smaller is of base pages. Without effect where the
    /// kernel has no huge pages, or where base pages are not of 4 KiB.
    MADVISE
}
