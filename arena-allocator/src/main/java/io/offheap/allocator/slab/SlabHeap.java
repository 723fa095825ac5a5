package io.offheap.allocator.slab;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/// The slabs with free slots of one bin, by address: the lowest is found at once.
///
/// A pairing heap through the slabs themselves (Fredman, Sedgewick, Sleator, Tarjan: The pairing heap,
/// Algorithmica 1, 1986): adding is O(1), removing O(log n) amortised, and nothing is allocated. Serving the
/// lowest address first lets the slabs at high addresses run empty, which is what bounds fragmentation.
///
/// Not thread-safe: guarded by the lock of the [Bin].
///
/// ## Invariants (checked by [#checkInvariants])
/// - **H1** no slab has a lower address than its parent, and `parent` leads to the parent or the elder sibling
/// - **H2** `size` is the number of slabs
final class SlabHeap {

    private Slab root;
    private int size;

    /// {@return the slab with the lowest address, which stays, or null}
    Slab lowest() {
        return root;
    }

    int size() {
        return size;
    }

    void add(Slab slab) {
        assert slab.child == null && slab.sibling == null && slab.parent == null : "H1: added twice";
        root = root == null ? slab : meld(root, slab);
        size++;
    }

    void remove(Slab slab) {
        if (slab == root) {
            root = pairUp(slab.child);
        } else {
            cutOut(slab);
            final var rest = pairUp(slab.child);
            if (rest != null) {
                root = meld(root, rest);
            }
        }
        slab.child = null;
        slab.sibling = null;
        slab.parent = null;
        size--;
    }

    private static void cutOut(Slab slab) {
        if (slab.parent.child == slab) {
            slab.parent.child = slab.sibling;
        } else {
            slab.parent.sibling = slab.sibling;
        }
        if (slab.sibling != null) {
            slab.sibling.parent = slab.parent;
        }
    }

    /// Makes the higher of two roots the first child of the lower.
    ///
    /// @return the lower
    private static Slab meld(Slab one, Slab other) {
        final var low = one.base() < other.base() ? one : other;
        final var high = low == one ? other : one;
        high.sibling = low.child;
        if (high.sibling != null) {
            high.sibling.parent = high;
        }
        high.parent = low;
        low.child = high;
        low.sibling = null;
        low.parent = null;
        return low;
    }

    /// Melds siblings in pairs from the left, then the pairs from the right.
    ///
    /// @return the one root, or null
    private static Slab pairUp(Slab first) {
        Slab pairs = null;                              // linked through sibling, last pair first
        while (first != null) {
            final var one = first;
            final var other = one.sibling;
            first = other == null ? null : other.sibling;
            final var pair = other == null ? alone(one) : meld(alone(one), alone(other));
            pair.sibling = pairs;
            pairs = pair;
        }
        Slab whole = null;
        while (pairs != null) {
            final var next = pairs.sibling;
            whole = whole == null ? alone(pairs) : meld(whole, alone(pairs));
            pairs = next;
        }
        return whole;
    }

    private static Slab alone(Slab slab) {
        slab.sibling = null;
        slab.parent = null;
        return slab;
    }

    /// Calls the visitor with every slab, in no order.
    void forEach(Consumer<Slab> visitor) {
        final var open = new ArrayDeque<Slab>();
        if (root != null) {
            open.add(root);
        }
        while (!open.isEmpty()) {
            final var slab = open.pop();
            visitor.accept(slab);
            for (var child = slab.child; child != null; child = child.sibling) {
                open.add(child);
            }
        }
    }

    /// {@return true}
    ///
    /// @throws AssertionError naming the invariant
    boolean checkInvariants() {
        final int[] seen = new int[1];
        forEach(slab -> {
            seen[0]++;
            Slab elder = slab;
            for (var child = slab.child; child != null; elder = child, child = child.sibling) {
                if (child.base() < slab.base() || child.parent != elder) {
                    throw new AssertionError("H1: 0x%x below 0x%x".formatted(child.base(), slab.base()));
                }
            }
        });
        if (seen[0] != size) {
            throw new AssertionError("H2: expected " + size + ", found " + seen[0]);
        }
        return true;
    }
}
