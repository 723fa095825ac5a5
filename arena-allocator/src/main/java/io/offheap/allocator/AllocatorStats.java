package io.offheap.allocator;

/// What an allocator holds, in bytes, and what it has done, in counts since it was created.
///
/// Exact when nobody allocates, frees or purges meanwhile; otherwise each number is right for some moment
/// during the call. These identities hold when quiet, and tests assert them:
///
/// ```
///   allocated + cached + slack                = active
///   active + volatile + metadata              = committed
///   active + volatile + purged + retained     = mapped
///   resident <= committed
/// ```
///
/// @param name           the allocator's name
/// @param allocatedBytes in blocks that callers hold, by their usable size
/// @param cachedBytes    in free slots that threads keep at hand
/// @param slackBytes     in slabs, but in no slot that is used or cached
/// @param activeBytes    in runs of pages that are in use: slabs and large blocks
/// @param volatileBytes  in free runs whose memory is there and may be purged at any time
/// @param lazyFreeBytes  those of the volatile bytes that the kernel may take without a word (`MADV_FREE`)
/// @param purgedBytes    in free runs whose memory was given back
/// @param retainedBytes  in free runs that never had memory
/// @param metadataBytes  off-heap memory that describes the rest
/// @param committedBytes what may be touched without asking again; what the limits bound
/// @param mappedBytes    address space that was ever used
/// @param residentBytes  mapped bytes with memory behind them, as the operating system says
/// @param hardLimit      bytes, `Long.MAX_VALUE` for none
/// @param volatileReuses how often a free run was handed out again with its memory: faults avoided
/// @param purges         batches of runs given back
/// @param bytesPurged    bytes given back
/// @param purgeFailures  runs that the operating system refused to take
/// @param directReclaims how often growth had to make room first
public record AllocatorStats(
        String name,
        long allocatedBytes,
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
        long volatileReuses,
        long purges,
        long bytesPurged,
        long purgeFailures,
        long directReclaims) {

    /// {@return the numbers as a page for eyes}
    public String page() {
        return """
                allocator %s
                  allocated %12s   in blocks that callers hold
                  cached    %12s   in free slots at threads' hands
                  slack     %12s   in slabs, neither used nor cached
                  active    %12s   = allocated + cached + slack
                  volatile  %12s   free, memory kept (of it lazily freed: %s)
                  metadata  %12s
                  committed %12s   = active + volatile + metadata, limit %s
                  purged    %12s   free, memory given back
                  retained  %12s   free, never had memory
                  mapped    %12s   = active + volatile + purged + retained
                  resident  %12s   says the operating system
                  re-used %d volatile runs; purged %s in %d batches, %d refused; %d direct reclaims
                """.formatted(name, text(allocatedBytes), text(cachedBytes), text(slackBytes), text(activeBytes),
                text(volatileBytes), text(lazyFreeBytes), text(metadataBytes), text(committedBytes),
                hardLimit == Long.MAX_VALUE ? "none" : text(hardLimit), text(purgedBytes), text(retainedBytes),
                text(mappedBytes), text(residentBytes), volatileReuses, text(bytesPurged), purges, purgeFailures,
                directReclaims);
    }

    private static String text(long bytes) {
        if (bytes < 10L << 10) {
            return bytes + " B";
        }
        return bytes < 10L << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
    }
}
