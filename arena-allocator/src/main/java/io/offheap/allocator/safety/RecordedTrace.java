package io.offheap.allocator.safety;

import io.offheap.allocator.debug.Trace;
import java.io.Serial;

/// A trace that was recorded earlier, as the cause of an exception, so that it is printed with it.
final class RecordedTrace extends Throwable {
    @Serial
    private static final long serialVersionUID = 1L;

    /// @param what was done then, such as `freed first`
    /// @param before what had happened before that, or null
    RecordedTrace(String what, Trace trace, Throwable before) {
        super(what + " by thread " + trace.thread(), before);
        setStackTrace(trace.frames().toArray(StackTraceElement[]::new));
    }

    /// {@return this: its own place in the program means nothing}
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
