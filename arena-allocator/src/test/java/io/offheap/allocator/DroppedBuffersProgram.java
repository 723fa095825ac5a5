package io.offheap.allocator;

/// What [DroppedBuffersTest] runs in a JVM of its own, with a small young generation: a loop that drops each buffer at once.
final class DroppedBuffersProgram {

    private DroppedBuffersProgram() {}

    /// Prints how many KiB all buffers have taken together, and how long that took: nanoseconds by the clock, and of processors.
    ///
    /// @param arguments bytes of a buffer, and how many buffers
    public static void main(String[] arguments) {
        final int capacity = Integer.parseInt(arguments[0]);
        final int count = Integer.parseInt(arguments[1]);
        final long begin = System.nanoTime();
        final long cpuBegin = cpuNanos();
        try (var allocator = OffHeapAllocator.builder().directLimit(1L << 30).pressure().build()) {
            for (int i = 0; i < count; i++) {
                allocator.allocateDirect(capacity).put(0, (byte) 1);
            }
            System.out.println("%d %d %d".formatted(
                    allocator.stats().allocatedBytes() >> 10, System.nanoTime() - begin, cpuNanos() - cpuBegin));
        }
    }

    private static long cpuNanos() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
    }
}
