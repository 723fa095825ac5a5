package io.offheap.allocator.safety;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.MemorySegment;

/// Fills memory with one value and finds out whether it still holds it.
///
/// Stateless.
final class Fill {

    /// What is around a block: as AddressSanitizer's shadow has it.
    static final byte REDZONE = (byte) 0xfa;

    private Fill() {}

    /// Fills `[from, to)`.
    static void fill(long from, long to, byte value) {
        RawMemory.segment(from, to - from).fill(value);
    }

    /// {@return the first address in `[from, to)` that holds another value, or 0}
    static long firstOther(long from, long to, byte value) {
        if (from >= to) {
            return 0;
        }
        if (RawMemory.getByte(from) != value) {
            return from;
        }
        final var all = RawMemory.segment(from, to - from);
        final long equal = MemorySegment.mismatch(          // with itself, a byte on
                all, 0, all.byteSize() - 1, all, 1, all.byteSize());
        return equal < 0 ? 0 : from + equal + 1;
    }
}
