package io.offheap.memory.space;

import static io.offheap.memory.space.Editor.requireInSpace;

import io.offheap.memory.policy.NodePolicy;
import io.offheap.memory.range.Interval;
import io.offheap.memory.types.PageRange;
import java.util.ArrayList;
import java.util.List;

/// NUMA policies of ranges: those of shared mappings are the file's, the others the space's, whose frames the kernel
/// places by them.
public final class Placement {

    private Placement() {}

    /// Sets the policy of a mapped range for pages that are made later.
    public static void bind(Space space, PageRange range, NodePolicy policy) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        final long nodes = space.domain.pools.existing(policy);
        try (var _ = space.begin()) {
            space.requireMapped(start, end);
            space.domain.pools.prepare(policy, nodes);
            for (final var mapping : space.mappings.touching(start, end)) {
                final long from = Math.max(start, mapping.start());
                final long to = Math.min(end, mapping.end());
                if (mapping.isShared()) {
                    ((FileObject) mapping.file()).policies.set(mapping.indexOf(from), mapping.indexOf(to), policy);
                } else if (policy.mode() == NodePolicy.Mode.DEFAULT) {
                    space.policies.remove(from, to);
                } else {
                    space.policies.put(from, to, policy);
                }
            }
        }
    }

    /// {@return the policies of what is mapped in a range, ascending, equal neighbours as one} The same from every
    /// space that maps a file.
    public static List<Interval<NodePolicy>> policies(Space space, PageRange range) {
        final long start = range.firstPage();
        final long end = requireInSpace(range);
        try (var _ = space.begin()) {
            final List<Interval<NodePolicy>> found = new ArrayList<>();
            for (final var mapping : space.mappings.touching(start, end)) {
                final long from = Math.max(start, mapping.start());
                final long to = Math.min(end, mapping.end());
                final long distance = mapping.isShared() ? from - mapping.indexOf(from) : 0;
                final var bound = mapping.isShared()
                        ? ((FileObject) mapping.file()).policies.within(mapping.indexOf(from), mapping.indexOf(to))
                        : space.policies.within(from, to);
                long page = from;
                for (final var interval : bound) {
                    add(found, page, interval.start() + distance, NodePolicy.DEFAULT);
                    add(found, interval.start() + distance, interval.end() + distance, interval.value());
                    page = interval.end() + distance;
                }
                add(found, page, to, NodePolicy.DEFAULT);
            }
            return found;
        }
    }

    private static void add(List<Interval<NodePolicy>> found, long start, long end, NodePolicy policy) {
        if (start >= end) {
            return;
        }
        if (!found.isEmpty() && found.getLast().end() == start && found.getLast().value().equals(policy)) {
            found.add(new Interval<>(found.removeLast().start(), end, policy));
        } else {
            found.add(new Interval<>(start, end, policy));
        }
    }
}
