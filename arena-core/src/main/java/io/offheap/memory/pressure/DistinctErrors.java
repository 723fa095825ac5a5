package io.offheap.memory.pressure;

import java.lang.System.Logger;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Reports each distinct failure once, so that one that comes back every turn does not fill the log.
///
/// Two failures are the same if who, class and message are. Remembers a bounded number; what comes after them is not
/// reported, which the last report says.
///
/// ## Concurrency
/// Thread-safe.
public final class DistinctErrors {

    /// Messages may carry addresses, so there can be any number of different ones.
    static final int MOST = 100;

    private final Set<String> reported = ConcurrentHashMap.newKeySet();
    private final Logger logger;

    /// @param logger where reports go, as warnings
    public DistinctErrors(Logger logger) {
        this.logger = logger;
    }

    /// Never throws: a logger that fails, or finds no memory, must not end the caller's work.
    ///
    /// @param who     where it happened
    /// @param failure what was thrown
    public void report(String who, Throwable failure) {
        try {
            final var key = String.join("\n", who, failure.getClass().getName(), failure.getMessage());
            if (reported.size() < MOST && reported.add(key)) {
                final var last = reported.size() < MOST ? "" : " (nothing further is reported)";
                logger.log(Logger.Level.WARNING, who + " failed" + last, failure);
            }
        } catch (Throwable _) {
            // the report is lost, the work is not
        }
    }

    /// Warns of what is known to happen once. Never throws, as [#report]: a logger of the JDK that meets its first line with no
    /// descriptors left throws an `Error`.
    static void warn(Logger logger, String message) {
        try {
            logger.log(Logger.Level.WARNING, message);
        } catch (Throwable _) {
            // the warning is lost, the work is not
        }
    }
}
