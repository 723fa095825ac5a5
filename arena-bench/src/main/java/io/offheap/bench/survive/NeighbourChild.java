package io.offheap.bench.survive;

import io.offheap.bench.child.ChildFailedException;
import io.offheap.bench.child.Message;
import io.offheap.bench.child.ParentLink;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// The neighbour child: another process under the same limit, which grows at a steady pace when it is told to, and
/// keeps what it got.
final class NeighbourChild {

    private static final int FAILED = 3;

    /// Grown by at a time; 3 ms at 300 MiB/s.
    private static final long STEP_BYTES = 1 << 20;

    private NeighbourChild() {}

    /// Takes no arguments; the parent says GROW with `bytes` and `bytesPerSecond`.
    static void main(String[] args) {
        final ParentLink parent = new ParentLink();
        try {
            parent.say(Message.of("READY"));
            final Message grow = parent.await();
            grow(grow.number("bytes"), grow.number("bytesPerSecond"));
            parent.say(Message.of("GROWN"));
            parent.await();
        } catch (Throwable thrown) {
            parent.say(ChildFailedException.messageFor(thrown));
            Runtime.getRuntime().halt(FAILED);
        }
    }

    private static void grow(long bytes, long bytesPerSecond) {
        final SystemMemory os = Platform.memory();
        final long address = os.reserve(bytes);
        final long start = System.nanoTime();
        for (long grown = 0; grown < bytes; grown += STEP_BYTES) {
            final long due = start + (long) ((double) grown / bytesPerSecond * TimeUnit.SECONDS.toNanos(1));
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            for (long offset = grown; offset < Math.min(bytes, grown + STEP_BYTES); offset += os.pageSize()) {
                RawMemory.putByte(address + offset, (byte) 1);
            }
        }
    }
}
