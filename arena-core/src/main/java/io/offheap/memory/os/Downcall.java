package io.offheap.memory.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.offheap.memory.types.OsException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/// How a function of the C library is linked, and how its `errno` comes back.
///
/// The linker captures `errno` in the same downcall, because the JVM may make system calls of its own
/// before Java code could ask for it. The capture buffer lies in a confined arena opened for each call:
/// tens of nanoseconds beside a system call of hundreds.
///
/// No handle of a system call is critical: a critical downcall blocks safepoints, and with them every garbage
/// collection, for as long as the kernel takes.
final class Downcall {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO =
            Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));

    private static final int O_CLOEXEC = 0x80000;                      // asm-generic/fcntl.h; the same on x86-64 and AArch64

    private static final MethodHandle OPEN = bindVariadic("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), 2);
    private static final MethodHandle CLOSE = bind("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private Downcall() {}

    /// Opens a file, which children do not inherit. This and [#close] are the calls that memory and files share.
    ///
    /// @param access one of `O_RDONLY`, `O_WRONLY`, `O_RDWR`
    static int open(String path, int access) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            final int file = (int) OPEN.invokeExact(state, scratch.allocateFrom(path), access | O_CLOEXEC);
            if (file < 0) {
                throw failed(state, "open", path);
            }
            return file;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /// Closes a file descriptor.
    static void close(int file) {
        try (var scratch = Arena.ofConfined()) {
            final var state = newState(scratch);
            if ((int) CLOSE.invokeExact(state, file) != 0) {
                throw failed(state, "close", "file " + file);
            }
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /// {@return a handle of a C function whose first argument is a buffer made by [#newState]}
    @SuppressWarnings("restricted") // with bindVariadic the one place that links native code
    static MethodHandle bind(String symbol, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(symbol), type, CAPTURE_ERRNO);
    }

    /// {@return a handle of a C function that takes at most microseconds and sets no errno} It blocks safepoints while
    /// it runs.
    @SuppressWarnings("restricted")
    static MethodHandle bindCritical(String symbol, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(symbol), type, Linker.Option.critical(false));
    }

    /// {@return like [#bindCritical], or nothing if the C library has no such function}
    @SuppressWarnings("restricted")
    static Optional<MethodHandle> findCritical(String symbol, FunctionDescriptor type) {
        return LINKER.defaultLookup().find(symbol)
                .map(address -> LINKER.downcallHandle(address, type, Linker.Option.critical(false)));
    }

    /// {@return like [#bind] for a function that ends in `...`}
    ///
    /// @param fixedArguments how many arguments stand before the `...`
    @SuppressWarnings("restricted")
    static MethodHandle bindVariadic(String symbol, FunctionDescriptor type, int fixedArguments) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(symbol), type,
                CAPTURE_ERRNO, Linker.Option.firstVariadicArg(fixedArguments));
    }

    /// {@return like [#bindVariadic], but of a function whose `errno` nobody asks for: it takes no buffer}
    @SuppressWarnings("restricted")
    static MethodHandle bindVariadicWithoutErrno(String symbol, FunctionDescriptor type, int fixedArguments) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(symbol), type,
                Linker.Option.firstVariadicArg(fixedArguments));
    }

    /// {@return a buffer into which one call writes its `errno`}
    static MemorySegment newState(Arena scratch) {
        return scratch.allocate(Linker.Option.captureStateLayout());
    }

    /// {@return the exception of a call that has just failed}
    ///
    /// @param state     the buffer that was given to the call
    /// @param call      name of the system call
    /// @param arguments what it was given, as text
    static OsException failed(MemorySegment state, String call, String arguments) {
        final int errno = (int) ERRNO.get(state, 0L);
        return new OsException(call, arguments, errno, Errno.nameOf(errno));
    }

    /// {@return `t` as something that may be thrown} A downcall declares `Throwable`, but throws only our own
    /// exception or an `Error`.
    static RuntimeException rethrow(Throwable t) {
        return switch (t) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            default -> throw new AssertionError("a downcall threw a checked exception", t);
        };
    }
}
