package io.offheap.memory.space;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// Pages of a space that are there, may be written in place, and lie in memory in their order: until one of them is taken away,
/// which ends the window as a whole.
///
/// Nothing is looked up and nothing announced: an access is one to a segment of the JDK, which checks its bounds and that its arena lives.
/// In a loop the JIT does that at each access anew, as long as the way outside of the window is in the loop too: some 30 instructions more than
/// an access to a segment that is the same all the time (docs/performance.md).
///
/// ## Why this is safe
/// Where the pages are and the right to go there are one object. Who takes a page away closes the arena of the window's memory
/// ([Windows]), and the JDK promises of a shared arena that no access is under way when `close` returns, and that none begins.
/// So it does not matter how old the window is that an accessor holds: what it still leads to is still the page.
///
/// Immutable; any thread, platform or virtual.
public final class Window {

    /// Leads to nothing.
    static final Window NONE = new Window(0, MemorySegment.NULL);

    /// What all segments of native memory are. Told so, the JIT asks one question where it would go by what segments other code has used.
    private static final Class<?> NATIVE = MemorySegment.NULL.getClass();

    private static final VarHandle BYTE = JAVA_BYTE.varHandle();
    private static final VarHandle LONG = JAVA_LONG_UNALIGNED.varHandle();

    private final long start;
    private final MemorySegment memory;

    /// @param start  address in the space
    /// @param memory where the bytes from there on are, whole pages, of a shared arena that is closed when one of them is taken away
    Window(long start, MemorySegment memory) {
        this.start = start;
        this.memory = memory;
    }

    /// Uses one once, so that nothing of it is linked for the first time where heap or stack may end: what fails then may fail for good.
    static void link() {
        try (var arena = Arena.ofShared()) {
            final var first = new Window(0, arena.allocate(Long.BYTES, Long.BYTES));
            first.tryPutLong(0, 0);
            first.tryPutByte(0, (byte) first.getLong(0));
            first.getByte(0);
        }
    }

    long start() {
        return start;
    }

    MemorySegment memory() {
        return memory;
    }

    /// {@return how many bytes}
    long size() {
        return memory.byteSize();
    }

    /// {@return whether a byte of `[from, to)` is in it}
    boolean touches(long from, long to) {
        return from < start + size() && start < to;
    }

    /// {@return whether the byte at an address is in it}
    public boolean hasByte(long address) {
        return has(address, 1);
    }

    /// {@return whether the 8 bytes at an address are in it, which is a multiple of 8}
    public boolean hasLong(long address) {
        return has(address, Long.BYTES) && (address & Long.BYTES - 1) == 0;
    }

    /// Asks what the segment will ask once more, in the same words: then the JIT leaves half of that out.
    private boolean has(long address, long size) {
        final long last = memory.byteSize() - size + 1;
        return memory.getClass() == NATIVE && last >= 0 && Long.compareUnsigned(address - start, last) < 0;
    }

    /// {@return the 8 bytes at an address that [#hasLong]}
    ///
    /// @throws IllegalStateException if the window has ended
    public long getLong(long address) {
        return (long) LONG.get(memory, address - start);
    }

    /// {@return the byte at an address that [#hasByte]}
    ///
    /// @throws IllegalStateException if the window has ended
    public byte getByte(long address) {
        return (byte) BYTE.get(memory, address - start);
    }

    /// Stores 8 bytes at an address.
    ///
    /// @return whether it has; if not, the address is not in the window, or that has ended
    public boolean tryPutLong(long address, long value) {
        if (hasLong(address)) {
            try {
                LONG.set(memory, address - start, value);
                return true;
            } catch (IllegalStateException | OutOfMemoryError ended) {  // there may be no heap to say so
                return false;
            }
        }
        return false;
    }

    /// Stores one byte at an address.
    ///
    /// @return whether it has; if not, the address is not in the window, or that has ended
    public boolean tryPutByte(long address, byte value) {
        if (hasByte(address)) {
            try {
                BYTE.set(memory, address - start, value);
                return true;
            } catch (IllegalStateException | OutOfMemoryError ended) {
                return false;
            }
        }
        return false;
    }
}
