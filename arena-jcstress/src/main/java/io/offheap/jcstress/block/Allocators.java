package io.offheap.jcstress.block;

import io.offheap.allocator.OffHeapAllocator;
import io.offheap.memory.VolatileMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/// Allocators to begin with, and words for what is found in blocks.
///
/// An allocator belongs to one class of cases: `purge()` takes everything volatile in it, and there is one state at a time.
/// Only the case gives memory back: there is no decay and no source of pressure.
final class Allocators {

    static final long DATA = 0x1111_1111_1111_1111L;

    /// What somebody writes who was told of a loss.
    static final long REBUILT = 0x2222_2222_2222_2222L;

    /// Bytes of a block: some pages, so that a purge has a middle.
    static final long SIZE = 4 * 4096;

    private static final int STEP = 1024;

    private Allocators() {}

    static OffHeapAllocator newAllocator() {
        return OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).managementBeans(false).pressure().build();
    }

    /// {@return a block of [#DATA] that nobody has pinned}
    static VolatileMemory filled(OffHeapAllocator allocator) {
        final var block = allocator.allocateVolatile(SIZE);
        try (var pin = block.pinConfined()) {
            fill(pin.segment(), DATA);
        }
        return block;
    }

    /// {@return a block that was filled and has been purged}
    static VolatileMemory purged(OffHeapAllocator allocator) {
        final var block = filled(allocator);
        allocator.purge();
        return block;
    }

    static void fill(MemorySegment segment, long value) {
        for (long at = 0; at < segment.byteSize(); at += STEP) {
            segment.set(ValueLayout.JAVA_LONG, at, value);
        }
    }

    /// {@return what all of a segment holds; `mixed` if parts differ, `dead` if it cannot be touched any more}
    static String read(MemorySegment segment) {
        try {
            final long first = segment.get(ValueLayout.JAVA_LONG, 0);
            for (long at = STEP; at < segment.byteSize(); at += STEP) {
                if (segment.get(ValueLayout.JAVA_LONG, at) != first) {
                    return "mixed";
                }
            }
            return first == DATA ? "data" : first == REBUILT ? "rebuilt" : first == 0 ? "zero" : Long.toHexString(first);
        } catch (IllegalStateException e) {
            return "dead";
        }
    }

    /// {@return what a pin is told and finds}
    static String pin(VolatileMemory block) {
        try (var pin = block.pinConfined()) {
            return pin.contents() + " " + read(pin.segment());
        }
    }
}
