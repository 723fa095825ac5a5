package io.offheap.allocator;

import java.util.List;

/// What an allocator holds, in bytes, and what it has done, in counts since it was created.
///
/// Exact when nobody allocates, frees or purges meanwhile; otherwise each number is right for some moment
/// during the call. These identities hold when quiet, and tests assert them:
///
/// ```
///   sum of used slots by their size + large   = allocated
///   allocated + cached + slack                = active
///   active + volatile + metadata              = committed
///   active + volatile + purged + retained     = mapped
///   allocated <= active <= committed, resident <= committed
///   reused + purged so far + volatile         = marked     (see markedBytes)
/// ```
///
/// @param name              the allocator's name
/// @param allocatedBytes    in blocks that callers hold, by their usable size
/// @param largeBytes        those of them that are large blocks, by their runs of pages
/// @param cachedBytes       in free slots that threads keep at hand, runs of up to 16 pages among them
/// @param slackBytes        in slabs, but in no slot that is used or cached
/// @param activeBytes       in runs of pages that are in use: slabs and large blocks
/// @param volatileBytes     in free runs, and volatile blocks that are not pinned, whose memory is there and may be
///                          purged at any time
/// @param lazyFreeBytes     those of the volatile bytes, all of them free, that the kernel may take without a word (`MADV_FREE`)
/// @param purgedBytes       in free runs, and volatile blocks, whose memory was given back
/// @param retainedBytes     in free runs that never had memory
/// @param metadataBytes     off-heap memory that describes the rest
/// @param committedBytes    what may be touched without asking again; what the limits bound
/// @param mappedBytes       address space that was ever used
/// @param residentBytes     mapped bytes with memory behind them, as the operating system says; with portable pages those
///                          that are committed
/// @param hardLimit         bytes, `Long.MAX_VALUE` for none
/// @param directBuffers     buffers of [OffHeapAllocator#allocateDirect] whose memory has not come back yet
/// @param directBufferBytes their capacities
/// @param volatileReuses    how often a free run was handed out again with its memory
/// @param bytesReused       bytes of those runs
/// @param faultsAvoided     pages of those runs: each would have been faulted in and zeroed again, unless nobody had
///                          ever touched it
/// @param purges            batches of runs given back
/// @param bytesPurged       bytes given back
/// @param purgeFailures     runs that the operating system refused to take
/// @param directReclaims    how often growth had to make room first
/// @param limitHits         allocations that would fit under the hard limit and were refused when nothing was left to
///                          purge, whether or not listeners made room for them afterwards
/// @param caches            of threads; those that virtual threads share included
/// @param classes           small blocks by size class, the smallest first, unused ones included
public record AllocatorStats(
        String name,
        long allocatedBytes,
        long largeBytes,
        long cachedBytes,
        long slackBytes,
        long activeBytes,
        long volatileBytes,
        long lazyFreeBytes,
        long purgedBytes,
        long retainedBytes,
        long metadataBytes,
        long committedBytes,
        long mappedBytes,
        long residentBytes,
        long hardLimit,
        long directBuffers,
        long directBufferBytes,
        long volatileReuses,
        long bytesReused,
        long faultsAvoided,
        long purges,
        long bytesPurged,
        long purgeFailures,
        long directReclaims,
        long limitHits,
        int caches,
        List<SizeClassStats> classes) {

    /// Keeps an unmodifiable copy of the list.
    public AllocatorStats {
        classes = List.copyOf(classes);
    }

    /// {@return bytes of all runs that were ever freed, and of volatile blocks that were let go of, each time} Nothing counts them when they are: what was freed has been
    /// used again, has been purged, or is still volatile.
    public long markedBytes() {
        return bytesReused + bytesPurged + volatileBytes;
    }

    /// {@return the share of the freed bytes that were used again before they were purged, `0 .. 1`; 0 while nothing
    /// was freed} What is still volatile counts as not used again yet.
    public double volatileHitRate() {
        final long marked = markedBytes();
        return marked == 0 ? 0 : (double) bytesReused / marked;
    }

    /// {@return the numbers as a page for eyes, with a line for each size class in use}
    public String page() {
        return StatsPage.of(this);
    }
}
