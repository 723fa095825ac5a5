package io.offheap.memory.policy;

import io.offheap.memory.range.Interval;
import io.offheap.memory.range.IntervalMap;
import java.util.ArrayList;
import java.util.List;

/// The NUMA policies of one file: intervals over its pages, each with a count of who may be looking at it.
///
/// A policy has one reference of the tree and one of each shared mapping of the file, whatever part that shows.
/// So a lookup by somebody who has a mapping needs no count of its own, no mapping is cut because of a policy,
/// and all mappers are told the same. Policies live as long as the file.
///
/// Guarded by the lock of the domain.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **I9** intervals are disjoint and ordered; the references of each are one more than there are shared mappings
public final class SharedPolicy {

    private final IntervalMap<Counted> intervals = new IntervalMap<>();
    private int mappings;

    /// Without policies.
    public SharedPolicy() {}

    /// A policy of one interval; never in two.
    private static final class Counted {
        final NodePolicy policy;
        int references;

        Counted(NodePolicy policy, int references) {
            this.policy = policy;
            this.references = references;
        }
    }

    /// Sets the policy of `[start, end)`, which is not empty; DEFAULT removes. What was there is replaced, trimmed
    /// or split, and then each part has a policy object of its own.
    public void set(long start, long end, NodePolicy policy) {
        final var rest = new ArrayList<Interval<Counted>>();
        for (final var old : intervals.touching(start, end)) {          // all that is needed is made before anything changes
            if (old.start() < start) {
                rest.add(new Interval<>(old.start(), start, old.value()));
            }
            if (end < old.end()) {
                rest.add(new Interval<>(end, old.end(), new Counted(old.value().policy, old.value().references)));
            }
        }
        final var added = new Counted(policy, 1 + mappings);
        for (final var old : intervals.touching(start, end)) {
            old.value().references -= old.start() < start ? 0 : 1 + mappings;
            intervals.remove(old.start(), old.end());
        }
        for (final var part : rest) {
            part.value().references = 1 + mappings;
            intervals.put(part.start(), part.end(), part.value());
        }
        if (policy.mode() != NodePolicy.Mode.DEFAULT) {
            intervals.put(start, end, added);
        }
    }

    /// {@return the policy of a page}
    public NodePolicy at(long page) {
        final var found = intervals.get(page);
        return found == null ? NodePolicy.DEFAULT : found.policy;
    }

    /// {@return the policies of `[start, end)`, ascending; pages in between have the default}
    public List<Interval<NodePolicy>> within(long start, long end) {
        return intervals.within(start, end).stream()
                .map(interval -> new Interval<>(interval.start(), interval.end(), interval.value().policy)).toList();
    }

    /// {@return the reference counts of the intervals, in their order}
    public List<Integer> references() {
        return intervals.all().stream().map(interval -> interval.value().references).toList();
    }

    /// A shared mapping of the file was made. Needs no Java heap.
    public void attach() {
        mappings++;
        intervals.forEachValue(counted -> counted.references++);
    }

    /// A shared mapping of the file went away. Needs no Java heap.
    public void detach() {
        mappings--;
        intervals.forEachValue(counted -> counted.references--);
    }

    /// Recomputes I9.
    ///
    /// @param sharedMappings how many there are, counted elsewhere
    /// @return true
    /// @throws AssertionError naming what is wrong
    public boolean checkInvariants(int sharedMappings) {
        intervals.checkInvariants();
        for (final int references : references()) {
            if (references != 1 + sharedMappings) {
                throw new AssertionError("I9: " + references + " references, " + sharedMappings + " shared mappings");
            }
        }
        return true;
    }
}
