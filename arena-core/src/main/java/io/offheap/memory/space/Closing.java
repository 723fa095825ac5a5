package io.offheap.memory.space;

import java.util.List;

/// Gives several things back, each of them whatever becomes of the others.
final class Closing {

    private Closing() {}

    /// Does everything.
    ///
    /// @throws RuntimeException the last refusal
    static void all(List<Runnable> steps) {
        RuntimeException refusal = null;
        for (final var step : steps) {
            try {
                step.run();
            } catch (RuntimeException e) {
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }
}
