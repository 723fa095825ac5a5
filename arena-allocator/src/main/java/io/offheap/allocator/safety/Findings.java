package io.offheap.allocator.safety;

import io.offheap.allocator.debug.DebugListener;
import io.offheap.allocator.debug.DebugReport;
import io.offheap.allocator.debug.MemoryError;
import io.offheap.memory.pressure.DistinctErrors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// What was found so far, and who is told.
///
/// Any thread; the listener is called with no lock held.
final class Findings {

    private final String who;
    private final DebugListener listener;
    private final DistinctErrors failures = new DistinctErrors(System.getLogger(DebugListener.class.getPackageName()));

    private final List<MemoryError> first = new ArrayList<>();          // guarded by itself
    private long count;                                                 // guarded by `first`

    Findings(String allocator, DebugListener listener) {
        this.who = "debug listener of " + allocator;
        this.listener = listener;
    }

    /// Keeps an error and tells of it.
    void add(MemoryError error) {
        synchronized (first) {
            count++;
            if (first.size() < DebugReport.MOST_ERRORS) {
                first.add(error);
            }
        }
        tell(one -> one.found(error));
    }

    void leaked(DebugReport report) {
        tell(one -> one.leaked(report));
    }

    private void tell(Consumer<DebugListener> call) {
        try {
            call.accept(listener);
        } catch (Throwable e) {
            failures.report(who, e);
        }
    }

    long count() {
        synchronized (first) {
            return count;
        }
    }

    List<MemoryError> first() {
        synchronized (first) {
            return List.copyOf(first);
        }
    }
}
