package io.offheap.bench.contestant;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// `ffm-malloc`: `malloc` and `free` of the C library, through critical downcalls that pass plain addresses:
/// the cheapest way there is to call it from Java. `ffm-jemalloc`, `ffm-mimalloc` and `ffm-tcmalloc` are the same two
/// functions of another library, whose file the property [#LIBRARY] names.
final class FfmMalloc extends AddressContestant {

    /// The system property that names the library; without it the C library is called.
    static final String LIBRARY = "io.offheap.bench.library";

    private static final SymbolLookup FUNCTIONS = functions();
    private static final MethodHandle MALLOC = link("malloc", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FREE = link("free", FunctionDescriptor.ofVoid(JAVA_LONG));

    @Override
    long allocate(long sizeBytes) {
        final long address = malloc(sizeBytes);
        if (address == 0) {
            throw new OutOfMemoryError("malloc(" + sizeBytes + ") answered null");
        }
        return address;
    }

    @Override
    void free(long address) {
        try {
            FREE.invokeExact(address);
        } catch (Throwable thrown) {
            throw new AssertionError("free throws nothing", thrown);
        }
    }

    @Override
    public String version() {
        final String library = System.getProperty(LIBRARY, "");
        return library.isEmpty() ? "C library" : Path.of(library).getFileName().toString();
    }

    private static long malloc(long sizeBytes) {
        try {
            return (long) MALLOC.invokeExact(sizeBytes);
        } catch (Throwable thrown) {
            throw new AssertionError("malloc throws nothing", thrown);
        }
    }

    @SuppressWarnings("restricted") // a contestant is what calls native code here
    private static SymbolLookup functions() {
        final String library = System.getProperty(LIBRARY, "");
        return library.isEmpty()
                ? Linker.nativeLinker().defaultLookup()
                : SymbolLookup.libraryLookup(Path.of(library), Arena.global());
    }

    @SuppressWarnings("restricted") // a contestant is what calls native code here
    private static MethodHandle link(String name, FunctionDescriptor shape) {
        final MemorySegment function = FUNCTIONS.findOrThrow(name);
        return Linker.nativeLinker().downcallHandle(function, shape, Linker.Option.critical(false));
    }
}
