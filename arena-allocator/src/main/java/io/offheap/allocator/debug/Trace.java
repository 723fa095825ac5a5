package io.offheap.allocator.debug;

import java.util.List;

/// Who called, and from where.
///
/// @param thread the name of the thread, or its number if it has none
/// @param frames the innermost first, without those of the allocator's own that led to the recording; at most [#DEEPEST]
public record Trace(String thread, List<StackTraceElement> frames) {

    /// So many frames are kept.
    public static final int DEEPEST = 32;

    /// Keeps an unmodifiable copy of the list.
    public Trace {
        frames = List.copyOf(frames);
    }

    /// {@return one line for each frame, as in a stack trace}
    ///
    /// @param frames the innermost first
    static String lines(List<StackTraceElement> frames) {
        final var text = new StringBuilder();
        for (final var frame : frames) {
            text.append("\tat ").append(frame).append('\n');
        }
        return text.toString();
    }

    /// {@return the trace as text: a line that says what was done and by whom, and a line for each frame}
    ///
    /// @param what begins the first line, such as `allocated`
    String text(String what) {
        return what + " by thread " + thread + ":\n" + lines(frames);
    }
}
