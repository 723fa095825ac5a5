package io.offheap.memory.space;

import io.offheap.memory.frame.Frames;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.policy.NodePolicy;
import io.offheap.memory.range.IntervalMap;
import io.offheap.memory.types.OsException;
import java.util.HashMap;
import java.util.Map;

/// Which frames the kernel places by which NUMA policy.
///
/// A pool for each policy in use, made when a policy is set: so the kernel refuses there, where nothing has changed yet,
/// and not at a page fault. Nodes that do not exist are bookkeeping alone, as are all where the kernel has no NUMA or
/// forbids it: their pages lie wherever the kernel puts them.
///
/// Guarded by the lock of the domain, except [#existing].
final class NodePools {

    private final SystemMemory os;
    private final Frames frames;
    private final Map<NodePolicy, Integer> pools = new HashMap<>();

    /// Nodes that were asked about, and those of them that exist. Guarded by this.
    private long asked;
    private long existing;

    NodePools(SystemMemory os, Frames frames) {
        this.os = os;
        this.frames = frames;
    }

    /// {@return those nodes of a policy that exist} Asks the kernel once for each; with no lock held.
    synchronized long existing(NodePolicy policy) {
        final long unknown = policy.nodeMask() & ~asked;
        if (unknown != 0) {
            final long page = os.reserve(os.pageSize());
            try {
                for (final int node : policy.nodes()) {
                    existing |= exists(page, 1L << node) ? 1L << node : 0;
                }
            } finally {
                os.release(page, os.pageSize());
            }
            asked |= unknown;
        }
        return policy.nodeMask() & existing;
    }

    private boolean exists(long page, long node) {
        try {
            os.bindToNodes(page, os.pageSize(), NodePolicy.Mode.BIND.number(), node);
            return true;
        } catch (OsException refused) {
            return false;
        }
    }

    /// Makes the pool of a policy if there is none.
    ///
    /// @param nodes of the policy, those that exist
    /// @throws OsException if the kernel refuses; nothing has changed then
    void prepare(NodePolicy policy, long nodes) {
        if (nodes != 0 && !pools.containsKey(policy)) {
            pools.put(policy, frames.newPool(policy.mode().number(), nodes));
        }
    }

    /// {@return the pool for a new page}
    ///
    /// @param policies of the space
    int poolOf(IntervalMap<NodePolicy> policies, long page) {
        if (policies.isEmpty() || pools.isEmpty()) {
            return 0;
        }
        final var policy = policies.get(page);
        return policy == null ? 0 : pools.getOrDefault(policy, 0);
    }
}
