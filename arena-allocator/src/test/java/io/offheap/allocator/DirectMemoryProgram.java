package io.offheap.allocator;

import java.lang.ref.Reference;
import java.util.function.Supplier;

/// What [DirectMemoryOptionTest] runs in JVMs of its own: says what bounds memory that the collector frees, and that it does.
final class DirectMemoryProgram {

    private static final int MIB = 1 << 20;

    private DirectMemoryProgram() {}

    /// @param arguments MiB of a buffer that is had, and of a second block that is refused beside it, 0 for none
    public static void main(String[] arguments) {
        System.out.println("default " + text(OffHeapAllocator.builder().options().directLimit()));
        System.out.println("own " + text(OffHeapAllocator.builder().directLimit(MIB).options().directLimit()));
        final int had = Integer.parseInt(arguments[0]) * MIB;
        final long refused = Long.parseLong(arguments[1]) * MIB;
        try (var allocator = OffHeapAllocator.create()) {
            final var buffer = allocator.allocateDirect(had);
            if (refused > 0) {
                tell("buffer", () -> allocator.allocateDirect((int) refused));
                tell("arena", () -> allocator.ofAuto().allocate(refused));
                tell("explicit", () -> allocator.allocate(refused));
            }
            Reference.reachabilityFence(buffer);
        }
    }

    private static String text(long limit) {
        return limit == Runtime.getRuntime().maxMemory() ? "heap" : Long.toString(limit / MIB);
    }

    private static void tell(String what, Supplier<Object> allocation) {
        try {
            allocation.get();
            System.out.println(what + " had");
        } catch (OutOfMemoryError e) {
            System.out.println(what + " refused");
        }
    }
}
