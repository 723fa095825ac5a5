package io.offheap.allocator;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;

/// What [DroppedBuffersTest] runs in a JVM of its own, with a small heap: a program that keeps its buffers.
final class KeptBuffersProgram {

    private KeptBuffersProgram() {}

    /// Prints how many bytes of heap the second half of the buffers took, each.
    ///
    /// @param arguments bytes of a buffer, and how many buffers
    public static void main(String[] arguments) {
        final int capacity = Integer.parseInt(arguments[0]);
        final var kept = new ByteBuffer[Integer.parseInt(arguments[1])];
        final var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (var allocator = OffHeapAllocator.builder().directLimit(1L << 30).pressure().build()) {
            final int half = kept.length / 2;
            fill(allocator, capacity, kept, 0, half);
            final long before = threads.getCurrentThreadAllocatedBytes();
            fill(allocator, capacity, kept, half, kept.length);
            System.out.println((threads.getCurrentThreadAllocatedBytes() - before) / half);
        }
    }

    private static void fill(OffHeapAllocator allocator, int capacity, ByteBuffer[] buffers, int from, int to) {
        for (int i = from; i < to; i++) {
            buffers[i] = allocator.allocateDirect(capacity);
        }
    }
}
