package io.offheap.allocator;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/// Sorts three numbers of an arena by the C library, and closes the arena in the middle. A line for each kind of arena says what
/// came of it.
final class DowncallProgram {

    private static AutoCloseable toClose;

    /// What came of the close by the first comparison; null before.
    private static String outcome;

    private DowncallProgram() {}

    @SuppressWarnings("restricted") // the downcall is the test's
    public static void main(String[] arguments) throws Throwable {
        final var linker = Linker.nativeLinker();
        final var qsort = linker.downcallHandle(linker.defaultLookup().findOrThrow("qsort"),
                FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS));
        final var order = linker.upcallStub(
                MethodHandles.lookup().findStatic(DowncallProgram.class, "compare",
                        MethodType.methodType(int.class, MemorySegment.class, MemorySegment.class)),
                FunctionDescriptor.of(JAVA_INT, ADDRESS.withTargetLayout(JAVA_INT), ADDRESS.withTargetLayout(JAVA_INT)), Arena.global());
        try (var allocator = OffHeapAllocator.create()) {
            sort("jdk confined", Arena.ofConfined(), qsort, order);
            sort("confined", allocator.ofConfined(), qsort, order);
            sort("jdk shared", Arena.ofShared(), qsort, order);
            sort("shared", allocator.ofShared(), qsort, order);
            final var group = allocator.sharedGroup(1);
            sort("member", group.ofShared(), qsort, order);
            sort("group", group.ofShared(), group, qsort, order);
        }
    }

    private static void sort(String name, Arena arena, MethodHandle qsort, MemorySegment order) throws Throwable {
        sort(name, arena, arena, qsort, order);
    }

    private static void sort(String name, Arena arena, AutoCloseable end, MethodHandle qsort, MemorySegment order) throws Throwable {
        final var numbers = arena.allocateFrom(JAVA_INT, 3, 1, 2);
        toClose = end;
        outcome = null;
        qsort.invokeExact(numbers, 3L, (long) Integer.BYTES, order);
        System.out.println(name + ": " + outcome + ", " + (arena.scope().isAlive() ? "alive" : "dead") + ", "
                + numbers.getAtIndex(JAVA_INT, 0) + " " + numbers.getAtIndex(JAVA_INT, 1) + " " + numbers.getAtIndex(JAVA_INT, 2)
                + ", then " + close());
    }

    private static int compare(MemorySegment one, MemorySegment other) {
        if (outcome == null) {
            outcome = close();
        }
        return Integer.compare(one.get(JAVA_INT, 0), other.get(JAVA_INT, 0));
    }

    /// {@return what came of it}
    private static String close() {
        try {
            toClose.close();
            return "closed";
        } catch (IllegalStateException e) {
            return "refused";
        } catch (Exception e) {
            return e.toString();
        }
    }
}
