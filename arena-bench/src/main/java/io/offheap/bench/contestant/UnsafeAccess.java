package io.offheap.bench.contestant;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;

/// Methods of `sun.misc.Unsafe` as handles that the JIT folds when they are kept in constants. Linked by name,
/// since the compiler cannot be kept from warning of the class.
final class UnsafeAccess {

    private UnsafeAccess() {}

    /// {@return a method, bound to the one instance}
    static MethodHandle method(String name, MethodType type) {
        try {
            final Class<?> unsafe = Class.forName("sun.misc.Unsafe");
            final Field instance = unsafe.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            return MethodHandles.lookup().findVirtual(unsafe, name, type).bindTo(instance.get(null));
        } catch (ReflectiveOperationException missing) {
            throw new UnsupportedOperationException("this JDK has no sun.misc.Unsafe." + name, missing);
        }
    }
}
