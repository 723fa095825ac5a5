package io.offheap.memory.frame;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.source.Reservations;
import io.offheap.memory.types.OsException;

/// The memory of frames: one reserved region, of which each page is a frame, and the last a page of zeros.
///
/// Knows where a frame lies, and asks the operating system for what is done to the memory of some. Which frames are in
/// use it does not know.
///
/// Thread-safe: nothing changes until [#close].
final class FrameRegion {

    /// Bytes. No region is smaller, unless fewer frames are wanted.
    static final long SMALLEST = 16L << 20;

    private final SystemMemory os;
    private final RetiredRanges retired;
    private final int pageShift;
    private final long base;
    private final long size;
    private final int capacity;
    private final long zeroPage;

    /// Reserves the region: address space only.
    ///
    /// @param os      what reserves
    /// @param wanted  frames; where there is no address space for them, fewer ([Reservations]): [#capacity]
    /// @param retired takes what was used of the region in the end
    /// @throws OutOfMemoryError if not even the address space for a few can be had
    /// @throws OsException      if reserving is refused for another reason
    FrameRegion(SystemMemory os, int wanted, RetiredRanges retired) {
        this.os = os;
        this.retired = retired;
        this.pageShift = Long.numberOfTrailingZeros(os.pageSize());
        final var region = reserve(os, wanted + 1L << pageShift);
        this.base = region.base;
        this.size = region.size;
        this.capacity = (int) (size >>> pageShift) - 1;
        this.zeroPage = base + ((long) capacity << pageShift);
        forbidHugePages();
    }

    private record Reserved(long base, long size) {}

    private static Reserved reserve(SystemMemory os, long wantedBytes) {
        return Reservations.halving(os, wantedBytes, Math.min(wantedBytes, SMALLEST), os.pageSize(),
                size -> new Reserved(os.reserve(size), size));
    }

    /// A purge takes single pages, and residency must fall with each. A kernel without huge pages does not know
    /// the advice, which is as good.
    private void forbidHugePages() {
        try {
            os.advise(base, size, Advice.NOHUGEPAGE);
        } catch (OsException e) {
            assert e.call().startsWith("madvise") : e;
        }
    }

    /// {@return how many frames there are}
    int capacity() {
        return capacity;
    }

    /// {@return a page that reads as zero and is never written}
    long zeroPage() {
        return zeroPage;
    }

    /// {@return the address of a frame}
    long address(int frame) {
        return base + ((long) frame << pageShift);
    }

    /// {@return the frame at an address}
    int frameAt(long address) {
        assert base <= address && address < zeroPage : "0x%x".formatted(address);
        return (int) ((address - base) >>> pageShift);
    }

    /// Overwrites a frame with zeros.
    void zero(int frame) {
        RawMemory.zero(address(frame), 1L << pageShift);
    }

    /// Has the kernel place frames by a NUMA policy (`mbind`).
    ///
    /// @throws OsException if it refuses; nothing has changed then
    void bindToNodes(int first, int count, int mode, long nodeMask) {
        os.bindToNodes(address(first), (long) count << pageShift, mode, nodeMask);
    }

    /// Gives the memory of frames back, runs of neighbours in one call.
    ///
    /// @param taken sorted
    /// @return whether all have lost it; otherwise contents are unspecified
    boolean giveBack(Taken taken) {
        boolean all = true;
        for (int from = 0, to; from < taken.count(); from = to) {
            to = taken.runEnd(from);
            try {
                os.advise(address(taken.get(from)), (long) (to - from) << pageShift, Advice.DONTNEED);
            } catch (OsException | OutOfMemoryError refused) {
                all = false;                                            // or no Java heap for the call
            }
        }
        return all;
    }

    /// Puts memory behind frames, runs of neighbours in one call.
    ///
    /// @param taken sorted
    /// @throws OsException if the kernel refuses; some may have got theirs then
    void giveMemory(Taken taken) {
        for (int from = 0, to; from < taken.count(); from = to) {
            to = taken.runEnd(from);
            os.commit(address(taken.get(from)), (long) (to - from) << pageShift);
        }
    }

    /// {@return how many of the first frames have memory behind them, as the operating system says}
    long residentPages(int frames) {
        return frames == 0 ? 0 : os.residentBytes(base, (long) frames << pageShift) >>> pageShift;
    }

    /// Gives all memory back.
    ///
    /// @param frames the first, which were used: their addresses read as zero for a while, see [RetiredRanges]
    void close(int frames) {
        final long used = (long) frames << pageShift;
        try {
            if (used > 0) {
                os.advise(base, used, Advice.DONTNEED);
            }
        } finally {
            try {
                os.release(base + used, size - used);
            } finally {
                if (used > 0) {
                    retired.add(base, used);
                }
            }
        }
    }
}
