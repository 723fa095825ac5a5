package io.offheap.allocator.safety;

import io.offheap.allocator.debug.AllocationSite;
import io.offheap.allocator.debug.DebugReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Counts blocks, and adds sampled ones up by the places in the program that they come from, for one [DebugReport].
///
/// For one thread.
final class Census {

    private final Sampler sampler;
    private final Map<List<StackTraceElement>, Sum> sites = new HashMap<>();
    private final Sum owned = new Sum();
    private final Sum collected = new Sum();
    private final Sum quarantined = new Sum();

    /// @param sampler says for how many blocks a sampled one stands
    Census(Sampler sampler) {
        this.sampler = sampler;
    }

    void addLive(Block block) {
        (block.isCollected ? collected : owned).add(block.size, 1);
        if (block.isSampled() && !block.isCollected) {
            sites.computeIfAbsent(block.allocated.frames(), _ -> new Sum()).add(block.size, sampler.weight(block.size));
        }
    }

    void addQuarantined(Block block) {
        quarantined.add(block.size, 1);
    }

    /// {@return the report}
    ///
    /// @param allocator     its name
    /// @param samplingBytes one block in so many bytes is sampled, on average
    DebugReport report(String allocator, long samplingBytes, Findings findings) {
        final var largestFirst = new ArrayList<AllocationSite>();
        sites.forEach((frames, sum) -> largestFirst.add(sum.site(frames)));
        largestFirst.sort(Comparator.comparingLong(AllocationSite::estimatedBytes).reversed());
        return new DebugReport(allocator, samplingBytes, largestFirst, owned.blocks, owned.bytes,
                collected.blocks, collected.bytes, quarantined.blocks, quarantined.bytes,
                findings.count(), findings.first());
    }

    private static final class Sum {
        long blocks;
        long bytes;
        double estimatedBlocks;
        double estimatedBytes;

        void add(long byteSize, double weight) {
            blocks++;
            bytes += byteSize;
            estimatedBlocks += weight;
            estimatedBytes += weight * byteSize;
        }

        AllocationSite site(List<StackTraceElement> frames) {
            return new AllocationSite(frames, blocks, bytes, Math.round(estimatedBlocks), Math.round(estimatedBytes));
        }
    }
}
