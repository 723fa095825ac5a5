package io.offheap.allocator;

import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;

/// What programs hang on the end of an arena with `MemorySegment.reinterpret`.
final class Actions {

    private Actions() {}

    /// Has an action run at the end of an arena.
    static void atTheEnd(Arena arena, Runnable action) {
        RawMemory.segment(0, 0, arena, _ -> action.run());
    }
}
