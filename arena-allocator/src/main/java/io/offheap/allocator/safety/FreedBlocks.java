package io.offheap.allocator.safety;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// Freed blocks by their address, for whoever frees one again: those in quarantine, and the sampled ones that left it last.
///
/// An address that is handed out again is forgotten. Any thread, with no lock held.
final class FreedBlocks {

    /// So many are remembered after their memory may be used again.
    static final int MOST_REMEMBERED = 4096;

    private final Map<Long, Block> byAddress = new ConcurrentHashMap<>();
    private final Queue<Block> remembered = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    void add(Block block) {
        byAddress.put(block.address, block);
    }

    /// The memory of a block may be used again.
    void release(Block block) {
        if (!block.isSampled()) {
            byAddress.remove(block.address, block);
            return;
        }
        remembered.add(block);
        if (count.incrementAndGet() > MOST_REMEMBERED) {
            count.decrementAndGet();
            final var oldest = remembered.remove();
            byAddress.remove(oldest.address, oldest);
        }
    }

    /// An address is handed out.
    void forget(long address) {
        byAddress.remove(address);
    }

    /// {@return the block that began at an address, or null}
    Block at(long address) {
        return byAddress.get(address);
    }
}
