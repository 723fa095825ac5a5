package io.offheap.allocator;

/// Pairs of allocate and free as a program has them: two in one loop, some calls away from it. Prints how the JIT has compiled that
/// loop, by the options that it is run with.
final class InliningProgram {

    private static final int TIMES = 60;
    private static final int PAIRS = 2_000;

    /// Looked at for each pair, as a program looks at something.
    private static volatile boolean goesOn = true;

    private InliningProgram() {}

    static void main() {
        long sum = 0;
        try (var allocator = OffHeapAllocator.create()) {
            for (int i = 0; i < TIMES; i++) {
                sum += loop(allocator);
            }
        }
        System.out.println(sum == 0 ? "nothing was done" : "done");
    }

    private static long loop(OffHeapAllocator allocator) {
        long sum = 0;
        for (int i = 0; i < PAIRS && goesOn; i++) {
            sum += once(allocator);
        }
        return sum;
    }

    private static long once(OffHeapAllocator allocator) {
        return again(allocator);
    }

    private static long again(OffHeapAllocator allocator) {
        return atLast(allocator);
    }

    private static long atLast(OffHeapAllocator allocator) {
        final long one = allocator.allocateAddress(64);
        final long other = allocator.allocateAddress(1000);
        allocator.freeAddress(other);
        allocator.freeAddress(one);
        return one + other;
    }
}
