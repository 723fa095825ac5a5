package io.offheap.bench.contestant;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;

/// `jdk-direct-cleaner`: a direct ByteBuffer for each block, freed at once by calling its cleaner through
/// `sun.misc.Unsafe`, as many libraries do. Zeroes what it hands out.
final class JdkDirectCleaner extends ObjectContestant<ByteBuffer> {

    private static final MethodHandle CLEAN =
            UnsafeAccess.method("invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class));

    @Override
    ByteBuffer allocate(long sizeBytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(sizeBytes));
    }

    @Override
    long address(ByteBuffer block) {
        return MemorySegment.ofBuffer(block).address();
    }

    @Override
    void free(ByteBuffer block) {
        try {
            CLEAN.invokeExact(block);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError("invokeCleaner throws nothing checked", impossible);
        }
    }
}
