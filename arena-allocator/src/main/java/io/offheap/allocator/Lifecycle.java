package io.offheap.allocator;

import io.offheap.memory.util.StackRoom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/// Whether an allocator is open, and what becomes of a call that its end overtakes.
///
/// ```
///   open ---- beginClose ----> closing ---- endClose(true) ----> closed
///     ^                           |
///     +----- endClose(false) -----+
/// ```
///
/// The end does not wait for calls. A call that is under way then finds that what its pages are part of is forgotten, and fails
/// somewhere: [#whileOpen] tells why. The fast paths ask nothing: they find caches and pages as they were, or gone, and take a slow path.
///
/// Any thread may call any method.
final class Lifecycle {

    /// What is called, as a constant that knows nothing but its arguments: so that a call needs no Java heap, which may be full while
    /// memory is freed.
    ///
    /// @param <T> whose call it is
    interface Call<T> {
        long make(T callee, long first, long second);
    }

    private final String allocator;
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile boolean closed;

    /// @param allocator name that shows in messages
    Lifecycle(String allocator) {
        StackRoom.requireMuch();                        // which links it, while there is stack for that
        this.allocator = allocator;
    }

    boolean isClosed() {
        return closed;
    }

    /// @throws IllegalStateException if the allocator is closed
    void checkOpen() {
        if (closed) {
            throw closedAlready();
        }
    }

    /// Makes a call, for which there is stack.
    ///
    /// @return what it answers
    /// @throws IllegalStateException if the allocator is closed, also meanwhile
    /// @throws StackOverflowError    if the stack may not do; nothing has begun then
    <T> T whileOpen(Supplier<T> call) {
        checkOpen();
        StackRoom.requireMuch();
        try {
            return call.get();
        } catch (RuntimeException | AssertionError e) {
            throw unlessClosed(e);
        }
    }

    /// Makes a call without garbage, for which there is stack.
    ///
    /// @return what it answers
    /// @throws IllegalStateException if the allocator is closed, also meanwhile
    /// @throws StackOverflowError    if the stack may not do; nothing has begun then
    <T> long whileOpen(Call<T> call, T callee, long first, long second) {
        checkOpen();
        StackRoom.requireMuch();
        return whileOpenMidway(call, callee, first, second);
    }

    /// The same in the midst of what has begun: it is the call that asks for stack, and knows what to do without.
    <T> long whileOpenMidway(Call<T> call, T callee, long first, long second) {
        checkOpen();
        try {
            return call.make(callee, first, second);
        } catch (RuntimeException | AssertionError e) {
            throw unlessClosed(e);
        }
    }

    /// Throws a failure again, unless the allocator is closed: that is then all that the failure says. For those whose calls are so
    /// short that the object for [#whileOpen(Supplier)] would be felt.
    ///
    /// @return what to throw instead
    RuntimeException unlessClosed(Throwable failure) {
        if (closed && !(failure instanceof IllegalStateException)) {
            final var told = closedAlready();
            told.initCause(failure);
            return told;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        return (RuntimeException) failure;
    }

    private IllegalStateException closedAlready() {
        return new IllegalStateException("allocator " + allocator + " is closed");
    }

    /// {@return whether it is the caller who closes the allocator} It says by [#endClose] whether it could.
    boolean beginClose() {
        return closing.compareAndSet(false, true);
    }

    /// @param done whether the allocator is closed; else it is open, as before
    void endClose(boolean done) {
        if (done) {
            closed = true;
        } else {
            closing.set(false);
        }
    }
}
