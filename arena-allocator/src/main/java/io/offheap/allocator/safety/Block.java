package io.offheap.allocator.safety;

import io.offheap.allocator.debug.MemoryError;
import io.offheap.allocator.debug.Trace;
import java.util.Optional;

/// What is known of one block.
///
/// ```
///       low       address           address + size     high
///        |  redzone  |  what was asked for  |  redzone  |
/// ```
///
/// The block of the source begins at `base`, which is `low` unless guard pages lie before it.
final class Block {

    final long base;
    final long low;
    final long address;
    final long size;
    final long high;

    /// Null if the block is not sampled.
    final Trace allocated;

    /// Whether it has pages of its own.
    final boolean isGuarded;

    /// Null until it is freed, and if it is not sampled.
    volatile Trace freed;

    /// Whether it is freed by [SafetyKit#freeHidden] alone. Set before it is entered into the book.
    boolean isHidden;

    /// Whether it waits in quarantine, its memory nobody's.
    volatile boolean isQuarantined;

    /// Whether nobody has to free it.
    volatile boolean isCollected;

    /// Whether an error was told: one is enough.
    volatile boolean isReported;

    private Block(long base, long low, long address, long size, long high, Trace allocated, boolean isGuarded) {
        this.base = base;
        this.low = low;
        this.address = address;
        this.size = size;
        this.high = high;
        this.allocated = allocated;
        this.isGuarded = isGuarded;
    }

    /// {@return a block that lies among others}
    ///
    /// @param high      where its redzone ends, or else the block
    /// @param allocated null if it is not sampled
    static Block plain(long address, long size, long high, Trace allocated) {
        return new Block(address, address, address, size, high, allocated, false);
    }

    /// {@return a block that has the pages from `low` to `high` to itself, and a guard page on each side}
    ///
    /// @param base the first guard page
    static Block guarded(long base, long low, long address, long size, long high, Trace allocated) {
        return new Block(base, low, address, size, high, allocated, true);
    }

    boolean isSampled() {
        return allocated != null;
    }

    long end() {
        return address + size;
    }

    boolean contains(long other) {
        return other >= low && other < high;
    }

    /// {@return the error that a byte of this block gives evidence of, or null if the byte is 0}
    MemoryError error(MemoryError.Kind kind, long at) {
        return at == 0 ? null : new MemoryError(
                kind, address, size, at - address, Optional.ofNullable(allocated), Optional.ofNullable(freed));
    }

    /// {@return who freed it and who allocated it, as the cause of an exception; null if that is not known}
    Throwable history() {
        if (allocated == null) {
            return null;
        }
        final var origin = new RecordedTrace("allocated", allocated, null);
        final var end = freed;
        return end == null ? origin : new RecordedTrace("freed first", end, origin);
    }
}
