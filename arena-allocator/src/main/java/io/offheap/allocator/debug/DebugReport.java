package io.offheap.allocator.debug;

import java.util.List;

/// What the safety kit of one allocator knows.
///
/// What is live when nobody needs it any more is a leak; when the allocator is closed, all of it is. What direct buffers, automatic
/// arenas and the global arena hold is counted apart: the collector, or the allocator's end, frees that.
///
/// @param allocator         its name
/// @param samplingBytes     bytes allocated for each sampled block, on average; 0 if none is sampled
/// @param sites             where live blocks were allocated, by estimated bytes, the largest first
/// @param knownBlocks       live blocks that are known one by one and that somebody has to free: the sampled ones, or all if the kit
///                          does more than sample
/// @param knownBytes        that were asked for in those
/// @param collectedBlocks   live blocks that are known one by one and that nobody has to free
/// @param collectedBytes    that were asked for in those
/// @param quarantinedBlocks freed blocks that wait for their memory to be used again
/// @param quarantinedBytes  that were asked for in those
/// @param errorCount        how many errors were found
/// @param errors            the first of them, at most [#MOST_ERRORS], in the order in which they were found
public record DebugReport(
        String allocator,
        long samplingBytes,
        List<AllocationSite> sites,
        long knownBlocks,
        long knownBytes,
        long collectedBlocks,
        long collectedBytes,
        long quarantinedBlocks,
        long quarantinedBytes,
        long errorCount,
        List<MemoryError> errors) {

    /// So many errors are kept.
    public static final int MOST_ERRORS = 100;

    /// The page shows so many sites and errors.
    private static final int SHOWN = 10;

    /// Keeps unmodifiable copies of the lists.
    public DebugReport {
        sites = List.copyOf(sites);
        errors = List.copyOf(errors);
    }

    /// {@return bytes that were asked for in live blocks that somebody has to free, estimated from the sampled ones} Exact if
    /// every block is sampled.
    public long estimatedBytes() {
        return sites.stream().mapToLong(AllocationSite::estimatedBytes).sum();
    }

    /// {@return the report as a page for eyes, with the largest sites and the first errors}
    public String page() {
        final var page = new StringBuilder("allocator %s: %d live blocks of %d bytes are known, %s%n".formatted(
                allocator, knownBlocks, knownBytes, samplingText()));
        page.append("%d blocks of %d bytes are the collector's or live as long as the allocator%n".formatted(
                collectedBlocks, collectedBytes));
        page.append("%d blocks of %d bytes in quarantine, %d errors%n".formatted(
                quarantinedBlocks, quarantinedBytes, errorCount));
        sites.stream().limit(SHOWN).forEach(site -> page.append(site.text()));
        if (sites.size() > SHOWN) {
            page.append("... and %d more sites%n".formatted(sites.size() - SHOWN));
        }
        errors.stream().limit(SHOWN).forEach(error -> page.append(error.text()));
        if (errorCount > SHOWN) {
            page.append("... and %d more errors%n".formatted(errorCount - SHOWN));
        }
        return page.toString();
    }

    private String samplingText() {
        return switch ((int) Math.min(samplingBytes, 2)) {
            case 0 -> "none of them sampled";
            case 1 -> "all of them sampled";
            default -> "%d bytes estimated from one sampled block in %d bytes".formatted(estimatedBytes(), samplingBytes);
        };
    }
}
