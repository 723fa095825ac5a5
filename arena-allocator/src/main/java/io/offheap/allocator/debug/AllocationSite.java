package io.offheap.allocator.debug;

import java.util.List;

/// The live blocks that were allocated from one place.
///
/// A block is sampled with a chance that grows with its size, so those that were are a skewed choice; the estimates weigh each by
/// the inverse of its chance, which makes them right on average for every size.
///
/// @param frames          where, the innermost first
/// @param blocks          sampled ones
/// @param bytes           that were asked for in those
/// @param estimatedBlocks of all blocks, sampled or not
/// @param estimatedBytes  of all blocks, sampled or not
public record AllocationSite(
        List<StackTraceElement> frames, long blocks, long bytes, long estimatedBlocks, long estimatedBytes) {

    /// Keeps an unmodifiable copy of the list.
    public AllocationSite {
        frames = List.copyOf(frames);
    }

    /// {@return the site as text: a line with the numbers, and one for each frame}
    public String text() {
        return "%d bytes in %d blocks, estimated from %d sampled blocks of %d bytes, allocated:%n".formatted(
                estimatedBytes, estimatedBlocks, blocks, bytes) + Trace.lines(frames);
    }
}
