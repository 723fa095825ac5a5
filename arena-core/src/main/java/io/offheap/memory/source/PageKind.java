package io.offheap.memory.source;

/// What backs the memory of a region.
public enum PageKind {
    /// Base pages only, so that any of them can be purged without splitting a huge page.
    BASE,
    /// Huge pages where the kernel has them. Whoever uses such a region takes and purges whole units of
    /// [RegionSource#REGION_ALIGNMENT] bytes.
    HUGE
}
