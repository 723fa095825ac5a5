package io.offheap.allocator;

import java.nio.ByteBuffer;

/// What [DroppedBuffersTest] runs in JVMs with a small heap: buffers up to the limit are dropped when they are old, and others at once. Then as many
/// are to be had again, without `System.gc()` of the library's.
final class OldBuffersProgram {

    private static final int MIB = 1 << 20;
    private static final int LIMIT = 16;                                // MiB
    private static final int ROUNDS = 3;
    private static final int DROPPED = 100;
    private static final int MOST_REFUSED = 1;                          // in a row

    private OldBuffersProgram() {}

    public static void main(String[] arguments) {
        try (var allocator = OffHeapAllocator.builder().directLimit(LIMIT * MIB).pressure().build()) {
            for (int round = 0; round < ROUNDS; round++) {
                dropOld(allocator);
                allocate(allocator).put(0, (byte) 1);
            }
            for (int i = 0; i < DROPPED; i++) {
                allocate(allocator).put(0, (byte) 1);
            }
        }
        System.out.println("done");
    }

    /// Where the collector is given no processor for half a second a buffer is refused, and is to be had a little later.
    private static ByteBuffer allocate(OffHeapAllocator allocator) {
        for (int refused = 0; ; refused++) {
            try {
                return allocator.allocateDirect(MIB);
            } catch (OutOfMemoryError e) {
                if (refused == MOST_REFUSED) {
                    throw e;
                }
            }
        }
    }

    private static void dropOld(OffHeapAllocator allocator) {
        final var buffers = new ByteBuffer[LIMIT];
        for (int i = 0; i < LIMIT; i++) {
            buffers[i] = allocate(allocator);
        }
        for (int i = 0; i < 3; i++) {
            System.gc();                                                // promotes
        }
        if (buffers[LIMIT - 1].capacity() != MIB) {                     // so they are in use until here
            throw new AssertionError();
        }
    }
}
