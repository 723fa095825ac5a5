package io.offheap.bench.contestant;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;

/// `unsafe-malloc`: `allocateMemory` and `freeMemory` of `sun.misc.Unsafe`, which the JDK is going to remove.
final class UnsafeMalloc extends AddressContestant {

    private static final MethodHandle ALLOCATE =
            UnsafeAccess.method("allocateMemory", MethodType.methodType(long.class, long.class));
    private static final MethodHandle FREE =
            UnsafeAccess.method("freeMemory", MethodType.methodType(void.class, long.class));

    @Override
    long allocate(long sizeBytes) {
        try {
            return (long) ALLOCATE.invokeExact(sizeBytes);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError("allocateMemory throws nothing checked", impossible);
        }
    }

    @Override
    void free(long address) {
        try {
            FREE.invokeExact(address);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError("freeMemory throws nothing checked", impossible);
        }
    }
}
