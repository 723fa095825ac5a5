package io.offheap.memory.space;

import io.offheap.memory.policy.NodePolicy;
import io.offheap.memory.range.Interval;
import io.offheap.memory.types.PageRange;
import java.util.List;
import java.util.stream.Collectors;

/// Tells in text what a space or a file looks like inside.
public final class Diagnosis {

    private Diagnosis() {}

    /// {@return who has the page, as `space:page`, by the age of the space}
    ///
    /// @throws io.offheap.memory.types.SegmentationFaultException if nothing is mapped there
    public static List<String> whoUses(Space space, long page) {
        try (var _ = space.begin()) {
            space.requireMapping(page);
            return ReverseMap.placesOf(space, page).stream().map(place -> place.space() + ":" + place.page()).toList();
        }
    }

    /// {@return the mappings, as `start-end` in pages}
    public static List<String> mappings(Space space) {
        try (var _ = space.begin()) {
            return space.mappings.all().stream().map(String::valueOf).toList();
        }
    }

    /// Sets a policy given as text: see [NodePolicy#parse].
    public static void bind(Space space, PageRange range, String policy) {
        Placement.bind(space, range, NodePolicy.parse(policy));
    }

    /// {@return the policies of what is mapped in a range, as text}
    public static String policies(Space space, PageRange range) {
        return text(Placement.policies(space, range));
    }

    /// {@return the policies of a file, as text; pages in between have the default}
    public static String policies(Domain domain, FileObject file) {
        try (var _ = domain.begin()) {
            return text(file.policies.within(0, Long.MAX_VALUE));
        }
    }

    /// {@return the reference counts of the policies of a file}
    public static List<Integer> policyReferences(Domain domain, FileObject file) {
        try (var _ = domain.begin()) {
            return file.policies.references();
        }
    }

    /// {@return the node that has a page, or null}
    public static String owner(Domain domain, FileObject file, long index) {
        try (var _ = domain.begin()) {
            Volatility.requireFileRange(file, new PageRange(index, 1));
            return file.owners.owner(index);
        }
    }

    /// {@return how often a page went from one node to another}
    public static long transfers(Domain domain, FileObject file, long index) {
        try (var _ = domain.begin()) {
            Volatility.requireFileRange(file, new PageRange(index, 1));
            return file.owners.transfers(index);
        }
    }

    private static String text(List<Interval<NodePolicy>> policies) {
        return policies.stream().map(part -> "%s@%d-%d".formatted(part.value(), part.start(), part.end()))
                .collect(Collectors.joining(" "));
    }
}
