package example.libraries;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.offheap.agrona.ExpandableOffHeapBuffer;
import io.offheap.agrona.OffHeapBuffer;
import io.offheap.allocator.OffHeapAllocator;
import io.offheap.micrometer.OffHeapMetrics;
import io.offheap.netty.OffHeapByteBufAllocator;
import org.agrona.concurrent.AtomicBuffer;

/// Agrona's buffers, Netty's buffers and Micrometer's meters over one allocator. From the module path it needs
/// `--enable-native-access=io.offheap.core`, from the class path `--enable-native-access=ALL-UNNAMED`.
public final class Libraries {

    private Libraries() {}

    /// Prints a line for each library.
    public static void main(String[] arguments) {
        try (var allocator = OffHeapAllocator.builder().name("libraries").hardLimit(64L << 20).build()) {
            agrona(allocator);
            netty(allocator);
            micrometer(allocator);
        }
    }

    private static void agrona(OffHeapAllocator allocator) {
        try (var arena = allocator.ofConfined(); var text = new ExpandableOffHeapBuffer(allocator, 8)) {
            final AtomicBuffer counter = new OffHeapBuffer(arena.allocate(64, AtomicBuffer.ALIGNMENT));
            counter.verifyAlignment();
            counter.getAndAddLong(0, text.putStringAscii(0, "grows as it is written"));
            System.out.println("agrona: " + counter.getLongVolatile(0) + " " + text.getStringAscii(0));
        }
    }

    private static void netty(OffHeapAllocator allocator) {
        final var buffers = new OffHeapByteBufAllocator(allocator);
        final var buffer = buffers.directBuffer(16, 1 << 20);
        buffer.writeLong(42).writeZero(1000);
        System.out.println("netty: " + buffer.readLong() + " " + (buffers.metric().usedDirectMemory() == buffer.capacity()));
        buffer.release();
        System.out.println("left: " + buffers.metric().usedDirectMemory());
    }

    private static void micrometer(OffHeapAllocator allocator) {
        final var registry = new SimpleMeterRegistry();
        new OffHeapMetrics(allocator).bindTo(registry);
        System.out.println("micrometer: " + (registry.get("offheap.committed").gauge().value() > 0));
    }
}
