package io.offheap.bench.contestant;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// `ffm-malloc`: `malloc` and `free` of the C library, through critical downcalls that pass plain addresses:
/// the cheapest way there is to call it from Java.
final class FfmMalloc implements Contestant {

    private static final MethodHandle MALLOC = link("malloc", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FREE = link("free", FunctionDescriptor.ofVoid(JAVA_LONG));

    @Override
    public BlockSlot newSlot() {
        return new Slot();
    }

    private static long malloc(long sizeBytes) {
        try {
            return (long) MALLOC.invokeExact(sizeBytes);
        } catch (Throwable thrown) {
            throw new AssertionError("malloc throws nothing", thrown);
        }
    }

    private static void free(long address) {
        try {
            FREE.invokeExact(address);
        } catch (Throwable thrown) {
            throw new AssertionError("free throws nothing", thrown);
        }
    }

    @SuppressWarnings("restricted") // a contestant is what calls native code here
    private static MethodHandle link(String name, FunctionDescriptor shape) {
        final Linker linker = Linker.nativeLinker();
        final MemorySegment function = linker.defaultLookup().findOrThrow(name);
        return linker.downcallHandle(function, shape, Linker.Option.critical(false));
    }

    private static final class Slot implements BlockSlot {
        private long address;

        @Override
        public long allocate(long sizeBytes) {
            address = malloc(sizeBytes);
            if (address == 0) {
                throw new OutOfMemoryError("malloc(" + sizeBytes + ") answered null");
            }
            return address;
        }

        @Override
        public void free() {
            FfmMalloc.free(address);
            address = 0;
        }
    }
}
