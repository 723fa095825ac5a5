package io.offheap.memory.os;

import java.lang.foreign.MemorySegment;

/// Asks the JVM whether this library may touch memory by its address, before anything else does: a refusal in the middle of the
/// initialisation of a class would be reported as that, once, and as a missing class from then on.
final class NativeAccess {

    private NativeAccess() {}

    /// Does nothing if native access is allowed, or only warned about.
    ///
    /// @throws IllegalCallerException if it is denied; the message names the flag that allows it
    @SuppressWarnings("restricted") // the question itself
    static void require() {
        try {
            MemorySegment.NULL.reinterpret(0);
        } catch (IllegalCallerException e) {
            throw new IllegalCallerException(refusal(NativeAccess.class.getModule()), e);
        }
    }

    static String refusal(Module module) {
        final var name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
        return "this library reaches memory by address, which this JVM denies it: start it with --enable-native-access="
                + name;
    }
}
