package io.offheap.allocator.safety;

import io.offheap.allocator.debug.Trace;
import java.lang.StackWalker.StackFrame;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Records who calls, and keeps each list of frames once: programs allocate from few places, and many blocks.
///
/// What is kept is bounded by the ways that the program's code leads here. Any thread, with no lock held.
final class TraceDepot {

    private static final StackWalker WALKER = StackWalker.getInstance();

    private final Set<String> inner;
    private final Map<List<StackTraceElement>, List<StackTraceElement>> known = new ConcurrentHashMap<>();

    /// @param inner names of outermost classes whose frames, and those of all classes in them, are left out at the innermost end
    TraceDepot(Set<String> inner) {
        this.inner = inner;
    }

    /// {@return a trace of the calling thread} Some microseconds.
    Trace record() {
        final List<StackTraceElement> frames = WALKER.walk(stack -> stack
                .dropWhile(frame -> inner.contains(outermost(frame.getClassName())))
                .limit(Trace.DEEPEST).map(StackFrame::toStackTraceElement).toList());
        final var first = known.putIfAbsent(frames, frames);
        return new Trace(nameOf(Thread.currentThread()), first == null ? frames : first);
    }

    private static String outermost(String className) {
        final int nested = className.indexOf('$');
        return nested < 0 ? className : className.substring(0, nested);
    }

    private static String nameOf(Thread thread) {
        return thread.getName().isEmpty() ? "#" + thread.threadId() : thread.getName();
    }
}
