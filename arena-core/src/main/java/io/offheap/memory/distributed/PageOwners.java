package io.offheap.memory.distributed;

import java.util.HashMap;
import java.util.Map;

/// Which node has each page of one file: at most one at a time, for reading too.
///
/// A node that faults a page in becomes its owner; before, the page is taken out of the page tables of the owner so
/// far, so that it faults when it comes back. Private copies stay: they are no pages of the file.
///
/// Guarded by the lock of the domain.
///
/// ## Invariants
/// - **I8** pages of the file are mapped on their owner's node only (checked by the domain)
public final class PageOwners {

    private final Map<Long, Owner> owners = new HashMap<>();

    /// Without owners.
    public PageOwners() {}

    private record Owner(String node, long transfers) {}

    /// What takes a page out of the page tables of a node.
    @FunctionalInterface
    public interface Zapper {
        /// @param index page of the file
        /// @param node  the node that loses it
        void zap(long index, String node);
    }

    /// Makes a node the owner of a page.
    ///
    /// @param zapper called when another node loses it, before the new one may have it
    public void acquire(long index, String node, Zapper zapper) {
        final var now = owners.get(index);
        if (now == null) {
            owners.put(index, new Owner(node, 0));
        } else if (!now.node.equals(node)) {
            zapper.zap(index, now.node);
            owners.put(index, new Owner(node, now.transfers + 1));
        }
    }

    /// {@return the node that owns a page, or null}
    public String owner(long index) {
        final var now = owners.get(index);
        return now == null ? null : now.node;
    }

    /// {@return how often a page went from one node to another}
    public long transfers(long index) {
        final var now = owners.get(index);
        return now == null ? 0 : now.transfers;
    }
}
