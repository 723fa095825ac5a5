package io.offheap.allocator.debug;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/// Is told what the safety kit of an allocator finds. What a method throws is logged and does no harm.
///
/// Whichever thread happens to find an error calls it, with no lock of the allocator held. It may use the allocator.
public interface DebugListener {

    /// Logs what it is told under the name of this package: errors as errors, what was live at the end as a warning.
    DebugListener LOGGING = new DebugListener() {

        private static final Logger LOGGER = System.getLogger(DebugListener.class.getPackageName());

        @Override
        public void found(MemoryError error) {
            LOGGER.log(Level.ERROR, error::text);
        }

        @Override
        public void leaked(DebugReport report) {
            LOGGER.log(Level.WARNING, report::page);
        }

        @Override
        public String toString() {
            return "LOGGING";
        }
    };

    /// Memory was damaged, or touched where it must not be.
    void found(MemoryError error);

    /// The allocator is closed, and blocks are live that somebody should have freed.
    ///
    /// @param report what is known at the end
    void leaked(DebugReport report);
}
