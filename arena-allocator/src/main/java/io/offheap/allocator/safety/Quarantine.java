package io.offheap.allocator.safety;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Freed blocks in the order in which they were freed, up to a number of bytes.
///
/// Any thread, with no lock held.
final class Quarantine {

    /// What a block costs beside its memory: the objects that describe it.
    static final int RECORD_BYTES = 200;

    private final long limit;
    private final Queue<Block> blocks = new ConcurrentLinkedQueue<>();
    private final AtomicLong bytes = new AtomicLong();

    /// @param limit bytes
    Quarantine(long limit) {
        this.limit = limit;
    }

    /// {@return whether a block can stay: not if it alone is more than there is room for}
    boolean admits(Block block) {
        return cost(block) <= limit;
    }

    void add(Block block) {
        bytes.addAndGet(cost(block));
        blocks.add(block);
    }

    /// {@return the oldest block, which has left, or null if none has to}
    Block takeExcess() {
        return bytes.get() > limit ? takeOldest() : null;
    }

    /// {@return the oldest block, which has left, or null if there is none}
    Block takeOldest() {
        final var oldest = blocks.poll();
        if (oldest != null) {
            bytes.addAndGet(-cost(oldest));
        }
        return oldest;
    }

    /// Looks at all blocks. Others may be leaving.
    void forEach(Consumer<Block> look) {
        blocks.forEach(look);
    }

    private static long cost(Block block) {
        return block.high - block.low + RECORD_BYTES;
    }
}
