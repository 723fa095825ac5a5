package io.offheap.allocator;

import io.offheap.allocator.debug.Debugging;
import io.offheap.allocator.debug.Guards;
import io.offheap.memory.os.RawMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A program with mistakes, for [DebuggedProgramTest].
final class DebuggedProgram {

    private DebuggedProgram() {}

    /// Makes the mistake that is named.
    ///
    /// @param args `leak` or `touch`
    public static void main(String[] args) {
        switch (args[0]) {
            case "leak" -> leak();
            case "touch" -> touch();
            default -> throw new IllegalArgumentException(args[0]);
        }
        System.out.println("done");
    }

    /// Asks for no kit: the system property does.
    private static void leak() {
        final long address = OffHeapAllocator.shared().allocateAddress(1234);
        System.out.println(OffHeapAllocator.shared().usableSize(address));
    }

    private static void touch() {
        try (var allocator = OffHeapAllocator.builder()
                .managementBeans(false).debug(Debugging.full().quarantine(64 << 10).guards(Guards.TRAP)).build()) {
            final var segment = allocator.allocate(4096, 1);
            segment.set(ValueLayout.JAVA_BYTE, 4095, (byte) 1);
            System.out.println("behind it: " + touch(RawMemory.segment(segment.address(), 4097), 4096));
            allocator.free(segment);
            System.out.println("freed: " + touch(segment, 0));
            for (int i = 0; i < 50; i++) {
                allocator.free(allocator.allocate(4096, 1));            // out of quarantine, and used again
            }
        }
    }

    private static String touch(MemorySegment segment, long offset) {
        try {
            return "read " + segment.get(ValueLayout.JAVA_BYTE, offset);
        } catch (InternalError e) {
            return "InternalError";
        }
    }
}
