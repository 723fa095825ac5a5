package io.offheap.allocator.debug;

import java.util.Optional;

/// Something wrong that the safety kit has found in memory, after it happened. Not a double or foreign free: those throw where
/// they are made.
///
/// @param kind      what is wrong
/// @param address   where the block begins, as it was handed out
/// @param byteSize  bytes that were asked for
/// @param offset    the first byte that has changed, from the start of the block; negative before it. For a touch: the first
///                  byte of its page
/// @param allocated where the block was allocated, if it was sampled
/// @param freed     where it was freed, if it was and had been sampled
public record MemoryError(
        Kind kind, long address, long byteSize, long offset, Optional<Trace> allocated, Optional<Trace> freed) {

    /// What is wrong.
    public enum Kind {
        /// The redzone around a block was overwritten while it was live.
        OVERFLOW("written outside of a block"),
        /// A freed block was overwritten while it was in quarantine.
        WRITE_AFTER_FREE("written to a freed block"),
        /// A guard page was read or written while the block beside it was live.
        GUARD_TOUCHED("read or written outside of a block"),
        /// A page of a freed block, or a guard page beside it, was read or written.
        TOUCHED_AFTER_FREE("read or written at or beside a freed block");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    /// {@return the error as text, with the traces there are}
    public String text() {
        final var text = new StringBuilder("%s: %s, %d bytes at 0x%x, at offset %d%n".formatted(
                kind, kind.words, byteSize, address, offset));
        freed.ifPresent(trace -> text.append(trace.text("freed")));
        allocated.ifPresentOrElse(
                trace -> text.append(trace.text("allocated")),
                () -> text.append("not sampled: no traces (docs/debugging.md)\n"));
        return text.toString();
    }
}
