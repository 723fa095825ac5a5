package io.offheap.agent;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;

/// `sun.misc.Unsafe.invokeCleaner`, without a word of it at compile time: its module may be missing.
final class UnsafeCleaner {

    /// Of (Object, ByteBuffer): first called by a program that holds an `Unsafe`, so the class is there.
    private static final MethodHandle INVOKE_CLEANER = find();

    private UnsafeCleaner() {}

    private static MethodHandle find() {
        try {
            final var unsafe = Class.forName("sun.misc.Unsafe", false, ClassLoader.getPlatformClassLoader());
            return MethodHandles.publicLookup()
                    .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                    .asType(MethodType.methodType(void.class, Object.class, ByteBuffer.class));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("somebody called sun.misc.Unsafe.invokeCleaner", e);
        }
    }

    /// Does what the JDK does, and throws what it throws.
    static void invokeCleaner(Object unsafe, ByteBuffer buffer) {
        try {
            INVOKE_CLEANER.invokeExact(unsafe, buffer);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("invokeCleaner declares no checked exception", e);
        }
    }
}
