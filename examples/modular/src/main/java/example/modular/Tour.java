package example.modular;

import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.types.Contents;
import java.lang.foreign.ValueLayout;

/// Each way to get memory, once. From the module path it needs `--enable-native-access=io.offheap.core`.
public final class Tour {

    private Tour() {}

    /// Prints a line for each way.
    public static void main(String[] arguments) {
        try (var allocator = OffHeapAllocator.builder().name("tour").hardLimit(64L << 20).build()) {
            explicit(allocator);
            scoped(allocator);
            buffer(allocator);
            volatileBlock(allocator);
            System.out.println("given back: " + (allocator.purge() > 0));
        }
    }

    private static void explicit(OffHeapAllocator allocator) {
        final var block = allocator.allocate(1000, 64);
        block.set(ValueLayout.JAVA_LONG, 0, 42);
        final var larger = allocator.reallocate(block, 100_000);
        System.out.println("explicit: " + larger.get(ValueLayout.JAVA_LONG, 0));
        allocator.free(larger);

        final long address = allocator.allocateAddress(100);
        System.out.println("raw: " + (allocator.usableSize(address) >= 100));
        allocator.freeAddress(address);
    }

    private static void scoped(OffHeapAllocator allocator) {
        try (var arena = allocator.ofConfined()) {
            System.out.println("scoped: " + arena.allocateFrom("text").getString(0));
        }
    }

    private static void buffer(OffHeapAllocator allocator) {
        final var buffer = allocator.allocateDirect(4096);
        System.out.println("buffer: " + buffer.order() + " " + buffer.capacity());
    }

    private static void volatileBlock(OffHeapAllocator allocator) {
        try (var block = allocator.allocateVolatile(1 << 20)) {
            try (var pin = block.pin()) {
                pin.segment().fill((byte) 1);
            }
            allocator.purge();
            try (var pin = block.pinConfined()) {
                System.out.println("volatile: " + (pin.contents() == Contents.PURGED ? "to be built again" : "still there"));
            }
        }
    }
}
