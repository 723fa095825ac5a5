package io.offheap.allocator;

import java.nio.ByteBuffer;

/// What [DroppedBuffersTest] runs in JVMs with a small heap: buffers up to the limit are dropped when they are old, and others at once. Then as many
/// are to be had again, without `System.gc()` of the library's.
final class OldBuffersProgram {

    private static final int MIB = 1 << 20;
    private static final int LIMIT = 16;                                // MiB
    private static final int ROUNDS = 3;
    private static final int DROPPED = 100;

    private OldBuffersProgram() {}

    public static void main(String[] arguments) {
        try (var allocator = OffHeapAllocator.builder().directLimit(LIMIT * MIB).pressure().build()) {
            for (int round = 0; round < ROUNDS; round++) {
                dropOld(allocator);
                allocator.allocateDirect(MIB).put(0, (byte) 1);
            }
            for (int i = 0; i < DROPPED; i++) {
                allocator.allocateDirect(MIB).put(0, (byte) 1);
            }
        }
        System.out.println("done");
    }

    private static void dropOld(OffHeapAllocator allocator) {
        final var buffers = new ByteBuffer[LIMIT];
        for (int i = 0; i < LIMIT; i++) {
            buffers[i] = allocator.allocateDirect(MIB);
        }
        for (int i = 0; i < 3; i++) {
            System.gc();                                                // promotes
        }
        if (buffers[LIMIT - 1].capacity() != MIB) {                     // so they are in use until here
            throw new AssertionError();
        }
    }
}
