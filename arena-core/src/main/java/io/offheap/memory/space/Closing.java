package io.offheap.memory.space;

import io.offheap.memory.types.OsException;
import java.util.List;

/// Gives several things back, each of them whatever becomes of the others.
final class Closing {

    private Closing() {}

    /// Does everything.
    ///
    /// @throws OsException the last refusal
    static void all(List<Runnable> steps) {
        OsException refusal = null;
        for (final var step : steps) {
            try {
                step.run();
            } catch (OsException e) {
                refusal = e;
            }
        }
        if (refusal != null) {
            throw refusal;
        }
    }
}
