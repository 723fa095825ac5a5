package io.offheap.memory.source;

import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.AlignedMath;

/// One reservation of address space with its page map and, if wanted, its shadow. Carving is guarded by the lock of [RegionSource].
final class Region {

    /// First usable byte, on a boundary of [RegionSource#REGION_ALIGNMENT].
    final long base;

    /// Usable bytes from `base` on.
    final long size;

    final PageMap pages;

    final PageKind kind;

    /// Null without one.
    final Shadow shadow;

    /// What the operating system reserved; `base` is the first boundary in it.
    private final long reservedAt;
    private final long reservedSize;

    /// Bytes carved from `base` on; grows only, written under the lock.
    private volatile long carved;

    /// @param reservedSize one [RegionSource#REGION_ALIGNMENT] more than the usable size, so that the end is never reached
    private Region(long reservedAt, long reservedSize, PageMap pages, Shadow shadow, PageKind kind) {
        this.reservedAt = reservedAt;
        this.reservedSize = reservedSize;
        this.base = AlignedMath.alignUp(reservedAt, RegionSource.REGION_ALIGNMENT);
        this.size = reservedSize - RegionSource.REGION_ALIGNMENT;
        this.pages = pages;
        this.shadow = shadow;
        this.kind = kind;
    }

    /// Reserves a region and what belongs to it; if that fails the region does not remain.
    ///
    /// @param size       usable bytes, a multiple of the region alignment
    /// @param isShadowed whether it has a shadow
    /// @param dumped     whether core dumps show what is in it
    static Region reserve(SystemMemory os, long size, PageKind kind, boolean isShadowed, boolean dumped) {
        final long reservedSize = size + RegionSource.REGION_ALIGNMENT;
        final long at = os.reserve(reservedSize);
        PageMap pages = null;
        try {
            advise(os, at, reservedSize, kind == PageKind.HUGE ? Advice.HUGEPAGE : Advice.NOHUGEPAGE);
            if (!dumped) {
                advise(os, at, reservedSize, Advice.DONTDUMP);
            }
            pages = new PageMap(os, reservedSize / os.pageSize());
            return new Region(at, reservedSize, pages, isShadowed ? new Shadow(os, size) : null, kind);
        } catch (RuntimeException | Error e) {
            if (pages != null) {
                pages.release(os);
            }
            os.release(at, reservedSize);
            throw e;
        }
    }

    /// Base pages are purged run by run, and a huge page would be split by that (docs/design-decisions.md). A
    /// kernel without huge pages does not know the advice, which is as good; one that refuses to keep memory out of dumps
    /// loses nothing but that.
    private static void advise(SystemMemory os, long address, long size, Advice advice) {
        try {
            os.advise(address, size, advice);
        } catch (OsException e) {
            assert e.call().startsWith("madvise") : e;
        }
    }

    long carved() {
        return carved;
    }

    /// {@return the start of `size` fresh bytes, 0 if they do not fit}
    long carve(long bytes, long alignment) {
        final long from = carved;
        final long address = AlignedMath.alignUp(base + from, alignment);
        if (address - base > size - bytes) {
            return 0;
        }
        carved = address - base + bytes;
        return address;
    }

    /// Leaves page map and shadow to who may still look into them. After [#close].
    ///
    /// @param source all who do have it
    void leaveTables(RegionSource source, SystemMemory os) {
        if (shadow == null) {
            Remains.leave(source, os, pages.address(), pages.size(os));
        } else {
            Remains.leave(source, os, pages.address(), pages.size(os), shadow.origin(), shadow.size());
        }
    }

    /// See [RegionSource#close]. Nothing is carved any more. Every step is tried, whatever fails before it.
    void close(SystemMemory os) {
        final long end = carved == 0 ? reservedAt : base + carved;
        try {
            if (end > reservedAt) {
                os.abandon(reservedAt, end - reservedAt);
            }
        } finally {
            try {
                os.release(end, reservedAt + reservedSize - end);
            } finally {
                forget(os);
            }
        }
    }

    private void forget(SystemMemory os) {
        try {
            pages.forget(os, carved / os.pageSize());
        } finally {
            if (shadow != null) {
                shadow.forget(carved);
            }
        }
    }
}
