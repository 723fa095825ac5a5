package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.RankedLock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;

/// Byte buffers whose memory goes back when no view of them is reachable any more.
///
/// ```
///   last view unreachable --> JDK's cleaner thread --> queue --> daemon, purge(), the next buffer, a full limit
/// ```
///
/// Every buffer has an automatic arena of its own. All views, slices and duplicates, and the segments made from
/// them, refer to that arena's scope; so when the arena ends, nobody can reach the memory. A reference to the buffer
/// object would not do: a slice outlives it.
///
/// The cleaner thread belongs to the whole process: it only puts the block, which exists anyway, into a queue, and
/// the free is made by a thread that has a cache and may purge.
///
/// Any thread may call any method, with no lock held.
final class DirectBuffers {

    /// Places in a chunk of the queue, which grows and shrinks by chunks.
    private static final int CHUNK = 256;

    private final class Block implements Consumer<MemorySegment> {
        private final long address;
        private final int capacity;

        /// Makes a second free harmless: when a buffer could not be made, its arena may end all the same.
        private final AtomicBoolean held = new AtomicBoolean(true);

        Block(long address, int capacity) {
            this.address = address;
            this.capacity = capacity;
        }

        /// The arena has ended.
        @Override
        public void accept(MemorySegment end) {
            try {
                unreachable.add(this);
            } catch (OutOfMemoryError e) {              // no heap for a further chunk, and there is no other chance
                free(this);
            }
        }
    }

    private final OffHeapAllocator allocator;
    private final Queue<Block> unreachable = new MpscUnboundedVarHandleArrayQueue<>(CHUNK);

    /// The queue has one consumer at a time.
    private final RankedLock consuming = new RankedLock(RankedLock.Rank.UNREACHABLE_BLOCKS);
    private final LongAdder count = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    DirectBuffers(OffHeapAllocator allocator) {
        this.allocator = allocator;
    }

    ByteBuffer allocate(int capacity) {
        reclaim();
        final var block = new Block(allocator.allocateZeroedBlock(capacity), capacity);
        count.increment();
        bytes.add(capacity);
        boolean done = false;
        try {
            final var buffer = RawMemory.segment(block.address, capacity, Arena.ofAuto(), block).asByteBuffer();
            done = true;
            return buffer;
        } finally {
            if (!done) {
                free(block);
            }
        }
    }

    /// Frees the memory of the buffers that the collector has found unreachable.
    void reclaim() {
        for (var block = poll(); block != null; block = poll()) {
            free(block);
        }
    }

    private Block poll() {
        if (unreachable.isEmpty()) {
            return null;
        }
        consuming.lock();
        try {
            return unreachable.poll();
        } finally {
            consuming.unlock();
        }
    }

    private void free(Block block) {
        if (block.held.getAndSet(false)) {
            count.decrement();
            bytes.add(-block.capacity);
            allocator.freeAddress(block.address);
        }
    }

    /// {@return buffers whose memory has not come back yet}
    long count() {
        return count.sum();
    }

    /// {@return their capacities, in bytes}
    long bytes() {
        return bytes.sum();
    }
}
