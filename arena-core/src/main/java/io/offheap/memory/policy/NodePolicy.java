package io.offheap.memory.policy;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Where pages that are made later should lie.
///
/// @param mode  how nodes are chosen
/// @param nodes numbers of the nodes; not empty for BIND and INTERLEAVE, empty for DEFAULT
public record NodePolicy(Mode mode, SortedSet<Integer> nodes) {

    /// Wherever the kernel puts them.
    public static final NodePolicy DEFAULT = new NodePolicy(Mode.DEFAULT, new TreeSet<>());

    private static final int MOST_NODES = Long.SIZE;

    /// How nodes are chosen. The numbers are those of `linux/mempolicy.h`.
    public enum Mode {
        /// Wherever the kernel puts them.
        DEFAULT("default"),
        /// On a node if it has room.
        PREFERRED("prefer"),
        /// On these nodes only.
        BIND("bind"),
        /// On these nodes in turn.
        INTERLEAVE("interleave");

        private final String text;

        Mode(String text) {
            this.text = text;
        }

        /// {@return the kernel's number of it}
        public int number() {
            return ordinal();
        }
    }

    /// @throws IllegalArgumentException if the mode needs nodes and there are none, or takes none and there are
    ///                                  some, or a node has no bit in a mask of 64
    public NodePolicy {
        final boolean needsNodes = mode == Mode.BIND || mode == Mode.INTERLEAVE;
        if (needsNodes && nodes.isEmpty() || mode == Mode.DEFAULT && !nodes.isEmpty()
                || nodes.stream().anyMatch(node -> node < 0 || node >= MOST_NODES)) {
            throw new IllegalArgumentException("policy " + mode + " with nodes " + nodes);
        }
        nodes = Collections.unmodifiableSortedSet(new TreeSet<>(nodes));
    }

    /// {@return the policy that a text names}
    ///
    /// @param text `default`, or `bind:`, `interleave:` or `prefer:` with node numbers and commas between them
    /// @throws IllegalArgumentException if it names none
    public static NodePolicy parse(String text) {
        final int colon = text.indexOf(':');
        final String name = colon < 0 ? text : text.substring(0, colon);
        final var nodes = new TreeSet<Integer>();
        if (colon >= 0) {
            for (final var node : text.substring(colon + 1).split(",", -1)) {
                nodes.add(Integer.valueOf(node));                       // NumberFormatException is the right kind
            }
        }
        for (final var mode : Mode.values()) {
            if (mode.text.equals(name)) {
                return new NodePolicy(mode, nodes);
            }
        }
        throw new IllegalArgumentException("no policy: " + text);
    }

    /// {@return one bit for each node}
    public long nodeMask() {
        return nodes.stream().mapToLong(node -> 1L << node).reduce(0, (a, b) -> a | b);
    }

    @Override
    public String toString() {
        return nodes.isEmpty() ? mode.text
                : mode.text + ":" + nodes.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
