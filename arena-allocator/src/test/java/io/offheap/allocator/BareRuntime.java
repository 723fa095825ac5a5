package io.offheap.allocator;

import io.offheap.memory.types.MemoryPressure;
import java.lang.ref.WeakReference;

/// What [BareRuntimeTest] runs in a JVM of its own: everything once that might want another module.
final class BareRuntime {

    private static final long MIB = 1L << 20;
    private static final long LONGEST_NANOS = 20_000_000_000L;

    private BareRuntime() {}

    /// Prints the modules of the runtime, and `done` at the end.
    public static void main(String[] arguments) {
        ModuleLayer.boot().modules().stream().map(Module::getName).filter(name -> name.startsWith("j")).sorted()
                .forEach(System.out::println);
        try (var allocator = OffHeapAllocator.builder().hardLimit(64 * MIB).build()) {
            allocator.freeAddress(allocator.allocateAddress(100));
            allocator.freeAddress(allocator.allocateAddress(MIB));
            try (var _ = allocator.onPressure((level, _) -> System.out.println("listener: " + level))) {
                allocator.allocateAddress(64 * MIB);
                throw new AssertionError("the limit did not hold");
            } catch (OutOfMemoryError expected) {
                System.out.println(expected.getMessage().contains("limit") ? "refused" : expected);
            }
            collectBuffer(allocator);
            allocator.maintenance().maintain(MemoryPressure.CRITICAL, 0);
            allocator.purge();
            System.out.println(allocator.stats().page().lines().findFirst().orElseThrow());
        }
        System.out.println("done");
    }

    private static void collectBuffer(OffHeapAllocator allocator) {
        final var gone = new WeakReference<>(allocator.allocateDirect(1000));
        final long deadline = System.nanoTime() + LONGEST_NANOS;
        while (allocator.stats().directBuffers() > 0) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("the buffer's memory did not come back: " + gone.get());
            }
            System.gc();
            allocator.purge();
        }
    }
}
