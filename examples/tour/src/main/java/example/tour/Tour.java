package example.tour;

import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.MemoryDomain;
import io.offheap.memory.types.Contents;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/// Each way to get memory, once. From the module path it needs `--enable-native-access=io.offheap.core`, from the class path
/// `--enable-native-access=ALL-UNNAMED`.
public final class Tour {

    private static final int PAGE = 4096;

    private Tour() {}

    /// Prints a line for each way.
    public static void main(String[] arguments) throws InterruptedException {
        try (var allocator = OffHeapAllocator.builder().name("tour").hardLimit(64L << 20).build()) {
            address(allocator);
            segments(allocator);
            arenas(allocator);
            groups(allocator);
            buffers(allocator);
            volatileBlock(allocator);
            System.out.println("given back: " + (allocator.purge() > 0));
        }
        try (var domain = MemoryDomain.create()) {
            spaces(domain);
            shared(domain);
        }
    }

    private static void address(OffHeapAllocator allocator) {
        final long address = allocator.allocateAddress(100);
        System.out.println("address: " + (allocator.usableSize(address) >= 100));
        allocator.freeAddress(address);
    }

    private static void segments(OffHeapAllocator allocator) {
        final var block = allocator.allocate(1000, 64);
        block.set(ValueLayout.JAVA_LONG, 0, 42);
        final var larger = allocator.reallocate(block, 100_000);
        System.out.println("segment: " + larger.get(ValueLayout.JAVA_LONG, 0));
        allocator.free(larger);
    }

    private static void arenas(OffHeapAllocator allocator) {
        try (var confined = allocator.ofConfined(); var shared = allocator.ofShared()) {
            for (final Arena arena : new Arena[] {confined, shared, allocator.ofAuto(), allocator.global()}) {
                System.out.println("arena: " + arena.allocateFrom("text").getString(0));
            }
        }
    }

    private static void groups(OffHeapAllocator allocator) throws InterruptedException {
        try (var group = allocator.sharedGroup()) {
            try (var arena = group.ofShared()) {
                final var number = arena.allocate(ValueLayout.JAVA_INT);
                Thread.ofVirtual().start(() -> number.set(ValueLayout.JAVA_INT, 0, 7)).join();
                System.out.println("group: " + number.get(ValueLayout.JAVA_INT, 0));
            }
        }
    }

    private static void buffers(OffHeapAllocator allocator) {
        final var left = allocator.allocateDirect(PAGE);
        System.out.println("buffer: " + left.order() + " " + left.capacity());
        final long before = allocator.stats().directBufferBytes();
        allocator.free(allocator.allocateDirect(PAGE));
        System.out.println("freed: " + (allocator.stats().directBufferBytes() == before));
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

    private static void spaces(MemoryDomain domain) {
        try (var space = domain.newSpace("orders")) {
            space.map(0, 1L << 30);
            space.putLong(PAGE, 1);
            try (var snapshot = space.snapshot(); var fork = space.fork("trial")) {
                space.putLong(PAGE, 2);
                fork.putLong(PAGE, 3);
                System.out.println("space: " + snapshot.getLong(PAGE) + " " + space.getLong(PAGE) + " " + fork.getLong(PAGE));
            }
        }
    }

    private static void shared(MemoryDomain domain) {
        try (var object = domain.newSharedObject("mail", 1 << 20);
             var writer = domain.newSpace("writer"); var reader = domain.newSpace("reader")) {
            writer.map(0, 1 << 20, object, 0, true);
            reader.map(1L << 30, 1 << 20, object, 0, true);
            writer.putLong(8, 42);
            System.out.println("shared: " + reader.getLong((1L << 30) + 8));
        }
    }
}
