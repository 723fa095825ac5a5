package io.offheap.bench.demo;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;

/// The memory that the pressure child holds: blocks of 1 MiB, every page of which was touched.
///
/// ## Concurrency
/// One thread.
final class Holdings {

    /// The size of a block.
    static final long BLOCK_BYTES = 1 << 20;

    /// Tells glibc to map blocks of this size one by one, for good, so that a block that is given back is gone
    /// at once; otherwise its threshold grows with the first block freed.
    static final Map<String, String> ENVIRONMENT =
            Map.of("MALLOC_MMAP_THRESHOLD_", "131072", "MALLOC_MMAP_MAX_", "65536");

    private static final long PAGE_BYTES = 4096;

    private final Deque<Block> blocks = new ArrayDeque<>();
    private Iterator<Block> toTouch = blocks.iterator();

    /// Takes one block more.
    ///
    /// @return whether there was memory for it
    boolean take() {
        final Arena arena = Arena.ofConfined();
        try {
            blocks.add(new Block(arena, arena.allocate(BLOCK_BYTES)));
        } catch (OutOfMemoryError refused) {
            arena.close();
            return false;
        }
        toTouch = blocks.iterator();
        return true;
    }

    /// Gives the `count` oldest blocks back, or all that there are.
    void giveBack(long count) {
        for (long given = 0; given < count && !blocks.isEmpty(); given++) {
            blocks.remove().arena().close();
        }
        toTouch = blocks.iterator();
    }

    /// Writes to every page of the next `count` blocks, round and round.
    void touchAgain(int count) {
        for (int touched = 0; touched < count && !blocks.isEmpty(); touched++) {
            if (!toTouch.hasNext()) {
                toTouch = blocks.iterator();
            }
            touch(toTouch.next().memory());
        }
    }

    /// {@return how many blocks are held}
    long blocks() {
        return blocks.size();
    }

    /// {@return how many bytes are held}
    long bytes() {
        return blocks.size() * BLOCK_BYTES;
    }

    private static void touch(MemorySegment memory) {
        for (long offset = 0; offset < BLOCK_BYTES; offset += PAGE_BYTES) {
            final byte was = memory.get(ValueLayout.JAVA_BYTE, offset);
            memory.set(ValueLayout.JAVA_BYTE, offset, (byte) (was + 1));
        }
    }

    private record Block(Arena arena, MemorySegment memory) {}
}
