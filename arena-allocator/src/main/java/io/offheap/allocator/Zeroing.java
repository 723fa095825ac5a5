package io.offheap.allocator;

import io.offheap.allocator.extent.Extent;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.OsException;

/// When runs are zeroed, and how: by stores, or by giving their pages back, which come again as zeros.
///
/// Any thread that holds the run. A system call where it says so; no lock may be held.
final class Zeroing {

    /// Ranges from this size on may be purged instead, bytes: the smallest size at which dirty huge pages were measured to
    /// be zero sooner that way.
    private static final long PURGED_RATHER_THAN_ZEROED = 16L << 20;

    private final SystemMemory os;
    private final long pageSize;
    private final boolean zeroesFreed;

    /// @param zeroesFreed whether what is freed is zeroed
    Zeroing(SystemMemory os, boolean zeroesFreed) {
        this.os = os;
        this.pageSize = os.pageSize();
        this.zeroesFreed = zeroesFreed;
    }

    boolean zeroesFreed() {
        return zeroesFreed;
    }

    /// Makes the first bytes of a run zero, unless it is known that all are. Calls the operating system for large runs of huge pages.
    void zeroUnlessKnown(Extent extent, long byteSize) {
        if (!extent.isKnownZero() && !(isWorthPurging(extent, byteSize) && purgedInPlace(extent.address(), extent.size()))) {
            RawMemory.zero(extent.address(), byteSize);
        }
    }

    /// Purging and faulting in again costs as much as zeroing only with huge pages, and saves what is not touched; with base
    /// pages it costs three to six times as much at every size (docs/performance.md).
    private boolean isWorthPurging(Extent extent, long byteSize) {
        return byteSize >= PURGED_RATHER_THAN_ZEROED && extent.owner().unit() > pageSize;
    }

    /// Overwrites a run that is about to be freed, if freed memory is to be.
    ///
    /// @param extent a held run
    void wipe(Extent extent) {
        wipe(extent.address(), extent.size());
    }

    /// Overwrites a range that is about to be freed, if freed memory is to be. Large ranges are purged: most of their pages may never
    /// have been touched, and would be faulted in to be zeroed.
    void wipe(long address, long size) {
        if (zeroesFreed && !(size >= PURGED_RATHER_THAN_ZEROED && purgedInPlace(address, size))) {
            RawMemory.zero(address, size);
        }
    }

    private boolean purgedInPlace(long address, long size) {
        try {
            os.advise(address, size, SystemMemory.Advice.DONTNEED);
            return true;
        } catch (OsException | OutOfMemoryError e) {
            return false;                               // refused, or no Java heap for the call: what is left of it will be zeroed
        }
    }
}
