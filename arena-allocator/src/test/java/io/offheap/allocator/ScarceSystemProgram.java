package io.offheap.allocator;

import io.offheap.memory.MemoryDomain;

/// A program that is given less of one kind than it may want, and works all the same. Run by [ScarceSystemTest].
final class ScarceSystemProgram {

    private static final long MIB = 1L << 20;
    private static final long USED = 48 * MIB;

    private ScarceSystemProgram() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "addresses" -> fewAddresses();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        System.out.println("done");
    }

    /// A domain, an allocator and another domain get their share each, and leave some to the JVM.
    private static void fewAddresses() throws InterruptedException {
        try (var domain = MemoryDomain.create(); var allocator = OffHeapAllocator.create(); var other = MemoryDomain.create()) {
            System.out.println("capacity " + domain.capacity());
            System.out.println("other capacity " + other.capacity());
            use(domain);
            use(other);
            use(allocator);
            final var thread = new Thread(() -> use(allocator));
            thread.start();
            thread.join();
        }
    }

    private static void use(MemoryDomain domain) {
        final var space = domain.newSpace();
        space.map(0, USED);
        for (long at = 0; at < Math.min(USED, domain.capacity()); at += domain.pageSize()) {
            space.putLong(at, ~at);
        }
        for (long at = 0; at < Math.min(USED, domain.capacity()); at += domain.pageSize()) {
            expect(~at, space.getLong(at), "at " + at);
        }
        expect(domain.checkInvariants(), "checked");
    }

    private static void use(OffHeapAllocator allocator) {
        final var block = allocator.allocate(USED);
        block.fill((byte) 1);
        allocator.free(block);
        expect(allocator.checkInvariants(), "checked");
    }

    private static void expect(boolean isTrue, String what) {
        if (!isTrue) {
            throw new AssertionError("not " + what);
        }
    }

    private static void expect(long expected, long actual, String what) {
        if (expected != actual) {
            throw new AssertionError(actual + " " + what + ", not " + expected);
        }
    }
}
