package io.offheap.memory.types;

/// Somebody who can make room when memory is short: a cache of the program that drops entries, for example.
///
/// Called on the thread that noticed, with no lock of the library held; several threads may call at a time. A
/// listener may allocate, free, and close registrations. It should be quick, because an allocation may be waiting for
/// it. What it throws is reported and keeps neither the other listeners nor the caller from going on.
@FunctionalInterface
public interface PressureListener {

    /// Says how short memory is.
    ///
    /// @param level         how short
    /// @param headroomBytes what is left below the tightest limit, in bytes: negative when it is exceeded,
    ///                      `Long.MAX_VALUE` when nothing is limited
    void onPressure(MemoryPressure level, long headroomBytes);

    /// A listener's place, from when it was added until it is closed.
    interface Registration extends AutoCloseable {

        /// Takes the listener out: no call of it begins after this returns, but one may be under way on another
        /// thread. Idempotent.
        @Override
        void close();
    }
}
